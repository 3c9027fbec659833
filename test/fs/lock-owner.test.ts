import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  bootedSince,
  describeSelf,
  type Life,
  type LockOwner,
  type Look,
  lifeByProcess,
  parseOwner,
  parseStat,
  processTable,
} from '#imgdl/fs/lock-owner.js';
import { ownerFacts } from './set-up.js';

const SELF: LockOwner = {
  v: 2,
  host: 'box',
  machine: 'm1',
  boot: 'b1',
  pidns: 'pid:[1]',
  pid: 100,
  start: '5000',
  nonce: '0123456789abcdef',
  socket: true,
};
const gone: Look = async () => 'dead';
const unknown: Look = async () => 'unknown';
const started =
  (start: string): Look =>
  async () => ({ start });

describe('lifeByProcess', () => {
  const rows: readonly (readonly [sentence: string, owner: Partial<LockOwner>, look: Look, life: Life])[] = [
    ['the same process', {}, started('5000'), 'alive'],
    ['a pid that is gone', {}, gone, 'dead'],
    ['a pid that another process has now', {}, started('6000'), 'dead'],
    ['a pid that cannot be looked up', {}, unknown, 'unseen'],
    ['a pid whose start time nobody knows', { start: 'none' }, started('6000'), 'alive'],
    ['this machine under another name', { host: 'other' }, gone, 'dead'],
    ['another machine with the same name', { machine: 'm2' }, gone, 'unseen'],
    ['another boot', { boot: 'b0' }, started('5000'), 'unseen'],
    ['another pid namespace', { pidns: 'pid:[7]' }, gone, 'unseen'],
    ['a boot id that it could not read', { boot: 'none' }, gone, 'unseen'],
    ['a pid namespace it could not read', { pidns: 'unknown-1' }, gone, 'unseen'],
  ];
  it.each(rows)('%s', async (_, owner, look, life) => {
    expect(await lifeByProcess({ ...SELF, ...owner }, SELF, look)).toBe(life);
  });

  it('goes by host name and pid where there are no boot ids (macOS)', async () => {
    const mac = { ...SELF, boot: 'none', pidns: 'none', start: 'none' };
    expect(await lifeByProcess(mac, mac, gone)).toBe('dead');
    expect(await lifeByProcess(mac, mac, started('none'))).toBe('alive');
    expect(await lifeByProcess({ ...mac, host: 'other' }, mac, gone)).toBe('unseen');
  });
});

describe('bootedSince', () => {
  const rows: readonly (readonly [sentence: string, owner: Partial<LockOwner>, since: boolean])[] = [
    ['the same boot', {}, false],
    ['an earlier boot of this machine', { boot: 'b0' }, true],
    ['a container with a boot id of its own', { boot: 'b0', pidns: 'pid:[7]' }, false],
    ['another host', { boot: 'b0', host: 'other' }, false],
    ['another machine with the same name', { boot: 'b0', machine: 'm2' }, false],
    ['a boot id that it could not read', { boot: 'none' }, false],
  ];
  it.each(rows)('%s', (_, owner, since) => {
    expect(bootedSince({ ...SELF, ...owner }, SELF)).toBe(since);
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

  it('reads a release without sockets, and one that says more', () => {
    const { socket: _, ...first } = { ...SELF, v: 1 };
    expect(parseOwner(JSON.stringify(first))).toEqual({ ...first, socket: false });
    expect(parseOwner(JSON.stringify({ ...SELF, v: 3, extra: 1 }))).toEqual({ ...SELF, v: 3 });
  });
  const rows: readonly (readonly [sentence: string, text: string])[] = [
    ['nothing', ''],
    ['no JSON', 'pid 12'],
    ['a nonce that is a path', JSON.stringify({ ...SELF, nonce: '../../etc/passwd' })],
    ['version 0', JSON.stringify({ ...SELF, v: 0 })],
    ['no word of a socket', JSON.stringify({ ...SELF, socket: undefined })],
    ['pid 0', JSON.stringify({ ...SELF, pid: 0 })],
    ['a pid that is text', JSON.stringify({ ...SELF, pid: '1' })],
    ['a missing field', JSON.stringify({ ...SELF, boot: undefined })],
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
    expect(await lifeByProcess(self, self, processTable(facts))).toBe('alive');
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
