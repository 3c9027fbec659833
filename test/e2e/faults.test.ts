/**
 * What other tools do wrong, one row each: a spliced file with exit 0, a login page saved as an image, an empty file,
 * a spent key. Every row says how the run ends and which files it leaves.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxControl } from '#imgdl/sandbox/control.js';
import type { SandboxModes } from '#imgdl/sandbox/modes.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { type Got, makeWorkbench, type Workbench } from '../support/workbench.js';

const MIB = 1024 * 1024;
const SIZE = 24 * MIB + 77;

let bench: Workbench;
let sandbox: Sandbox;
let control: SandboxControl;

beforeEach(async () => {
  bench = makeWorkbench();
  sandbox = await startSandbox({ size: SIZE });
  control = sandbox.control;
});
afterEach(async () => {
  expect(control.failures).toEqual([]);
  await sandbox.close();
  bench.clear();
});

type Kind = 'url' | 'glance' | 'uforge';
const OBJECTS: Readonly<Record<Kind, string>> = {
  url: 'files/image.raw',
  glance: 'glance/big-raw',
  uforge: 'images/1095',
};

function args(kind: Kind): readonly string[] {
  const { environment, urls } = sandbox;
  if (kind === 'glance') return ['glance', 'image', environment['SANDBOX_GLANCE_IMAGE'] ?? ''];
  return kind === 'url' ? ['url', `${urls.files}/image.raw`] : ['appliance', 'image', '747', '1095'];
}

function get(kind: Kind, ...more: readonly string[]): Promise<Got> {
  return bench.get([...args(kind), '-o', 'disk.img', ...more], { env: sandbox.environment });
}

/** By a process of its own. */
function getApart(kind: Kind, ...more: readonly string[]): Promise<Got> {
  return bench.program([...args(kind), '-o', 'disk.img', ...more], { env: sandbox.environment });
}

function data() {
  return control.requests.filter(({ path }) => /\/(?:file|image\.raw|downloads(?:\/[^/]*)?)$/.test(path));
}

function sent(): number {
  return data().reduce((sum, request) => sum + request.sentEnd - request.sentStart, 0);
}

/** Leaves a part with a checkpoint: every connection is cut, and one attempt is all there is. */
async function interrupt(kind: Kind, more: readonly string[] = []): Promise<void> {
  control.modes.cutAfter = 9 * MIB;
  const cut = await get(kind, '--retries', '0', ...more);
  expect([cut.code, bench.visible()]).toEqual([6, []]);
  expect(bench.partBytes()).toBeGreaterThan(4 * MIB);
  control.modes.cutAfter = undefined;
  control.requests.length = 0;
}

function right(kind: Kind): void {
  expect(bench.all()).toEqual(['disk.img']);
  expect(bench.sha256('disk.img')).toBe(control.object(OBJECTS[kind]).digest('sha256'));
}

describe('an interrupted download', () => {
  it.each<Kind>(['url', 'glance', 'uforge'])('of %s goes on where it was', async (kind) => {
    await interrupt(kind);
    const got = await get(kind);
    expect([got.code, got.result.status]).toEqual([0, 'resumed']);
    expect(got.result.received).toBeLessThan(SIZE - 4 * MIB);
    right(kind);
  });

  it.each<Kind>(['url', 'glance', 'uforge'])(
    'of %s whose object was replaced by another of the same size starts again',
    async (kind) => {
      await interrupt(kind);
      control.replace(OBJECTS[kind]);
      const got = await get(kind);
      expect([got.code, got.result.status, got.result.resumedFrom]).toEqual([0, 'downloaded', null]);
      right(kind);
    },
  );

  it('without any validator is not spliced either: what comes again is compared', async () => {
    control.modes.validators = 'absent';
    await interrupt('url');
    control.replace(OBJECTS.url);
    expect((await get('url')).code).toBe(0);
    right('url');
  });

  it('with --on-change fail says so and keeps what it has', async () => {
    await interrupt('glance');
    const had = bench.partBytes();
    control.replace(OBJECTS.glance);
    const got = await get('glance', '--on-change', 'fail');
    expect([got.code, got.result.error?.code]).toEqual([10, 'changed.remote']);
    expect([bench.visible(), bench.partBytes()]).toEqual([[], had]);
  });

  it('whose object became smaller than what is here starts again', async () => {
    await interrupt('url');
    control.replace(OBJECTS.url, 3 * MIB);
    expect((await get('url')).code).toBe(0);
    right('url');
  });

  it('is kept and compared when the server ignores Range now', async () => {
    await interrupt('uforge');
    control.modes.ranges = false;
    const got = await get('uforge');
    expect([got.code, got.result.status]).toEqual([0, 'resumed']);
    expect(got.result.warnings.map(({ code }) => code)).toContain('resume.from-zero');
    right('uforge');
  });

  it('starts again when the server answers 416 to every Range', async () => {
    await interrupt('url');
    control.modes.rangeFault = 'refused';
    const got = await get('url');
    expect(got.code).toBe(0);
    right('url');
  });

  it('does not take other bytes than it asked for, and asks for the whole instead', async () => {
    await interrupt('url');
    control.modes.rangeFault = 'shifted';
    const got = await get('url', '--retries', '1');
    expect([got.code, got.result.status]).toEqual([0, 'resumed']);
    right('url');
  });

  it('of a one-time download id is refused with the spent key, and goes on with a new one', async () => {
    control.modes.keysOnly = true;
    const name = OBJECTS.uforge;
    const anonymous = { IMGDL_URL: sandbox.urls.uforge, IMGDL_USER: 'alice' };
    const by = (key: string) =>
      bench.get([...args('uforge'), '-o', 'disk.img', '--retries', '0', '--download-id', key], { env: anonymous });
    const first = control.issueKey(name);
    control.modes.cutAfter = 9 * MIB;
    expect((await by(first)).code).not.toBe(0);
    control.modes.cutAfter = undefined;
    const had = bench.partBytes();
    expect(had).toBeGreaterThan(4 * MIB);
    const again = await by(first);
    expect([again.code, again.result.error?.code]).toEqual([3, 'uforge.key-spent']);
    expect([bench.visible(), bench.partBytes()]).toEqual([[], had]);
    const fresh = await by(control.issueKey(name));
    expect([fresh.code, fresh.result.status]).toEqual([0, 'resumed']);
    right('uforge');
  });
});

describe('one run', () => {
  interface Row {
    readonly sentence: string;
    readonly kind: Kind;
    readonly modes: Partial<SandboxModes>;
    readonly more?: readonly string[];
    /** Undefined: the file is there and right. */
    readonly error?: readonly [exit: number, code: RegExp];
    /** What is beside the target after a failure. */
    readonly kept?: 'part';
  }
  const rows: readonly Row[] = [
    { sentence: 'is cut three times at 6 MiB', kind: 'url', modes: { cutAfter: 6 * MIB, cuts: 3 } },
    { sentence: 'is reset three times', kind: 'glance', modes: { cutAfter: 6 * MIB, cuts: 3, cutBy: 'reset' } },
    {
      sentence: 'is cut three times and needs a new key each time',
      kind: 'uforge',
      modes: { cutAfter: 6 * MIB, cuts: 3, keysOnly: true },
    },
    {
      sentence: 'ends early without a length: only the metadata can tell',
      kind: 'glance',
      modes: { length: 'close', cutAfter: 6 * MIB, cuts: 1 },
    },
    {
      sentence: 'has neither length nor digest: a cut could not be told from the end',
      kind: 'url',
      modes: { length: 'close', ranges: false },
      error: [9, /^integrity\.unproven$/],
    },
    { sentence: 'is told 503 and Retry-After: 2 once', kind: 'url', modes: { unavailable: 1, retryAfter: '2' } },
    {
      sentence: 'is told 503 again and again',
      kind: 'url',
      modes: { unavailable: Number.POSITIVE_INFINITY, retryAfter: undefined },
      more: ['--retries', '1'],
      error: [6, /^http\.unavailable$/],
    },
    {
      sentence: 'gets a login page for a URL',
      kind: 'url',
      modes: { loginPage: Number.POSITIVE_INFINITY },
      error: [8, /^proto\.not-image$/],
    },
    {
      sentence: 'gets a login page for an image',
      kind: 'uforge',
      modes: { loginPage: Number.POSITIVE_INFINITY },
      error: [8, /^proto\./],
    },
    {
      sentence: 'gets 200 and no byte',
      kind: 'glance',
      modes: { emptyBody: Number.POSITIVE_INFINITY },
      more: ['--retries', '1'],
      error: [8, /^proto\.size$/],
    },
    { sentence: 'gets 304 unasked', kind: 'url', modes: { unasked304: 1 }, error: [8, /^proto\.not-modified$/] },
    { sentence: 'gets one wrong byte once', kind: 'glance', modes: { corrupt: 1 } },
    {
      sentence: 'gets a wrong byte every time',
      kind: 'glance',
      modes: { corrupt: Number.POSITIVE_INFINITY },
      error: [9, /^integrity\.digest$/],
    },
    {
      sentence: 'gets a compressed body that nobody asked for',
      kind: 'url',
      modes: { coding: 'gzip' },
      error: [8, /^proto\.encoding$/],
    },
    {
      sentence: 'hears nothing any more after 9 MiB',
      kind: 'url',
      modes: { stallAfter: 9 * MIB },
      more: ['--timeout', '1s', '--retries', '0'],
      error: [6, /^net\.stall$/],
      kept: 'part',
    },
    {
      sentence: 'is cut for good',
      kind: 'glance',
      modes: { cutAfter: 9 * MIB },
      more: ['--retries', '0'],
      error: [6, /^net\./],
      kept: 'part',
    },
  ];

  it.each(rows.map((row) => [`${row.kind} ${row.sentence}`, row] as const))('%s', async (_, row) => {
    Object.assign(control.modes, row.modes);
    const got = await get(row.kind, ...(row.more ?? []));
    if (row.error === undefined) {
      expect([got.code, got.result.error?.message]).toEqual([0, undefined]);
      right(row.kind);
      return;
    }
    expect([got.code, got.result.error?.code]).toEqual([row.error[0], expect.stringMatching(row.error[1])]);
    expect(bench.visible()).toEqual([]);
    expect(bench.all().map((name) => name.replace(/^.*\./, ''))).toEqual(row.kept ? ['journal', 'part'] : []);
  });

  it('spends one key and opens one connection', async () => {
    control.modes.keysOnly = true;
    expect((await get('uforge', '--via', 'key')).code).toBe(0);
    expect([control.keys.spent, control.keys.refused, data().length]).toEqual([1, 0, 1]);
  });

  it('finds no bytes behind a record: 204 is exit 5 and leaves nothing', async () => {
    const got = await bench.get(['glance', 'image', 'lost-data', '-o', 'disk.img'], { env: sandbox.environment });
    expect(got.code).toBe(5);
    expect(bench.all()).toEqual([]);
  });

  it('never touches a file that is in the way, longer than the remote or not', async () => {
    writeFileSync(bench.path('disk.img'), Buffer.alloc(SIZE + 1));
    const before = bench.sha256('disk.img');
    const got = await get('url');
    expect([got.code, got.result.error?.code]).toEqual([12, 'fs.exists']);
    expect([bench.sha256('disk.img'), bench.all()]).toEqual([before, ['disk.img']]);
  });

  it('replaces it with --force only when the new one is verified', async () => {
    writeFileSync(bench.path('disk.img'), 'old');
    control.modes.corrupt = Number.POSITIVE_INFINITY;
    expect((await get('glance', '--force')).code).toBe(9);
    expect(readFileSync(bench.path('disk.img'), 'utf8')).toBe('old');
    control.modes.corrupt = 0;
    expect((await get('glance', '--force')).code).toBe(0);
    right('glance');
  });
});

describe('two runs on one target', () => {
  it('one downloads the bytes once, the other is told', async () => {
    control.modes.rate = 20 * MIB;
    const both = await Promise.all([getApart('glance'), getApart('glance')]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 13]);
    expect(both.find(({ code }) => code === 13)?.result.error?.code).toBe('lock.held');
    expect(sent()).toBe(SIZE);
    right('glance');
  });

  it('with --on-busy wait the other finds it complete', async () => {
    control.modes.rate = 20 * MIB;
    const both = await Promise.all([getApart('glance', '--on-busy', 'wait'), getApart('glance', '--on-busy', 'wait')]);
    expect(both.map(({ result }) => result.status).sort()).toEqual(['complete', 'downloaded']);
    expect(sent()).toBe(SIZE);
    right('glance');
  });

  it('with --on-busy wait and no digest the other knows the file by its size and its time', async () => {
    control.modes.rate = 20 * MIB;
    const both = await Promise.all([getApart('url', '--on-busy', 'wait'), getApart('url', '--on-busy', 'wait')]);
    expect(both.map(({ code, result }) => [code, result.status]).sort()).toEqual([
      [0, 'complete'],
      [0, 'downloaded'],
    ]);
    right('url');
  });
});
