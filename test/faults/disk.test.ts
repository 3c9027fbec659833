/** Disks that fill up, refuse, or change under a download: how it ends, what is left, and that the next run gets there. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { documentOf, documentsOf } from '../e2e/document.js';
import { isRoot } from '../fs/set-up.js';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { runHere, type Said } from '../support/in-process.js';
import { ended } from '../support/processes.js';
import { sendFile, startWebServer, type WebServer } from '../support/web-server.js';
import { SmallMount, system } from './small-mount.js';

const KIB = 1024;
const CONTENT = Buffer.alloc(600 * KIB + 1, 'an image of some size; ');
const LARGE = Buffer.alloc(2560 * KIB + 1, 'an image of another size; ');
const ETAG = { ETag: '"1"' };

/** What a server does with its first request; it answers the rest as it should. */
type First = (request: IncomingMessage, response: ServerResponse) => void;

/** A directory, a server and what must be closed after the test. */
class Place {
  readonly root = mkdtempSync(join(tmpdir(), 'imgdl-disk-'));
  readonly directory = join(this.root, 'work');
  readonly target = join(this.directory, 'x.img');
  readonly mounts: SmallMount[] = [];
  server: WebServer | undefined;
  content = CONTENT;

  /** @param size of the tmpfs that the directory is */
  async open(first?: First, size?: string): Promise<void> {
    if (size === undefined) mkdirSync(this.directory);
    else this.mounts.push(new SmallMount(this.directory, size));
    let count = 0;
    this.server = await startWebServer((request, response) => {
      count += 1;
      if (count === 1 && first !== undefined) first(request, response);
      else sendFile(request, response, this.content, ETAG);
    });
  }

  get disk(): SmallMount {
    const [disk] = this.mounts;
    if (disk === undefined) throw new Error('there is no small disk');
    return disk;
  }

  async run(...more: readonly string[]): Promise<Said> {
    return await this.imgdl('url', `${this.server?.url}/x.img`, '-o', 'x.img', '--json', '--retries', '0', ...more);
  }

  async imgdl(...args: readonly string[]): Promise<Said> {
    return await runHere(args, { cwd: this.directory, home: this.root });
  }

  /** Of our own files: what they are, without the name of the target in theirs. */
  get left(): readonly string[] {
    const own = readdirSync(this.directory).filter((name) => name.startsWith('.imgdl-'));
    return own.map((name) => name.replace(/^.*?\.(?=\w+$)/, '')).sort();
  }

  async close(): Promise<void> {
    for (const mount of this.mounts.splice(0).reverse()) mount.close();
    await this.server?.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.close();
});

async function placeWith(first?: First, size?: string): Promise<Place> {
  const place = new Place();
  places.push(place);
  await place.open(first, size);
  return place;
}

/** The end that is declared, and no word of it a lie about what is kept. */
function expectFailure(said: Said, exit: number, code: string, says: RegExp): void {
  const { error } = documentOf(said.stdout);
  expect([said.code, error?.exit, error?.code]).toEqual([exit, exit, code]);
  expect(`${error?.message}\n${error?.hint}`).toMatch(says);
}

/** The same command, when the cause is gone, ends well and leaves nothing but the file. */
async function expectRecovery(place: Place, status: string, ...more: readonly string[]): Promise<void> {
  const said = await place.run(...more);
  const document = documentOf(said.stdout);
  expect([said.code, document.error, document.status]).toEqual([0, undefined, status]);
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect(sha256(readFileSync(place.target))).toBe(sha256(place.content));
  expect(place.left).toEqual([]);
}

/** Sends without a length, so that nobody can know beforehand that it does not fit. */
const unannounced: First = (_request, response) => {
  response.writeHead(200, ETAG);
  response.end(LARGE);
};

describe.runIf(isRoot)('disk', () => {
  // Pages of tmpfs are 4 KiB. Two writes of at most 860 KiB are under way at once, and what is in a write that fails is
  // lost: where both fit, the first is kept.
  test.each([
    ['disk/full-at-the-first-byte', 16, false],
    ['disk/full-at-the-second-page', 20, false],
    // Small writes may have come before it.
    ['disk/full-within-the-first-write', 301, undefined],
    ['disk/full-within-a-later-write', 1800, true],
    ['disk/full-near-the-end', 2500, true],
  ])('%s: a disk of %i KiB fills up below the first checkpoint', async (_id, kib, expected) => {
    const place = await placeWith(unannounced, `${kib}k`);
    place.content = LARGE;
    const said = await place.run('--require', 'none');
    const kept = expected ?? place.left.includes('part');
    expectFailure(said, 11, 'disk.full', kept ? /to resume$/ : /then run the same command again(; nothing was kept)?$/);
    expect(place.left).toEqual(kept ? ['journal', 'part'] : []);
    place.disk.resize('4m');
    await expectRecovery(place, kept ? 'resumed' : 'downloaded', '--require', 'none');
  });

  test('disk/too-small-for-what-is-announced: 400 MiB are announced, 100 KiB are free', async () => {
    let connection: { readonly bytesWritten: number } | undefined;
    const place = await placeWith((request, response) => {
      connection = request.socket;
      response.writeHead(200, { ...ETAG, 'Content-Length': 400 * KIB * KIB });
      response.write(Buffer.alloc(KIB));
    }, '100k');
    expectFailure(await place.run(), 11, 'disk.full', /x\.img: 419430400 bytes are needed, \d+ are free\n.*again$/);
    expect([place.left, readdirSync(place.directory)]).toEqual([[], []]);
    expect(connection?.bytesWritten).toBeLessThan(2 * KIB);
    place.disk.resize('2m');
    await expectRecovery(place, 'downloaded');
  });

  test('disk/rest-fits: what an earlier run has left counts', async () => {
    const place = await placeWith((request, response) => {
      response.writeHead(200, { ...ETAG, 'Content-Length': CONTENT.length });
      response.write(CONTENT.subarray(0, 500 * KIB), () => request.socket.end());
    }, '700k');
    expect((await place.run()).code).toBe(6);
    expect(place.left).toEqual(['journal', 'part']);
    await expectRecovery(place, 'resumed');
  });

  test('disk/rest-does-not-fit: the part is kept for the day that it does', async () => {
    const place = await placeWith(undefined, '300k');
    place.content = CONTENT.subarray(0, 600 * KIB);
    writeFileSync(join(place.directory, 'ballast'), Buffer.alloc(100 * KIB));
    expectFailure(await place.run(), 11, 'disk.full', /614400 bytes are needed/);
    expect(place.left).toEqual([]);
    rmSync(join(place.directory, 'ballast'));
    place.disk.resize('2m');
    await expectRecovery(place, 'downloaded');
  });

  test('disk/room-for-one-of-two: the other says so before its first byte', async () => {
    const place = await placeWith(undefined, '1m');
    const url = place.server?.url;
    const said = await place.imgdl('url', `${url}/a`, `${url}/b`, '-o', './', '--json', '--connections', '1');
    const { items } = documentsOf(said.stdout);
    expect(said.code).toBe(14);
    const failed = items.find(({ error }) => error !== undefined);
    expect([items.filter(({ error }) => error === undefined).length, failed?.error?.code]).toEqual([1, 'disk.full']);
    // Whether the room is gone already or only promised to the first one is a matter of time.
    const message = expect.stringMatching(/^checking the free space for [ab]: \d+ bytes are needed, \d+ are free/);
    expect(failed).toMatchObject({ received: 0, error: { message } });
    expect(place.left).toEqual([]);
  });

  test('disk/target-is-a-mount-point: a bind mount of the file alone cannot be replaced', async () => {
    const place = await placeWith();
    writeFileSync(join(place.root, 'old'), 'old');
    writeFileSync(place.target, '');
    system('mount', '--bind', join(place.root, 'old'), place.target);
    try {
      expectFailure(
        await place.run('--force'),
        12,
        'fs.mount',
        /EBUSY.*\n.*directory instead .* the download is kept$/,
      );
      expect([readFileSync(place.target, 'utf8'), place.left]).toEqual(['old', ['journal', 'part']]);
    } finally {
      system('umount', place.target);
    }
    await expectRecovery(place, 'resumed', '--force');
  });

  test('disk/target-is-immutable: it is not replaced, and the download is kept', async () => {
    const place = await placeWith();
    writeFileSync(place.target, 'old');
    system('chattr', '+i', place.target);
    try {
      expectFailure(await place.run('--force'), 12, 'fs.permission', /EPERM/);
      expect([readFileSync(place.target, 'utf8'), place.left]).toEqual(['old', ['journal', 'part']]);
    } finally {
      system('chattr', '-i', place.target);
    }
    await expectRecovery(place, 'resumed', '--force');
  });

  test('disk/directory-is-immutable: nothing is made in it', async () => {
    const place = await placeWith();
    system('chattr', '+i', place.directory);
    try {
      expectFailure(await place.run(), 12, 'fs.permission', /EPERM/);
      expect(readdirSync(place.directory)).toEqual([]);
    } finally {
      system('chattr', '-i', place.directory);
    }
    await expectRecovery(place, 'downloaded');
  });

  test('disk/target-appears: what came meanwhile is not overwritten', async () => {
    const place = await placeWith((_request, response) => {
      writeFileSync(place.target, 'mine');
      response.writeHead(200, { ...ETAG, 'Content-Length': CONTENT.length });
      response.end(CONTENT);
    });
    expectFailure(await place.run(), 12, 'fs.exists', /appeared during the download\n.*the download is kept$/);
    expect([readFileSync(place.target, 'utf8'), place.left]).toEqual(['mine', ['journal', 'part']]);
    rmSync(place.target);
    await expectRecovery(place, 'resumed');
  });

  test('disk/private-image-stays-private: --force and --update pass on mode and owner', async () => {
    const place = await placeWith();
    for (const option of ['--force', '--update']) {
      writeFileSync(place.target, 'old');
      chownSync(place.target, 64_055, 100);
      chmodSync(place.target, 0o640);
      await expectRecovery(place, 'downloaded', option);
      const { mode, uid, gid } = statSync(place.target);
      expect([mode % 0o10000, uid, gid]).toEqual([0o640, 64_055, 100]);
      for (const name of readdirSync(place.directory)) rmSync(join(place.directory, name));
    }
  });

  test('disk/no-extended-attributes: the file carries none, such as the URL that it came from', async () => {
    const place = await placeWith();
    await expectRecovery(place, 'downloaded');
    expect(system('python3', '-c', 'import os, sys; print(os.listxattr(sys.argv[1]))', place.target)).toBe('[]\n');
  });

  test('disk/file-size-limit: the part is kept at the limit, and the file comes without it', async () => {
    const place = await placeWith();
    const words = ['url', `${place.server?.url}/x.img`, '-o', 'x.img', '--json', '--connections', '1'];
    const script = 'ulimit -f "$0"; exec "$@"';
    const child = spawn('bash', ['-c', script, '300', process.execPath, IMGDL, ...words], {
      cwd: place.directory,
      env: cleanEnvironment(),
    });
    let stdout = '';
    child.stdout.on('data', (text) => (stdout += text));
    const { code } = await ended(child);
    expectFailure({ code: code ?? -1, stdout, stderr: '' }, 11, 'disk.file-too-big', /ulimit -f/);
    expect(place.left).toEqual(['journal', 'part']);
    await expectRecovery(place, 'resumed');
  });
});
