import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  describeSelf,
  isDead,
  type LockOwner,
  type Look,
  parseOwner,
  parseStat,
  processTable,
} from '#imgdl/fs/lock-owner.js';
import { ownerFacts } from './set-up.js';

const SELF: LockOwner = {
  v: 1,
  host: 'box',
  machine: 'm1',
  boot: 'b1',
  pidns: 'pid:[1]',
  pid: 100,
  start: '5000',
  nonce: '0123456789abcdef',
};
const gone: Look = async () => 'dead';
const unknown: Look = async () => 'unknown';
const started =
  (start: string): Look =>
  async () => ({ start });

describe('isDead', () => {
  const rows: readonly (readonly [sentence: string, owner: Partial<LockOwner>, look: Look, dead: boolean])[] = [
    ['the same process', {}, started('5000'), false],
    ['a pid that is gone', {}, gone, true],
    ['a pid that another process has now', {}, started('6000'), true],
    ['a pid that cannot be looked up', {}, unknown, false],
    ['a pid whose start time nobody knows', { start: 'none' }, started('6000'), false],
    ['another host', { host: 'other' }, gone, false],
    ['another host of another boot', { host: 'other', boot: 'b0' }, gone, false],
    ['another machine with the same name', { machine: 'm2', boot: 'b0' }, gone, false],
    ['the same host before its last boot', { boot: 'b0' }, started('5000'), true],
    ['the same host before its last boot, in a container', { boot: 'b0', pidns: 'pid:[7]' }, gone, true],
    ['another pid namespace', { pidns: 'pid:[7]' }, gone, false],
    ['a boot id that it could not read', { boot: 'none' }, gone, false],
    ['a pid namespace it could not read', { pidns: 'unknown-1' }, gone, false],
  ];
  it.each(rows)('%s', async (_, owner, look, dead) => {
    expect(await isDead({ ...SELF, ...owner }, SELF, look)).toBe(dead);
  });

  it('goes by the pid alone where there are no boot ids (macOS)', async () => {
    const mac = { ...SELF, boot: 'none', pidns: 'none', start: 'none' };
    expect(await isDead(mac, mac, gone)).toBe(true);
    expect(await isDead(mac, mac, started('none'))).toBe(false);
  });
});

describe('parseStat', () => {
  const line = (name: string, state: string, threads: number): string =>
    `42 (${name}) ${state} 1 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 ${threads} 0 777 1 1`;
  const rows: readonly (readonly [sentence: string, text: string | undefined, expected: unknown])[] = [
    ['a running process', line('node', 'S', 11), { start: '777', finished: false }],
    ['a name with blanks and parentheses', line('a) R (b', 'R', 1), { start: '777', finished: false }],
    ['a zombie', line('node', 'Z', 1), { start: '777', finished: true }],
    ['a dying process with a thread left', line('node', 'Z', 3), { start: '777', finished: false }],
    ['a cut line', '42 (node) S 1', undefined],
    ['nothing', undefined, undefined],
  ];
  it.each(rows)('%s', (_, text, expected) => {
    expect(parseStat(text)).toEqual(expected);
  });
});

describe('parseOwner', () => {
  it('reads what was written', () => {
    expect(parseOwner(JSON.stringify(SELF))).toEqual(SELF);
  });
  const rows: readonly (readonly [sentence: string, text: string])[] = [
    ['nothing', ''],
    ['no JSON', 'pid 12'],
    ['a nonce that is a path', JSON.stringify({ ...SELF, nonce: '../../etc/passwd' })],
    ['another version', JSON.stringify({ ...SELF, v: 2 })],
    ['pid 0', JSON.stringify({ ...SELF, pid: 0 })],
    ['a pid that is text', JSON.stringify({ ...SELF, pid: '1' })],
    ['a missing field', JSON.stringify({ ...SELF, boot: undefined })],
    ['a field too many', JSON.stringify({ ...SELF, extra: 1 })],
  ];
  it.each(rows)('refuses %s', (_, text) => {
    expect(parseOwner(text)).toBeUndefined();
  });
});

describe('the process table', () => {
  it('knows this process by the start time that it gives of itself', async () => {
    const facts = ownerFacts();
    const self = await describeSelf(facts);
    expect(await processTable(facts)(process.pid)).toEqual({ start: self.start });
    expect(await isDead(self, self, processTable(facts))).toBe(false);
  });

  it('knows that a process has ended', async () => {
    const { pid } = spawnSync('true');
    expect(await processTable(ownerFacts())(pid)).toBe('dead');
  });

  it('does not trust a /proc that shows another pid namespace', async () => {
    const self = await describeSelf(ownerFacts({ pid: process.pid + 1 }));
    expect(self.pidns).toMatch(/^unknown-/);
  });
});
