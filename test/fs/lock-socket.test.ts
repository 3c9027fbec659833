import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { askSocket, LockSocket } from '#imgdl/fs/lock-socket.js';
import { scratch } from '../support/scratch.js';
import { plantDeadSocket } from './lock-set-up.js';

const NAME = '.imgdl-0.00000000aaaaaaaa.sock';

/** Linux names a directory by its descriptor, other systems cannot. */
const ways = [true, false].filter((byDescriptor) => !byDescriptor || existsSync('/proc/self/fd'));

const made: LockSocket[] = [];

function socketAt(directory: string, name = NAME, byDescriptor?: boolean): LockSocket {
  const socket = new LockSocket(directory, name, byDescriptor);
  made.push(socket);
  return socket;
}

afterEach(async () => {
  for (const socket of made.splice(0)) await socket.close();
});

/** How often this process has the directory open. */
function descriptorsOf(directory: string): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link === directory).length;
}

function pipesThatKeepAlive(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
}

describe.each(ways)('the socket of a lock, by the descriptor of its directory: %s', (byDescriptor) => {
  it('answers while its owner listens, and is gone when it is closed', async () => {
    const directory = scratch();
    const socket = socketAt(directory, NAME, byDescriptor);
    expect([await askSocket(directory, NAME, byDescriptor), await socket.listen()]).toEqual(['missing', true]);
    expect([lstatSync(join(directory, NAME)).isSocket(), await socket.isThere()]).toEqual([true, true]);
    expect(await askSocket(directory, NAME, byDescriptor)).toBe('answered');
    await socket.close();
    expect([readdirSync(directory), await askSocket(directory, NAME, byDescriptor)]).toEqual([[], 'missing']);
  });

  it('is never made under a name that is cut off', async () => {
    const directory = scratch();
    for (let length = 1; length < 130; length += 3) {
      const name = 's'.repeat(length);
      const socket = socketAt(directory, name, byDescriptor);
      const listens = await socket.listen();
      expect(readdirSync(directory), `${length} bytes`).toEqual(listens ? [name] : []);
      // Where nobody can ask, nobody may be called dead.
      if (!listens) expect(await askSocket(directory, name, byDescriptor)).toBe('answered');
      await socket.close();
    }
  });
});

describe('the socket of a lock', () => {
  it.runIf(ways.includes(true))('in a directory with a long path answers under its own name', async () => {
    const deep = join(scratch(), 'd'.repeat(120), 'e'.repeat(120));
    mkdirSync(deep, { recursive: true });
    const socket = socketAt(deep);
    expect([await socket.listen(), readdirSync(deep), await askSocket(deep, NAME)]).toEqual([true, [NAME], 'answered']);
    expect(await socket.isThere()).toBe(true);
  });

  it('is made once, however often it is asked for', async () => {
    const directory = scratch();
    const socket = socketAt(directory);
    expect([await socket.listen(), await socket.listen()]).toEqual([true, true]);
    expect(readdirSync(directory)).toEqual([NAME]);
  });

  it('cannot be made where something has its name, or where there is no directory', async () => {
    const directory = scratch();
    writeFileSync(join(directory, NAME), 'x');
    expect(await socketAt(directory).listen()).toBe(false);
    expect(await socketAt(join(directory, 'none')).listen()).toBe(false);
    expect(await socketAt(join(directory, NAME)).listen()).toBe(false);
    expect(readdirSync(directory)).toEqual([NAME]);
  });

  it('that was never made is not missed', async () => {
    expect(await socketAt(scratch()).isThere()).toBe(true);
  });

  it('is missed when it was removed, or when something else has its name', async () => {
    const directory = scratch();
    const socket = socketAt(directory);
    await socket.listen();
    rmSync(join(directory, NAME));
    expect(await socket.isThere()).toBe(false);
    writeFileSync(join(directory, NAME), 'x');
    expect(await socket.isThere()).toBe(false);
  });

  it('does not wait for a client when it is closed', async () => {
    const directory = scratch();
    const socket = socketAt(directory, NAME, false);
    await socket.listen();
    const client = connect({ path: join(directory, NAME), allowHalfOpen: true });
    await once(client, 'connect');
    await socket.close();
    client.destroy();
    await once(client, 'close');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keeps no process alive', async () => {
    const directory = scratch();
    const before = pipesThatKeepAlive();
    await socketAt(directory).listen();
    const after = pipesThatKeepAlive();
    expect(after).toBeLessThanOrEqual(before);
    // A server as Node makes it would.
    const other = createServer().listen(join(directory, 'other'));
    expect(pipesThatKeepAlive()).toBe(after + 1);
    await new Promise((resolve) => other.close(resolve));
  });

  it.runIf(ways.includes(true))('holds its directory open until it is closed, and no longer', async () => {
    const directory = scratch();
    const [held, failed] = [socketAt(directory), socketAt(directory)];
    await held.listen();
    await failed.listen();
    await failed.listen();
    expect(descriptorsOf(directory)).toBe(2);
    await held.close();
    await failed.close();
    await askSocket(directory, NAME);
    expect(descriptorsOf(directory)).toBe(0);
  });
});

describe('who asks the socket of a lock', () => {
  const rows: readonly (readonly [
    sentence: string,
    plant: (directory: string) => void | Promise<void>,
    answer: string,
  ])[] = [
    ['a socket that a killed process left', (directory) => plantDeadSocket(directory, NAME), 'refused'],
    ['no socket', () => {}, 'missing'],
    ['a file', (directory) => writeFileSync(join(directory, NAME), 'x'), 'refused'],
    ['something that cannot be asked', (directory) => symlinkSync(NAME, join(directory, NAME)), 'answered'],
  ];
  it.each(rows)('finds %s: %3$s', async (_, plant, answer) => {
    const directory = scratch();
    await plant(directory);
    expect(await askSocket(directory, NAME)).toBe(answer);
  });

  it('and cannot open the directory calls nobody dead', async () => {
    expect(await askSocket(join(scratch(), 'none'), NAME)).toBe('answered');
  });
});
