import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

function schemaOf(name: string) {
  const schema = JSON.parse(readFileSync(new URL(`../schema/${name}.json`, import.meta.url), 'utf8'));
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
}
const validate = schemaOf('result');
const validateList = schemaOf('list');
const validateStatus = schemaOf('status');
const validateClean = schemaOf('clean');

const GOOD = {
  schema: 1,
  status: 'downloaded',
  path: 'images/debian.qcow2',
  bytes: 1024,
  verified: 'sha512',
  digests: [{ algorithm: 'sha512', hex: 'ab'.repeat(64), from: 'metadata', matched: true }],
  received: 1024,
  resumedFrom: null,
  attempts: 1,
  connections: 1,
  durationMs: 12,
  source: { provider: 'glance', endpoint: 'http://glance:9292', ref: 'images/1', name: null, owner: null },
  warnings: [{ code: 'fs.no-link', message: 'x' }],
};
const ERROR = { code: 'net.reset', exit: 6, message: 'x', hint: null, details: { status: 1, list: ['a'] } };
const FAILED = { ...GOOD, status: 'failed', path: null, bytes: null, verified: 'none', error: ERROR };

const SUMMARY = { total: 2, succeeded: 1, failed: 1, bytes: 1024, received: 1024, durationMs: 12 };
const SEVERAL = { schema: 1, items: [GOOD, FAILED], summary: SUMMARY };

describe('the schema of the result accepts', () => {
  test.each([
    ['a download', GOOD],
    ['a failure', FAILED],
    ['the end by a signal', { ...FAILED, error: { ...ERROR, code: 'signal', exit: 130 } }],
    ['a bug', { ...FAILED, error: { ...ERROR, code: 'bug', exit: 1 } }],
    ['several images', SEVERAL],
    ['a list of one image', { ...SEVERAL, items: [GOOD] }],
    ['a list of none', { ...SEVERAL, items: [] }],
  ])('%s', (_what, document) => {
    expect(validate(document) ? [] : validate.errors).toEqual([]);
  });
});

describe('the schema of the result refuses', () => {
  test.each(Object.keys(GOOD))('a document without %s', (key) => {
    const { [key as keyof typeof GOOD]: _gone, ...rest } = GOOD;
    expect(validate(rest)).toBe(false);
  });

  test.each([
    ['an unknown key', { ...GOOD, extra: 1 }],
    ['another version', { ...GOOD, schema: 2 }],
    ['an unknown status', { ...GOOD, status: 'done' }],
    ['a failure without error', { ...GOOD, status: 'failed' }],
    ['a success with error', { ...GOOD, error: ERROR }],
    ['half a byte', { ...GOOD, bytes: 0.5 }],
    ['a negative size', { ...GOOD, bytes: -1 }],
    ['a size beyond 2^53', { ...GOOD, bytes: 2 ** 53 }],
    ['a digest that is not hex', { ...GOOD, digests: [{ ...GOOD.digests[0], hex: 'XY' }] }],
    ['an unknown verdict', { ...GOOD, verified: 'yes' }],
    ['a source without name', { ...GOOD, source: { provider: 'url', endpoint: 'x', ref: 'y' } }],
    ['exit 0 of an error', { ...FAILED, error: { ...ERROR, exit: 0 } }],
    ['nothing but the version', { schema: 1 }],
    ['several images without summary', { schema: 1, items: SEVERAL.items }],
    ['a summary without images', { schema: 1, summary: SUMMARY }],
    ['several images beside one', { ...GOOD, ...SEVERAL }],
    ['several images with a status', { ...SEVERAL, status: 'downloaded' }],
    ['several images with an error', { ...SEVERAL, error: ERROR }],
    ['several images in one of several', { ...SEVERAL, items: [GOOD, SEVERAL] }],
    ['a bad image among several', { ...SEVERAL, items: [GOOD, { ...GOOD, bytes: -1 }] }],
    ['a summary without a number', { ...SEVERAL, summary: { ...SUMMARY, bytes: null } }],
    ['a summary with more', { ...SEVERAL, summary: { ...SUMMARY, skipped: 0 } }],
    ['exit 16 of an error', { ...FAILED, error: { ...ERROR, exit: 16 } }],
  ])('%s', (_what, document) => {
    expect(validate(document)).toBe(false);
  });
});

const ITEM = {
  command: 'appliance pimage',
  args: ['747', '88'],
  id: '88',
  name: 'web',
  version: '1.0',
  revision: '3',
  format: 'qcow2',
  bytes: 1024,
  created: '2026-11-21T08:00:00Z',
  updated: null,
  ready: false,
  reason: 'generating',
  digests: [{ algorithm: 'sha256', hex: 'ab' }],
  percent: 42,
  visibility: null,
  owner: null,
};

describe('the schema of a list', () => {
  test.each([
    ['an empty list', []],
    ['an item', [ITEM]],
    ['what is no image', [{ ...ITEM, command: null }]],
    ['one that is ready', [{ ...ITEM, ready: true, reason: null, percent: null }]],
  ])('accepts %s', (_what, items) => {
    expect(validateList({ schema: 1, items }) ? [] : validateList.errors).toEqual([]);
  });

  test.each(Object.keys(ITEM))('refuses an item without %s', (key) => {
    const { [key as keyof typeof ITEM]: _gone, ...rest } = ITEM;
    expect(validateList({ schema: 1, items: [rest] })).toBe(false);
  });

  test.each([
    ['a number as an argument', { ...ITEM, args: [747] }],
    ['more than all', { ...ITEM, percent: 101 }],
    ['a time without a zone', { ...ITEM, created: '2026-11-21 08:00' }],
    ['a reason for what is ready', { ...ITEM, ready: true }],
    ['a key of our own', { ...ITEM, formatTitle: 'x' }],
    ['half a byte', { ...ITEM, bytes: 0.5 }],
  ])('refuses %s', (_what, item) => {
    expect(validateList({ schema: 1, items: [item] })).toBe(false);
  });
});

const PARTIAL = {
  target: 'images/x.img',
  source: { provider: 'url', endpoint: 'https://host', ref: '/x.img' },
  bytes: 10,
  size: 100,
  updated: '2026-11-21T08:00:00.000Z',
  owner: { state: 'left-behind', pid: 12, host: 'box' },
};
const CLEANED = { ...PARTIAL, action: 'kept', reason: 'in-use' };
const UNLOCKED = { target: 'x.img', heldBy: null };

describe('the schemas of partial downloads', () => {
  test.each([
    ['none', validateStatus, { schema: 1, items: [] }],
    ['one', validateStatus, { schema: 1, items: [PARTIAL] }],
    [
      'one of which nothing is known',
      validateStatus,
      { schema: 1, items: [{ ...PARTIAL, target: null, source: null, size: null }] },
    ],
    ['one that is kept', validateClean, { schema: 1, items: [CLEANED], unlocked: null }],
    [
      'one that is removed',
      validateClean,
      { schema: 1, items: [{ ...CLEANED, action: 'removed', reason: null }], unlocked: null },
    ],
    ['a target that is unlocked', validateClean, { schema: 1, items: [], unlocked: UNLOCKED }],
  ])('accept %s', (_what, validator, document) => {
    expect(validator(document) ? [] : validator.errors).toEqual([]);
  });

  test.each([...Object.keys(CLEANED)])('refuse an item without %s', (key) => {
    const { [key as keyof typeof CLEANED]: _gone, ...rest } = CLEANED;
    expect(validateClean({ schema: 1, items: [rest], unlocked: null })).toBe(false);
    if (key in PARTIAL) expect(validateStatus({ schema: 1, items: [rest] })).toBe(false);
  });

  test.each([
    ['a state that nobody knows', { ...PARTIAL, owner: { ...PARTIAL.owner, state: 'dead' } }],
    ['half a byte', { ...PARTIAL, bytes: 0.5 }],
    ['a time in milliseconds', { ...PARTIAL, updated: 1_795_000_000_000 }],
    ['a key of another document', CLEANED],
  ])('refuse %s', (_what, item) => {
    expect(validateStatus({ schema: 1, items: [item] })).toBe(false);
  });
});
