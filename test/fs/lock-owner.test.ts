import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  bootedSince,
  describeOwner,
  describeProcess,
  describeSelf,
  type Life,
  type LockOwner,
  type Look,
  lifeByProcess,
  parseOwner,
  parseStat,
  processTable,
  type SystemFiles,
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

/** A line of /proc/PID/stat. */
function line(name: string, state: string, threads: number): string {
  return `42 (${name}) ${state} 1 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 ${threads} 0 777 1 1`;
}

describe('parseStat', () => {
  const rows: readonly (readonly [sentence: string, text: string | undefined, expected: unknown])[] = [
    ['a running process', line('node', 'S', 11), { start: '777', finished: false }],
    ['a name with blanks and parentheses', line('a) R (b', 'R', 1), { start: '777', finished: false }],
    ['a zombie', line('node', 'Z', 1), { start: '777', finished: true }],
    ['a dying process with a thread left', line('node', 'Z', 2), { start: '777', finished: false }],
    ['a cut line', '42 (node) S 1', undefined],
    ['a start time that is no number', line('node', 'S', 1).replace(' 777', ' -'), undefined],
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

  it('reads the name of the target where there is one', () => {
    expect(parseOwner(JSON.stringify({ ...SELF, target: 'disk.img' }))).toEqual({ ...SELF, target: 'disk.img' });
    expect(parseOwner(JSON.stringify({ ...SELF, target: 1 }))).toEqual(SELF);
  });

  it('reads the fingerprint of the object where there is one, and nothing else in its place', () => {
    const object = '0123456789abcdef';
    expect(parseOwner(JSON.stringify({ ...SELF, object }))).toEqual({ ...SELF, object });
    for (const other of [1, '', 'x', `${object}0`, `${object}\n`, object.toUpperCase(), [object]])
      expect(parseOwner(JSON.stringify({ ...SELF, object: other }))).toEqual(SELF);
  });

  it.each(['v', 'host', 'machine', 'boot', 'pidns', 'pid', 'start', 'nonce', 'socket'] as const)(
    'refuses an owner without %s, and one where it is of another type',
    (name) => {
      expect(parseOwner(JSON.stringify({ ...SELF, [name]: undefined }))).toBeUndefined();
      const other = typeof SELF[name] === 'string' ? 12345678 : '1';
      expect(parseOwner(JSON.stringify({ ...SELF, [name]: other }))).toBeUndefined();
    },
  );

  const rows: readonly (readonly [sentence: string, text: string])[] = [
    ['nothing', ''],
    ['no JSON', 'pid 12'],
    ['a nonce that is a path', JSON.stringify({ ...SELF, nonce: '../../etc/passwd' })],
    ['version 0', JSON.stringify({ ...SELF, v: 0 })],
    ['a socket in a release without them', JSON.stringify({ ...SELF, v: 1 })],
    ['pid 0', JSON.stringify({ ...SELF, pid: 0 })],
  ];
  it.each(rows)('refuses %s', (_, text) => {
    expect(parseOwner(text)).toBeUndefined();
  });
});

/** A system that has these files and links; what it has not is missing, or fails with the errno given. */
function systemOf(entries: Readonly<Record<string, string>>, errno = 'ENOENT'): SystemFiles {
  const read = async (path: string): Promise<string> => {
    const text = entries[path];
    if (text === undefined) throw Object.assign(new Error(errno), { code: errno });
    return text;
  };
  return { text: read, link: read };
}

const LINUX = {
  '/proc/self': '42',
  '/proc/self/ns/pid': 'pid:[1]',
  '/proc/self/stat': line('node', 'R', 1),
  '/etc/machine-id': 'm1\n',
  '/proc/sys/kernel/random/boot_id': 'b1\n',
};

describe('what a process says of itself', () => {
  const facts = ownerFacts({ hostname: 'box', pid: 42, random: () => '0123456789abcdef' });
  const all = { v: 2, host: 'box', machine: 'm1', boot: 'b1', pidns: 'pid:[1]', pid: 42, start: '777' };
  const none = { machine: 'none', boot: 'none', pidns: 'none', start: 'none' };
  const hidden = 'unknown-0123456789abcdef';
  const rows: readonly (readonly [sentence: string, system: Readonly<Record<string, string>>, change: object])[] = [
    ['on Linux', LINUX, {}],
    ['where there is no /proc', {}, none],
    ['where /proc is that of another namespace', { ...LINUX, '/proc/self': '7' }, { pidns: hidden }],
    ['where namespaces have no names', { ...LINUX, '/proc/self/ns/pid': undefined as never }, { pidns: hidden }],
    ['with an empty machine id, as in an image', { ...LINUX, '/etc/machine-id': '\n' }, { machine: 'none' }],
  ];
  it.each(rows)('%s', async (_, system, change) => {
    expect(await describeProcess(facts, systemOf(system))).toEqual({ ...all, ...change });
  });

  it('names its target, its own nonce, and no socket before there is one', async () => {
    expect(await describeSelf(facts, { target: 'disk.img' })).toMatchObject({
      nonce: '0123456789abcdef',
      socket: false,
      target: 'disk.img',
    });
    expect(await describeSelf(facts, { object: 'fedcba9876543210' })).toMatchObject({ object: 'fedcba9876543210' });
    for (const name of ['target', 'object']) expect(await describeSelf(facts)).not.toHaveProperty(name);
  });

  it('in words is its number and its host, whose name is foreign text', () => {
    expect(describeOwner({ ...SELF, host: 'a\nb' })).toBe('process 100 on "a b"');
  });
});

describe('the process table', () => {
  const rows: readonly (readonly [sentence: string, system: SystemFiles, seen: Awaited<ReturnType<Look>>])[] = [
    ['a process that runs', systemOf({ ...LINUX, '/proc/9/stat': line('x', 'S', 3) }), { start: '777' }],
    ['a zombie that nobody reaps', systemOf({ ...LINUX, '/proc/9/stat': line('x', 'Z', 1) }), 'dead'],
    ['a process that is not there', systemOf(LINUX), 'dead'],
    ['a process that ended while it was looked at', systemOf(LINUX, 'ESRCH'), 'dead'],
    ['a process that may not be looked at', systemOf(LINUX, 'EACCES'), 'unknown'],
    ['a process in a form that nobody knows', systemOf({ ...LINUX, '/proc/9/stat': '9 (x) S' }), 'unknown'],
  ];
  it.each(rows)('of Linux: %s', async (_, system, seen) => {
    expect(await processTable(ownerFacts(), system)(9)).toEqual(seen);
  });

  const asked: readonly (readonly [string, (() => boolean) | undefined, Awaited<ReturnType<Look>>])[] = [
    ['that answers', () => true, { start: 'none' }],
    ['that is gone', () => false, 'dead'],
    ['nobody can ask for', undefined, 'unknown'],
  ];
  it.each(asked)('without /proc: a process %s', async (_, isAlive, seen) => {
    const facts = ownerFacts(isAlive && { isAlive });
    expect(await processTable(facts, systemOf({}))(9)).toEqual(seen);
  });

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
