import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

const schema = JSON.parse(readFileSync(new URL('../schema/result.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

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
  source: { provider: 'glance', endpoint: 'http://glance:9292', ref: 'images/1', name: null },
  warnings: [{ code: 'fs.no-link', message: 'x' }],
};
const ERROR = { code: 'net.reset', exit: 6, message: 'x', hint: null, details: { status: 1, list: ['a'] } };
const FAILED = { ...GOOD, status: 'failed', path: null, bytes: null, verified: 'none', error: ERROR };

describe('the schema of the result accepts', () => {
  test.each([
    ['a download', GOOD],
    ['a failure', FAILED],
    ['the end by a signal', { ...FAILED, error: { ...ERROR, code: 'signal', exit: 130 } }],
    ['a bug', { ...FAILED, error: { ...ERROR, code: 'bug', exit: 1 } }],
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
    ['exit 16 of an error', { ...FAILED, error: { ...ERROR, exit: 16 } }],
  ])('%s', (_what, document) => {
    expect(validate(document)).toBe(false);
  });
});
