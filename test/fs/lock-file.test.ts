import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Calls } from '#imgdl/fs/calls.js';
import {
  isNamed,
  type LockAttempt,
  linkLock,
  readLock,
  socketName,
  socketNonce,
  writeOwn,
} from '#imgdl/fs/lock-file.js';
import { parseOwner } from '#imgdl/fs/lock-owner.js';
import { FailingCalls } from '../support/failing-calls.js';
import { scratch } from '../support/scratch.js';
import { attemptAt, deadOwner, placeIn } from './lock-set-up.js';
import { codeOf, ownerFacts } from './set-up.js';

const NONCE = '00000000aaaaaaaa';
const { uid } = ownerFacts();
const made: LockAttempt[] = [];

async function attemptWith(calls: Calls): Promise<LockAttempt> {
  const attempt = await attemptAt(placeIn(scratch()), calls);
  made.push(attempt);
  return attempt;
}

afterEach(async () => {
  for (const { socket } of made.splice(0)) await socket.close();
});

function failingAt(only: string, errno: string, at = 0): FailingCalls {
  return new FailingCalls({ only, errno, at });
}

describe('the name of a socket', () => {
  const names: readonly (readonly [sentence: string, name: string, nonce: string | undefined])[] = [
    ['of this lock', `.imgdl-0.${NONCE}.sock`, NONCE],
    ['of another lock', `.imgdl-1.${NONCE}.sock`, undefined],
    ['with a nonce that is none', '.imgdl-0.../etc.sock', undefined],
    ['with a nonce that is too short', '.imgdl-0.0123456.sock', undefined],
    ['with no nonce', '.imgdl-0.sock', undefined],
    ['that is another kind of file', `.imgdl-0.${NONCE}.lock`, undefined],
    ['without a dot', 'sock', undefined],
  ];
  it.each(names)('%s', (_, name, nonce) => {
    expect(socketNonce('/d/.imgdl-0.lock', name)).toBe(nonce);
  });

  it('is that of the lock, with the nonce in it', () => {
    expect(socketName('/d/.imgdl-0.lock', NONCE)).toBe(`.imgdl-0.${NONCE}.sock`);
  });
});

describe('who links a lock', () => {
  /** What lies there afterwards, without the socket. */
  function files({ place }: LockAttempt): readonly string[] {
    return readdirSync(place.directory).filter((name) => !name.endsWith('.sock'));
  }

  it('has it, and the file was on the disk before: it names an owner who listens', async () => {
    const sound = new FailingCalls();
    const attempt = await attemptWith(sound.calls);
    expect(await linkLock(attempt.place.path, attempt)).toBe(true);
    expect(parseOwner(readFileSync(attempt.place.path, 'utf8'))).toEqual({ ...attempt.self, socket: true });
    expect(await attempt.socket.isThere()).toBe(true);
    expect(sound.made.filter((name) => /write|sync|link/.test(name))).toEqual(['file.write', 'file.datasync', 'link']);
    expect(sound.open).toEqual(new Set());
  });

  it('finds it taken, and has written nothing', async () => {
    const attempt = await attemptWith(new FailingCalls().calls);
    writeFileSync(attempt.place.path, '');
    expect(await linkLock(attempt.place.path, attempt)).toBe(false);
    expect(readdirSync(attempt.place.directory)).toEqual(['.imgdl-0.lock']);
  });

  it('finds it taken at the last moment', async () => {
    const attempt = await attemptWith(failingAt('link', 'EEXIST').calls);
    expect(await linkLock(attempt.place.path, attempt)).toBe(false);
    expect(existsSync(attempt.place.path)).toBe(false);
  });

  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV', 'ENOSYS'])(
    'has it too where there are no links (%s)',
    async (errno) => {
      const attempt = await attemptWith(failingAt('link', errno).calls);
      expect(await linkLock(attempt.place.path, attempt)).toBe(true);
      expect(parseOwner(readFileSync(attempt.place.path, 'utf8'))).toEqual({ ...attempt.self, socket: true });
    },
  );

  it('finds it taken at the last moment where there are no links', async () => {
    const { calls } = failingAt('link', 'EPERM');
    const attempt = await attemptWith({
      ...calls,
      link: async (from, to) => {
        writeFileSync(to, 'theirs');
        await calls.link(from, to);
      },
    });
    expect(await linkLock(attempt.place.path, attempt)).toBe(false);
    expect(readFileSync(attempt.place.path, 'utf8')).toBe('theirs');
  });

  it('hears that the disk is full where there are no links', async () => {
    const full = failingAt('open', 'ENOSPC', 1);
    const attempt = await attemptWith({ ...full.calls, link: failingAt('link', 'EPERM').calls.link });
    expect(await codeOf(linkLock(attempt.place.path, attempt))).toBe('disk.full');
    expect(existsSync(attempt.place.path)).toBe(false);
  });

  it('writes its file again when the holder swept it away', async () => {
    const sound = new FailingCalls();
    let swept = false;
    const attempt = await attemptWith({
      ...sound.calls,
      link: async (from, to) => {
        if (!swept) rmSync(from);
        swept = true;
        await sound.calls.link(from, to);
      },
    });
    expect(await linkLock(attempt.place.path, attempt)).toBe(true);
    expect(parseOwner(readFileSync(attempt.place.path, 'utf8'))?.nonce).toBe(attempt.self.nonce);
  });

  const failures: readonly (readonly [call: string, at: number, errno: string])[] = [
    ['link', 0, 'EIO'],
    ['open', 0, 'EIO'],
    ['file.write', 0, 'EIO'],
    ['file.datasync', 0, 'EIO'],
    ['file.close', 0, 'EIO'],
  ];
  it.each(failures)('hears, in words of the target, that %s failed', async (call, at, errno) => {
    const failing = failingAt(call, errno, at);
    const attempt = await attemptWith(failing.calls);
    await expect(linkLock(attempt.place.path, attempt)).rejects.toMatchObject({
      code: 'fs.io',
      message: 'locking ./disk.img: the disk reported an error (EIO)',
    });
    // The complete file may still be linked by another try; half of one may not.
    expect(files(attempt)).toEqual(call === 'link' ? [`.imgdl-0.lock.${attempt.self.nonce}.new`] : []);
    expect(failing.open).toEqual(new Set());
  });

  it('hears of a mistake of ours as of one', async () => {
    const link: Calls['link'] = () => Promise.reject(new Error('no number'));
    const attempt = await attemptWith({ ...new FailingCalls().calls, link });
    expect(await codeOf(linkLock(attempt.place.path, attempt))).toBe('bug');
  });

  it('hears of a failure where there are no links, and leaves no half of a lock', async () => {
    const failing = failingAt('file.write', 'EIO', 1);
    const attempt = await attemptWith({ ...failing.calls, link: failingAt('link', 'EPERM').calls.link });
    expect(await codeOf(linkLock(attempt.place.path, attempt))).toBe('fs.io');
    expect([existsSync(attempt.place.path), failing.open]).toEqual([false, new Set()]);
  });

  it('writes its file once', async () => {
    const sound = new FailingCalls();
    const attempt = await attemptWith(sound.calls);
    await writeOwn(attempt);
    await writeOwn(attempt);
    expect(sound.made.filter((name) => name === 'file.write')).toHaveLength(1);
  });
});

describe('a lock file', () => {
  it('that fills 4 KiB names its owner; a longer one is none of ours', async () => {
    const path = join(scratch(), 'lock');
    const owner = await deadOwner(NONCE);
    const { calls, open } = new FailingCalls();
    for (const [length, found] of [
      [4096, owner],
      [4097, undefined],
    ] as const) {
      writeFileSync(path, JSON.stringify(owner).padStart(length), { mode: 0o600 });
      expect((await readLock(path, uid, calls))?.owner, `${length} bytes`).toEqual(found);
    }
    expect(open).toEqual(new Set());
  });

  it('may have a second name: that of the file that is just being linked', async () => {
    const attempt = await attemptWith(new FailingCalls().calls);
    await linkLock(attempt.place.path, attempt);
    expect((await readLock(attempt.place.path, uid, attempt.calls))?.owner?.nonce).toBe(attempt.self.nonce);
  });

  it('that cannot be read says so, and is closed', async () => {
    const path = join(scratch(), 'lock');
    writeFileSync(path, '');
    const failing = failingAt('file.read', 'EIO');
    await expect(readLock(path, uid, failing.calls)).rejects.toMatchObject({
      message: `reading ${path}: the disk reported an error (EIO)`,
    });
    expect(failing.open).toEqual(new Set());
  });

  const sound = new FailingCalls().calls;
  const named: readonly (readonly [sentence: string, plant: (path: string) => Promise<void>, named: boolean])[] = [
    ['its owner', async (path) => writeFileSync(path, JSON.stringify(await deadOwner(NONCE))), true],
    ['somebody else', async (path) => writeFileSync(path, JSON.stringify(await deadOwner('00000000bbbbbbbb'))), false],
    ['nobody', async (path) => writeFileSync(path, ''), false],
    ['nobody, as it is a link', async (path) => symlinkSync('elsewhere', path), false],
    ['nobody, as it is not there', async () => {}, false],
  ];
  it.each(named)('names %s', async (_, plant, expected) => {
    const path = join(scratch(), 'lock');
    await plant(path);
    expect(await isNamed(path, uid, NONCE, sound)).toBe(expected);
  });

  it('that cannot be read is not called somebody else’s', async () => {
    const path = join(scratch(), 'lock');
    writeFileSync(path, JSON.stringify(await deadOwner(NONCE)));
    expect(await codeOf(isNamed(path, uid, NONCE, failingAt('file.read', 'EIO').calls))).toBe('fs.io');
  });
});
