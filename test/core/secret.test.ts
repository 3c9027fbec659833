import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '#imgdl/core/secret.js';

const CANARY = 'canary-pa55word';
const secret = new Secret(CANARY);

describe('a secret', () => {
  it.each<[string, () => string]>([
    ['String()', () => String(secret)],
    ['a template', () => `${secret}`],
    ['concatenation', () => `a${[secret].join()}`],
    ['JSON', () => JSON.stringify({ headers: { authorization: secret } })],
    ['inspect', () => inspect({ deep: { er: [secret] } }, { depth: 9, showHidden: true })],
    ['a format', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['an error', () => inspect(new Error('x', { cause: secret }))],
    ['its own keys', () => JSON.stringify([Object.keys(secret), Object.entries(secret), { ...secret }])],
    ['a structured clone', () => inspect(structuredClone({ ...secret }))],
    ['its fingerprint', () => secret.fingerprint()],
  ])('does not leak through %s', (_, leak) => {
    expect(leak()).not.toContain(CANARY);
  });

  it('is what it was where it is revealed', () => {
    expect(secret.reveal()).toBe(CANARY);
  });

  it('has a fingerprint that tells secrets apart', () => {
    expect(new Secret('a').fingerprint()).toBe(new Secret('a').fingerprint());
    expect(new Secret('a').fingerprint()).not.toBe(new Secret('b').fingerprint());
  });
});
