import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHAIN_START, decodeJournal, encodeLine } from '#imgdl/fs/journal-lines.js';
import { contentAt } from '#imgdl/sandbox/files/content.js';
import { run } from '../support/imgdl.js';
import { hasNginx, type Nginx, startNginx } from '../support/nginx.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';

const MIB = 2 ** 20;
/** From here on the image has bytes that tell their place; all before is a hole. */
const FILLED = 2 ** 32 - 2 * MIB;
const SIZE = 2 ** 32 + 9 * MIB + 77;
/** What an earlier run kept: its end and the overlap before it lie beyond 2^32. */
const KEPT = 2 ** 32 + MIB + 7;
const OVERLAP = 256 * 1024;

const image = (start: number, end: number) => contentAt('large', 1, start, end);

/** Fills [FILLED, end) of a sparse file. */
function fill(path: string, end: number): void {
  const fd = openSync(path, 'r+');
  for (let at = FILLED; at < end; at += MIB) writeSync(fd, image(at, Math.min(end, at + MIB)), 0, undefined, at);
  ftruncateSync(fd, end);
  closeSync(fd);
}

/** What `sha256sum` says of the image and of its first KEPT bytes: it takes several seconds. */
const WHOLE_SHA256 = '7354fee3c1b781b61da0008d53f6b2081978d9015ad619a114291421fed7ebb8';
const KEPT_SHA256 = '4f4576dabee19056e8029ad06548842cb62b9577ccae145d9b80539cb057ac19';

describe.skipIf(!hasNginx)(
  `a file of more than 4 GiB on a real disk${hasNginx ? '' : ' [skipped: nginx is not installed]'}`,
  { timeout: 240_000 },
  () => {
    let bench: Workbench;
    let nginx: Nginx;
    beforeEach(async () => {
      bench = makeWorkbench();
      nginx = await startNginx({ files: { 'large.img': Buffer.alloc(0) } });
      fill(join(nginx.root, 'large.img'), SIZE);
    });
    afterEach(async () => {
      await nginx.stop();
      bench.clear();
    });

    test('is continued beyond 2^32: body, journal, part and digest agree to the byte', async () => {
      const args = ['url', `${nginx.url}/large.img`, '--checksum', `sha256:${WHOLE_SHA256}`];
      // What is asked for, where from and how it is known: as imgdl itself writes it down.
      await run(args, { cwd: bench.directory, killWhen: () => journalOf(bench).head.identity.size === SIZE });
      const path = (suffix: string) => bench.path(bench.all().find((name) => name.endsWith(suffix)) ?? 'none');
      const { head } = journalOf(bench);
      expect(head.identity.size).toBe(SIZE);
      const first = encodeLine(CHAIN_START, head);
      const second = encodeLine(first.chain, { t: 'have', start: 0, end: KEPT, digests: { sha256: KEPT_SHA256 } });
      writeFileSync(path('.journal'), Buffer.concat([first.bytes, second.bytes]));
      truncateSync(path('.part'), 0);
      truncateSync(path('.part'), KEPT);
      fill(path('.part'), KEPT);
      const before = nginx.requests().length;

      const { code, result } = await bench.get(args);
      expect({ code, ...result }).toMatchObject({
        code: 0,
        status: 'resumed',
        bytes: SIZE,
        resumedFrom: KEPT,
        verified: 'user',
      });
      const ranges = nginx
        .requests()
        .slice(before)
        .map((line) => /"(bytes=[^"]*)"/.exec(line)?.[1]);
      expect(ranges[0]).toBe(`bytes=${KEPT - OVERLAP}-`);
      for (const range of ranges) expect(Number(/^bytes=([0-9]+)-/.exec(range ?? '')?.[1])).toBeGreaterThan(2 ** 32);

      expect(statSync(bench.path('large.img')).size).toBe(SIZE);
      const fd = openSync(bench.path('large.img'), 'r');
      const end = Buffer.alloc(SIZE - FILLED);
      expect(readSync(fd, end, 0, end.length, FILLED)).toBe(end.length);
      // Nothing was written where a 32-bit offset would have put it: the hole is still one.
      const blocks = fstatSync(fd).blocks * 512;
      closeSync(fd);
      expect(end.equals(image(FILLED, SIZE))).toBe(true);
      expect(blocks).toBeLessThan(SIZE - FILLED + MIB);
      expect(bench.all()).toEqual(['large.img']);
    });
  },
);

function journalOf(bench: Workbench): Extract<ReturnType<typeof decodeJournal>, { kind: 'content' }>['content'] {
  const name = bench.all().find((one) => one.endsWith('.journal'));
  const decoded = decodeJournal(name === undefined ? Buffer.alloc(0) : readFileSync(bench.path(name)));
  if (decoded.kind === 'content') return decoded.content;
  return { head: { t: 'head', v: 1, source: { provider: '', endpoint: '', ref: '' }, identity: {} }, have: [] };
}
