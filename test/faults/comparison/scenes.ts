import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fin, head, rst, send, stall } from '../../support/fault-server.js';
import { chunked, cut, elsewhere, ranged, replaced, status, unannounced, whole } from '../answers.js';
import { bytes, bytesOf, digestOf, headOf, type Place, type RemoteObject, type Reply, SIZE, sound } from '../origin.js';
import { CONTROL } from './page.js';
import { type Cell, Stage } from './stage.js';
import type { Tool } from './tools.js';

/** A fault that every tool gets in the same way. */
export interface Scene {
  readonly id: string;
  readonly title: string;
  play(tool: Tool, scratch: string): Promise<Cell | undefined>;
}

const HELD = 400_000;
const MIDDLE = 300_000;
const FIRST: RemoteObject = { rev: 1, size: SIZE };
const SECOND: RemoteObject = { rev: 2, size: SIZE };
const SHORT: RemoteObject = { rev: 2, size: 300_000 };
const BINARY = 'Content-Type: application/octet-stream';
const PAGE = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please log in</body></html>';

const script = (stage: Stage, persists: boolean, ...data: readonly Reply[]): void =>
  stage.origin.use({ replies: { ['data' satisfies Place]: data }, persists });

/** One run, against these answers and then a sound server, or the last one for ever. */
function once(id: string, title: string, data: readonly Reply[], right = [FIRST], persists = true): Scene {
  return {
    id,
    title,
    play: (tool, scratch) =>
      on(tool, scratch, async (stage) => {
        script(stage, persists, ...data);
        await stage.run();
        return stage.judge(right);
      }),
  };
}

/** The image is replaced. */
const become =
  (object: RemoteObject) =>
  ({ origin }: Stage): void => {
    origin.object = object;
  };

/** A run that is cut for good at its middle, and another one later. */
function twice(id: string, title: string, prepare: (stage: Stage) => void, right: readonly RemoteObject[]): Scene {
  return {
    id,
    title,
    play: (tool, scratch) =>
      on(tool, scratch, async (stage) => {
        script(stage, true, cut(HELD, fin), (ask) => (ask.from < HELD ? cut(HELD, fin)(ask) : [rst]));
        await stage.run();
        stage.origin.heal();
        prepare(stage);
        await stage.run();
        return stage.judge(right);
      }),
  };
}

async function on(
  tool: Tool,
  scratch: string,
  play: (stage: Stage) => Promise<Cell>,
  options: Parameters<typeof Stage.open>[2] = {},
): Promise<Cell> {
  const stage = await Stage.open(tool, scratch, options);
  try {
    return await play(stage);
  } finally {
    await stage.close();
  }
}

/** The byte in the middle is another. */
const flipped: Reply = (ask) => {
  const wrong = Buffer.from(bytesOf(ask.origin.object));
  wrong.writeUInt8((wrong.readUInt8(MIDDLE) + 1) % 256, MIDDLE);
  const [first] = headOf(ask, [BINARY, `Content-MD5: ${md5Of(ask.request.target)}`], ask.to);
  return first === undefined ? [] : [first, send(wrong.subarray(ask.from, ask.to))];
};
/** In hex from Glance, in base64 elsewhere. */
const md5Of = (target: string): string => {
  const hex = digestOf(FIRST, 'md5');
  return target.startsWith('/glance') ? hex : Buffer.from(hex, 'hex').toString('base64');
};
const compressed: Reply = (ask) => {
  const body = gzipSync(bytesOf(ask.origin.object));
  return [head(200, BINARY, 'Content-Encoding: gzip', `Content-Length: ${body.length}`), send(body)];
};

/** The control: a tool that fails here is not measured at all. */
export const HEALTHY = once(CONTROL, 'Nothing goes wrong.', []);

const BREAKS: readonly Scene[] = [
  once(
    'reset-three-times',
    'The connection is reset three times.',
    [cut(100_000, rst), cut(250_000, rst), cut(HELD, rst)],
    [FIRST],
    false,
  ),
  once('stall-once', 'The server stops sending, once; the connection stays open.', [cut(HELD, stall)], [FIRST], false),
  once('stall-for-ever', 'The server stops sending, every time.', [cut(HELD, stall), stalled()]),
  once('unavailable-once', 'The server answers 503, once.', [status(503, 'busy')], [FIRST], false),
  once('cut-without-length', 'The server gives no length, and the body is cut short.', [unannounced(HELD, BINARY)]),
  once('cut-between-chunks', 'The body comes in chunks, and is cut between two of them.', [chunked('', HELD, BINARY)]),
  once('longer-than-announced', 'The server sends more than it announced.', [
    (ask) => [...sound(ask), send('more'.repeat(1000))],
  ]),
];

/** Nothing at all, whatever is asked for. */
function stalled(): Reply {
  return () => [stall];
}

const CHANGES: readonly Scene[] = [
  twice(
    'replaced-before-resume',
    'A download is cut. The image is replaced by another of the same size. The download is continued.',
    become(SECOND),
    [SECOND],
  ),
  once(
    'replaced-during-retry',
    'The same between two connections of one run.',
    [cut(HELD, fin), replaced(2, sound)],
    [SECOND],
    false,
  ),
  twice(
    'replaced-same-date',
    'The same, and the server shows neither ETag nor date.',
    ({ origin }) => {
      origin.object = SECOND;
      origin.heal({ validators: [] });
    },
    [SECOND],
  ),
  twice(
    'shrunk-before-resume',
    'The image is replaced by a shorter one before the download is continued.',
    become(SHORT),
    [SHORT],
  ),
  twice(
    'range-ignored',
    'The server answers with the whole image instead of the rest.',
    (stage) => script(stage, true, whole),
    [FIRST],
  ),
  twice(
    'range-of-another-place',
    'The server sends a different range than requested, and says so.',
    (stage) =>
      script(stage, true, (ask) => {
        const from = Math.max(0, ask.from - 100_000);
        return ranged(`bytes ${from}-${SIZE - 1}/${SIZE}`, from, SIZE)(ask);
      }),
    [FIRST],
  ),
  twice(
    'range-unnamed',
    'The server sends a part without saying which.',
    (stage) => script(stage, true, (ask) => ranged(undefined, 0, SIZE)(ask)),
    [FIRST],
  ),
  {
    id: 'other-file-there',
    title: 'A shorter file of another kind already has the name.',
    play: (tool, scratch) =>
      on(tool, scratch, async (stage) => {
        writeFileSync(stage.file, bytesOf({ rev: 7, size: 1000 }));
        const before = stage.found();
        await stage.run();
        const cell = stage.judge([FIRST]);
        return cell.outcome === 'partial' && stage.found() === before ? { ...cell, outcome: 'clean' } : cell;
      }),
  },
];

const ANSWERS: readonly Scene[] = [
  once('login-page', 'A login page with status 200.', [status(200, PAGE, 'Content-Type: text/html')]),
  once('error-document', 'An error document of S3 with status 200.', [
    status(200, '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'Content-Type: application/xml'),
  ]),
  once('compressed', 'The body is compressed although nobody asked for it.', [compressed]),
  once('wrong-byte', 'One byte is wrong, and the server’s Content-MD5 is right.', [flipped]),
  once('wrong-byte-once', 'The same once; the next answer is right.', [flipped], [FIRST], false),
];

const PROCESS: readonly Scene[] = [
  {
    id: 'killed',
    title: 'The tool is killed with SIGKILL in the middle.',
    play: (tool, scratch) =>
      on(tool, scratch, async (stage) => {
        script(stage, true, cut(HELD, stall));
        await stage.killAfter(HELD);
        return stage.judge([FIRST]);
      }),
  },
  {
    id: 'killed-and-resumed',
    title: 'The same, and then run again.',
    play: (tool, scratch) =>
      on(tool, scratch, async (stage) => {
        script(stage, true, cut(HELD, stall));
        await stage.killAfter(HELD);
        stage.origin.heal();
        await stage.run();
        return stage.judge([FIRST]);
      }),
  },
  {
    id: 'two-at-once',
    title: 'Two runs with one target overlap.',
    play: (tool, scratch) =>
      on(tool, scratch, async (stage) => {
        const slow: Reply = (ask) => [
          ...headOf(ask, ask.origin.dataFields(ask), ask.to),
          ...bytes(ask.origin, ask.from, Math.min(ask.to, HELD)),
          { do: 'wait', ms: 3000 },
          ...bytes(ask.origin, Math.max(ask.from, HELD), ask.to),
        ];
        script(stage, true, slow);
        const first = stage.start();
        await new Promise((resolve) => setTimeout(resolve, 1500));
        const second = stage.start();
        const cells = await Promise.all(
          [first, second].map(async (child) => {
            await stage.finish(child);
            return stage.judge([FIRST]);
          }),
        );
        // What one of them left behind while the other still worked is settled when both have ended.
        const last = stage.judge([FIRST]);
        const wrong = cells.find(({ outcome }) => outcome === 'wrong' || outcome === 'hung');
        return wrong ?? last;
      }),
  },
  {
    id: 'disk-full',
    title: 'The disk is full in the middle.',
    play: diskFull,
  },
];

/** On a file system of its own, which is as small as that; only root may make one. */
async function diskFull(tool: Tool, scratch: string): Promise<Cell | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const directory = join(scratch, `full-${tool.name.replaceAll(' ', '-')}`);
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    rmdirSync(directory);
    return undefined;
  }
  try {
    // Nothing may fill any other disk.
    if (statSync(directory).dev === statSync(scratch).dev) return undefined;
    return await on(
      tool,
      scratch,
      async (stage) => {
        await stage.run();
        return stage.judge([FIRST]);
      },
      { directory },
    );
  } finally {
    execFileSync('umount', [directory]);
    rmdirSync(directory);
  }
}

const TRUST: readonly Scene[] = [
  {
    id: 'token-to-another-server',
    title: 'A request with a secret header is redirected to another server.',
    play: async (tool, scratch) => {
      // The clients of OpenStack have the token anyway.
      return await on(
        tool,
        scratch,
        async (stage) => {
          script(
            stage,
            true,
            elsewhere(302, () => `${stage.foreign.url}/files/disk.img`),
          );
          await stage.run();
          const cell = stage.judge([FIRST]);
          return stage.leaked ? { ...cell, outcome: 'leaked' } : cell;
        },
        { token: tool.service === 'url' },
      );
    },
  },
  {
    id: 'https-to-http',
    title: 'An https server redirects to plain http, where anybody can replace the image.',
    play: async (tool, scratch) => {
      if (tool.service === 'glance') return undefined;
      return await on(
        tool,
        scratch,
        async (stage) => {
          stage.foreign.object = SECOND;
          script(
            stage,
            true,
            elsewhere(302, () => `${stage.foreign.url}/files/disk.img`),
          );
          await stage.run();
          return stage.judge([FIRST]);
        },
        { tls: true },
      );
    },
  },
];

export const SCENES: readonly Scene[] = [HEALTHY, ...BREAKS, ...CHANGES, ...ANSWERS, ...PROCESS, ...TRUST];
