import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentsOf } from '../e2e/document.js';
import { fin, flood, head, rst } from '../support/fault-server.js';
import { runHere } from '../support/in-process.js';
import { scratch } from '../support/scratch.js';
import { status, whole } from './answers.js';
import { atServices } from './at-services.js';
import { makeCanaries } from './canaries.js';
import type { FaultCase, Ran } from './fault-case.js';
import { type Ask, bytes, headOf, Origin, type RemoteObject, type Reply, reply, SIZE, sound } from './origin.js';
import { catalogue } from './run-case.js';

/** A dozen segments. */
const LARGE: RemoteObject = { rev: 1, size: 6 * 1024 * 1024 + 7 };
const EIGHT = ['--connections', '8'];

/** Where the first connection is sound, and `then` happens to some or all of the others. */
const others = (then: Reply, which: (ask: Ask) => boolean = ({ count }) => count > 0): Reply => {
  return (ask) => (which(ask) ? then(ask) : sound(ask));
};
const many = (reply: Reply, times = 40): readonly Reply[] => Array<Reply>(times).fill(reply);

/** The same range of another revision, with the validators of that one, or of the right one. */
const stranger =
  (honest: boolean): Reply =>
  (ask) => {
    const fields = ask.origin.dataFields(ask);
    const tag = honest ? fields.map((field) => field.replace('rev-1', 'rev-9')) : fields;
    const right = ask.origin.object;
    ask.origin.object = { ...right, rev: 9 };
    const steps = [
      ...headOf(ask, tag, Math.min(ask.to, right.size)),
      ...bytes(ask.origin, ask.from, Math.min(ask.to, right.size)),
    ];
    ask.origin.object = right;
    return steps;
  };

const cutEach: Reply = (ask) => [
  ...headOf(ask, ask.origin.dataFields(ask), Math.min(ask.to, ask.origin.object.size)),
  ...bytes(ask.origin, ask.from, Math.min(ask.to, ask.from + 100_000)),
  rst,
];

/** No server is asked for the same bytes over and over. */
const thrifty = ({ document }: Ran): void => expect(document.received).toBeLessThan(2 * LARGE.size);

const segments: readonly FaultCase[] = [
  ...atServices(['url', 'glance'], {
    id: 'scale/one-connection-allowed',
    title: 'every connection but the first is refused with 503',
    data: many(others(status(503, 'one at a time'))),
    exit: 0,
    files: 'complete',
  }),
  ...atServices(['url', 'glance'], {
    id: 'scale/further-connections-reset',
    title: 'every connection but the first is reset',
    data: many(others(() => [rst])),
    exit: 0,
    files: 'complete',
  }),
  ...atServices(['url', 'glance'], {
    id: 'scale/segments-answered-whole',
    title: 'every segment is answered with the whole',
    data: many(whole),
    exit: 0,
    files: 'complete',
    also: thrifty,
  }),
  ...atServices(['url', 'glance'], {
    id: 'scale/segment-of-another-revision',
    title: 'one backend has another revision, and says so',
    data: [sound, sound, stranger(true)],
    exit: 0,
    files: 'complete',
  }),
  {
    id: 'scale/segment-of-another-revision-unsaid',
    title: 'one backend has another revision under the same fields: the digest finds it',
    service: 'glance',
    data: [sound, sound, stranger(false)],
    exit: 0,
    files: 'complete',
  },
  {
    id: 'scale/segments-cut-once',
    title: 'every connection is reset once after 100 KB',
    data: many(cutEach, 8),
    exit: 0,
    files: 'complete',
    also: thrifty,
  },
  {
    id: 'scale/segments-refused',
    title: '416 to every segment but the first',
    data: many(others(status(416), ({ from }) => from > 0)),
    exit: 0,
    files: 'complete',
  },
  {
    id: 'scale/segments-cut-for-good',
    title: 'every connection is reset after 100 KB, for ever: what came is kept',
    data: many(cutEach, 1),
    exit: 6,
    files: 'kept',
    // The part has holes: its length says nothing.
    rerun: 'all',
  },
];

const endless: readonly FaultCase[] = [
  ...atServices(['uforge', 'glance'], {
    id: 'scale/endless-body',
    title: 'a body without length never ends: reading ends at the known size',
    data: [
      (ask) => [
        head(200, 'Connection: close', 'Content-Type: application/octet-stream'),
        ...bytes(ask.origin, 0, SIZE),
        flood('x'.repeat(16_384), 0),
      ],
    ],
    exit: 9,
    code: 'integrity.size',
    files: 'kept',
  }),
];

catalogue('scale', [...segments.map((one) => ({ args: EIGHT, object: LARGE, ...one })), ...endless]);

test('scale/many-of-which-some-fail: a rerun fetches only those', async () => {
  const total = 250;
  const bad = (target: string): boolean => Number(/(\d+)\.img/.exec(target)?.[1]) % 15 === 3;
  const origin = await Origin.start(makeCanaries());
  const directory = scratch();
  const home = join(directory, 'home');
  mkdirSync(home);
  const body = (target: string): string => `image ${target} `.repeat(9);
  const fields = ['Last-Modified: Mon, 02 Nov 2026 08:00:00 GMT', 'Content-Type: application/octet-stream'];
  let broken = true;
  origin.otherwise = ({ target }) => (broken && bad(target) ? [fin] : reply(200, body(target), ...fields));
  const urls = Array.from({ length: total }, (_, at) => `${origin.url}/many/${at}.img`);
  const failing = urls.filter(bad).length;
  const run = () =>
    runHere(['url', '-i', '-', '-o', 'images/', '--json', '--retries', '0'], {
      cwd: directory,
      home,
      stdin: urls.join('\n'),
    });
  try {
    const first = await run();
    expect([first.code, documentsOf(first.stdout).summary]).toEqual([
      14,
      expect.objectContaining({ total, failed: failing, succeeded: total - failing }),
    ]);
    expect(readdirSync(join(directory, 'images')).length).toBe(total - failing);
    broken = false;
    const second = await run();
    const { items, summary } = documentsOf(second.stdout);
    expect([second.code, summary.failed, items.filter(({ status }) => status === 'downloaded').length]).toEqual([
      0,
      0,
      failing,
    ]);
    for (const [at, url] of urls.entries()) {
      expect(readFileSync(join(directory, 'images', `${at}.img`), 'utf8')).toBe(body(new URL(url).pathname));
    }
  } finally {
    await origin.server.close();
  }
});
