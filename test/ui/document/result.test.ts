import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { CODES, type Code } from '#imgdl/core/error-codes.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import type { SourceRef } from '#imgdl/core/source.js';
import { jsonLine } from '#imgdl/ui/document/json-line.js';
import {
  failureDocument,
  type ResultDocument,
  resultDocument,
  resultError,
  signalError,
} from '#imgdl/ui/document/result.js';
import { follow, newState, type TransferState } from '#imgdl/ui/progress/state.js';
import { bytes, described, GIB, HOSTILE, OUTCOME, REF, REMOTE } from '../samples.js';

const SCHEMA = JSON.parse(readFileSync(new URL('../../../schema/result.json', import.meta.url), 'utf8')) as object;
const ASKED = { provider: 'glance', endpoint: 'https://keystone:5000/v3', ref: 'ubuntu-24.04' };
const FACTS = { asked: ASKED, durationMs: 72_000.4 };
const KEYS = [
  'schema',
  'status',
  'path',
  'bytes',
  'verified',
  'digests',
  'received',
  'resumedFrom',
  'attempts',
  'connections',
  'durationMs',
  'source',
  'warnings',
];

const after = (events: readonly TransferEvent[]): TransferState =>
  events.reduce((state, event) => follow(state, event, 0), newState(0));

const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(SCHEMA);

function check(document: ResultDocument): void {
  const text = jsonLine(document);
  expect(text.endsWith('\n')).toBe(true);
  expect(text.trimEnd()).not.toContain('\n');
  const parsed = JSON.parse(text) as object;
  expect(valid(parsed), JSON.stringify(valid.errors)).toBe(true);
  expect(Object.keys(parsed).filter((key) => key !== 'error')).toEqual(KEYS);
}

test('the document of a download, key by key', () => {
  expect(JSON.parse(jsonLine(resultDocument(OUTCOME, FACTS)))).toEqual({
    schema: 1,
    status: 'downloaded',
    path: 'images/ubuntu-24.04.qcow2',
    bytes: 4 * GIB,
    verified: 'sha256',
    digests: [{ algorithm: 'sha256', hex: 'a'.repeat(64), from: 'metadata', matched: true }],
    received: 4 * GIB,
    resumedFrom: null,
    attempts: 1,
    connections: 1,
    durationMs: 72_000,
    source: { ...REF, name: 'ubuntu-24.04.qcow2', owner: null },
    warnings: [],
  });
});

describe('the schema accepts', () => {
  test.each<[string, Partial<Outcome>]>([
    ['a download', {}],
    ['a resumed one', { status: 'resumed', resumedFrom: GIB }],
    ['one that was complete', { status: 'complete', attempts: 0, connections: 0, received: 0 }],
    ['one that is unchanged', { status: 'unchanged', verified: 'size-only', digests: [] }],
    ['a dry run', { status: 'dry-run', path: null, bytes: null, verified: 'none', digests: [], name: null }],
    [
      'a digest nobody promised',
      { digests: [{ algorithm: 'sha256', hex: 'a'.repeat(64), from: 'computed', matched: null }] },
    ],
    ['warnings', { warnings: [{ code: 'a.b', message: 'x' }] }],
  ])('%s', (_name, change) => {
    check(resultDocument({ ...OUTCOME, ...change }, FACTS));
  });

  test.each(Object.keys(CODES) as Code[])('a failure with %s', (code) => {
    check(
      failureDocument(
        resultError(new AppError(code, 'doing: failed', { details: { a: 1, b: ['x'], c: true } })),
        FACTS,
      ),
    );
  });

  test('a usage error before anything is known of the source', () => {
    const document = failureDocument(resultError(new AppError('usage.arguments', 'x')), { durationMs: 0 });
    check(document);
    expect(document.source).toEqual({ provider: null, endpoint: null, ref: null, name: null, owner: null });
  });

  test.each([
    ['a bug', new TypeError('x')],
    ['a thrown string', 'x'],
    ['a thrown nothing', undefined],
  ])('%s', (_name, error) => {
    const document = failureDocument(resultError(error), FACTS);
    check(document);
    expect(document.error).toMatchObject({ code: 'bug', exit: 1 });
    expect(jsonLine(document)).not.toContain('    at ');
  });

  test('a signal', () => {
    const document = failureDocument(signalError('SIGTERM', 15, 0), FACTS);
    check(document);
    expect(document.error).toMatchObject({ code: 'signal', exit: 143 });
  });

  test.each(HOSTILE)('%s in every text, without letting it through', (_name, text) => {
    const documents = [
      resultDocument({ ...OUTCOME, path: text, name: text, warnings: [{ code: 'a.b', message: text }] }, FACTS),
      failureDocument(
        resultError(new AppError('proto.status', text, { hint: text, details: { [text]: text } })),
        FACTS,
      ),
      failureDocument(resultError(new Error(text)), FACTS),
    ];
    for (const document of documents) {
      check(document);
      expect(jsonLine(document)).not.toMatch(/[^\P{C}\n]|\\ud[89a-f]/u);
    }
  });
});

describe('numbers', () => {
  test.each([
    ['beyond 2^53', 2 ** 53, null],
    ['the largest', 2 ** 53 - 1, 2 ** 53 - 1],
    ['no number', Number.NaN, null],
    ['endless', Number.POSITIVE_INFINITY, null],
  ])('%s', (_name, value, shown) => {
    expect(resultDocument({ ...OUTCOME, bytes: value }, FACTS).bytes).toBe(shown);
  });
});

test('the path is the one to open, whatever it looks like; other text is masked once more', () => {
  const document = resultDocument({ ...OUTCOME, path: 'a?id=7.img', name: 'a?id=7.img' }, FACTS);
  expect(document.path).toBe('a?id=7.img');
  expect(document.source.name).toBe('a?id=***');
});

test('how far a run came is counted from its events', () => {
  const events: TransferEvent[] = [
    described('disk.img', 4 * GIB),
    { type: 'planned', from: GIB, size: 4 * GIB, why: '' },
    { type: 'connected', by: 'basic', from: GIB, status: 206 },
    bytes(2 * GIB, GIB, 2),
    { type: 'connected', by: 'basic', from: 2 * GIB, status: 206 },
    bytes(2.5 * GIB, 1.5 * GIB, 1),
    { type: 'checkpoint', durable: 2.25 * GIB },
    { type: 'warning', warning: { code: 'a.b', message: 'x' } },
    { type: 'note', message: 'y' },
  ];
  const state = after(events);
  expect(state).toMatchObject({
    path: 'disk.img',
    name: 'disk.img',
    durable: 2.25 * GIB,
    received: 1.5 * GIB,
    resumedFrom: GIB,
    attempts: 2,
    connections: 2,
    warnings: [{ code: 'a.b', message: 'x' }],
  });
  const document = failureDocument(resultError(new AppError('net.reset', 'x')), FACTS, state);
  check(document);
  expect(document).toMatchObject({
    status: 'failed',
    path: 'disk.img',
    received: 1.5 * GIB,
    resumedFrom: GIB,
    attempts: 2,
    connections: 2,
    bytes: null,
  });
});

const restart = (kept: number): TransferEvent => ({ type: 'restart', why: 'x', kept, discarded: 1 });

test.each<[string, readonly TransferEvent[], { readonly resumedFrom: number | null; readonly durable: number }]>([
  ['nothing yet', [], { resumedFrom: 3 * GIB, durable: 3 * GIB }],
  ['some of it was given up', [restart(GIB)], { resumedFrom: GIB, durable: GIB }],
  ['more and more was given up', [restart(2 * GIB), restart(GIB)], { resumedFrom: GIB, durable: GIB }],
  [
    'what this run fetched was given up beside it',
    [restart(GIB), { type: 'checkpoint', durable: 4 * GIB }, restart(2 * GIB)],
    { resumedFrom: GIB, durable: 2 * GIB },
  ],
  ['all of it was given up', [restart(0)], { resumedFrom: null, durable: 0 }],
  [
    'all was given up, and what came since was in part',
    [restart(0), { type: 'checkpoint', durable: 2 * GIB }, restart(GIB)],
    { resumedFrom: null, durable: GIB },
  ],
])('what is kept of an earlier run: %s', (_what, events, expected) => {
  const planned: TransferEvent = { type: 'planned', from: 3 * GIB, size: 4 * GIB, why: '' };
  const state = after([planned, ...events]);
  expect(state).toMatchObject(expected);
  const document = failureDocument(resultError(new AppError('net.reset', 'x')), FACTS, state);
  check(document);
  expect(document.resumedFrom).toBe(expected.resumedFrom);
});

test.each<[string, { label?: string; name: string }, string]>([
  ['the title of the image, as a success does', { label: 'Debian 13', name: 'debian.qcow2' }, 'Debian 13'],
  ['the name of its file where there is no title', { name: 'debian.qcow2' }, 'debian.qcow2'],
])('the document of a failure has %s', (_what, { label, name }, shown) => {
  const { label: _none, ...rest } = REMOTE;
  const remote = { ...rest, name, ...(label === undefined ? {} : { label }) };
  expect(after([{ type: 'described', remote, target: 'x' }]).name).toBe(shown);
});

test.each<[string, readonly TransferEvent[], SourceRef]>([
  ['what was asked for, as long as nothing more is known', [], ASKED],
  ['the object that it was described as', [described('disk.img')], REF],
])('the document of a failure names %s', (_what, events, { provider, endpoint, ref }) => {
  const document = failureDocument(resultError(new AppError('net.reset', 'x')), FACTS, after(events));
  check(document);
  expect(document.source).toMatchObject({ provider, endpoint, ref });
});

test.each([
  ['what is on the disk is kept', GIB, 'stopped by SIGINT; the partial download is kept', 'run again to resume'],
  ['without anything there, nothing is promised', 0, 'stopped by SIGINT', 'run again'],
])('a signal: %s', (_what, durable, message, hint) => {
  expect(signalError('SIGINT', 2, durable)).toMatchObject({ code: 'signal', exit: 130, message, hint });
});

test("the state has the server's own name and the path that was made of it", () => {
  const state = after([{ type: 'described', remote: { ...REMOTE, name: 'a\nb' }, target: 'a_b' }]);
  expect(state).toMatchObject({ path: 'a_b', name: 'a\nb' });
});
