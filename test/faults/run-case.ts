import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { documentOf } from '../e2e/document.js';
import { tree } from '../e2e/stage.js';
import { fin } from '../support/fault-server.js';
import { runHere, type Said } from '../support/in-process.js';
import { until } from '../support/processes.js';
import { startFront } from '../support/tcp-front.js';
import { tlsMaterial } from '../support/tls-material.js';
import { cut } from './answers.js';
import { makeCanaries } from './canaries.js';
import type { CasePlace, FaultCase } from './fault-case.js';
import { expectEnd, expectFiles, expectNoCanary, expectNoPromise, expectRight, partBytes } from './oracle.js';
import { Origin, reply } from './origin.js';

/** Cases wait far more than they work. */
const AT_ONCE = 12;
/** Fetched again and compared where nothing better proves the object. */
const OVERLAP_BYTES = 256 * 1024;
const PREVIOUS = 'the image of last month';

/** One test for each case of an area; several run at once. */
export function catalogue(area: string, cases: readonly FaultCase[]): void {
  vi.setConfig({ maxConcurrency: AT_ONCE });
  test('every case has an id of its own', () => {
    const ids = cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(new RegExp(`^${area}/[a-z0-9]+(?:-[a-z0-9]+)*$`));
  });
  describe.concurrent(area, () => {
    test.each(cases.map((one) => [one.id, one.title, one] as const))('%s: %s', (_id, _title, one) => runCase(one));
  });
}

/** Runs a case and holds everything against it that must be true. */
export async function runCase(fault: FaultCase): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'imgdl-fault-'));
  const canaries = makeCanaries();
  const origin = await Origin.start(canaries, fault.tls?.(tlsMaterial()));
  const foreign = await Origin.start(canaries, undefined, fault.foreignHost ?? '127.0.0.2');
  const directory = join(root, 'work');
  const home = join(root, 'home');
  const place: CasePlace = { origin, foreign, directory, home, target: join(directory, fault.fileName ?? 'disk.img') };
  for (const path of [directory, home]) mkdirSync(path);
  const { scheme, front: wrong } = fault;
  const front = wrong === undefined ? undefined : await startFront({ target: origin.server.port, ...wrong });
  if (front !== undefined) origin.url = origin.url.replace(/:\d+$/, `:${front.port}`);
  if (scheme !== undefined) origin.url = origin.url.replace(/^\w+/, scheme);
  foreign.otherwise = (request) => fault.foreign?.(request, place) ?? reply(404, 'no such page');
  try {
    await play(fault, place);
  } finally {
    await Promise.all([origin.server.close(), foreign.server.close(), front?.close()]);
    rmSync(root, { recursive: true, force: true });
  }
}

async function play(fault: FaultCase, place: CasePlace): Promise<void> {
  const { origin, directory } = place;
  const { record, token, validators } = fault;
  const rest = { ...(record && { record }), ...(token && { token }), ...(validators && { validators }) };
  if (fault.object !== undefined) origin.object = fault.object;
  if (fault.previous ?? fault.files !== 'complete') {
    writeFileSync(place.target, PREVIOUS);
    chmodSync(place.target, 0o640);
  }
  if (fault.heldTo !== undefined) await interrupt(fault, place, rest);
  fault.meanwhile?.(place);
  const before = tree(directory);
  const held = partBytes(directory);
  origin.use({
    ...rest,
    ...(fault.greeting && { greeting: fault.greeting }),
    replies: { data: fault.data ?? [], facts: fault.facts ?? [], 'log-in': fault.logIn ?? [] },
    persists: fault.persists ?? fault.exit !== 0,
  });
  const said = await say(fault, place, fault.retries ?? (fault.exit === 0 ? 3 : 0));
  const document = expectEnd(fault, said);
  expectFiles(fault, place, before);
  expectNoPromise(place, document);
  expectNoCanary(origin.canaries, place, said);
  await until('no connection to be left open', 5_000, () => (origin.server.open() === 0 ? true : undefined));
  await fault.also?.({ ...place, ...said, document, held });
  if (fault.exit !== 0 && fault.rerun !== 'none') await again(fault, place, rest);
}

type Rest = Parameters<Origin['heal']>[0];

/** The earlier run. */
async function interrupt(fault: FaultCase, place: CasePlace, rest: Rest): Promise<void> {
  place.origin.use({ ...rest, replies: { data: [cut(fault.heldTo ?? 0, fin)] }, persists: true });
  const said = await say(fault, place, 0);
  expect([said.code, partBytes(place.directory)], said.stderr).toEqual([6, fault.heldTo]);
  place.origin.sent = 0;
}

/** The same command when all is well again. */
async function again(fault: FaultCase, place: CasePlace, rest: Rest): Promise<void> {
  const { origin, directory } = place;
  const kept = fault.files === 'kept' ? partBytes(directory) : 0;
  origin.heal(rest);
  const said = await say(fault, place, 3);
  const { status, received, error } = documentOf(said.stdout);
  expect({ exit: said.code, error: error?.message }).toEqual({ exit: 0, error: undefined });
  expectRight(place);
  expect(Object.keys(tree(directory)).filter((name) => name.startsWith('.imgdl-'))).toEqual([]);
  expectNoCanary(origin.canaries, place, said);
  if (kept > 0 && fault.rerun !== 'all') {
    expect(status).toBe('resumed');
    expect(received).toBeLessThanOrEqual(origin.object.size - kept + Math.min(kept, OVERLAP_BYTES));
  }
}

async function say(fault: FaultCase, place: CasePlace, retries: number): Promise<Said> {
  const { origin, directory, home } = place;
  const service = fault.service ?? 'url';
  const words = fault.words?.(place) ?? origin.words(service);
  const more = typeof fault.args === 'function' ? fault.args(place) : (fault.args ?? []);
  const force = (fault.previous ?? fault.files !== 'complete') ? ['--force'] : [];
  const authority = fault.tls === undefined ? [] : ['--cacert', tlsMaterial().caFile];
  const output = fault.fileName === undefined ? ['-o', 'disk.img'] : [];
  const usual = ['--json', '-v', ...output, '--retries', String(retries), ...force, ...authority];
  return await runHere([...words, ...usual, ...more], {
    cwd: directory,
    home,
    env: { ...origin.environment(service), ...fault.env?.(place) },
    ...(fault.stdin === undefined ? {} : { stdin: fault.stdin }),
  });
}
