import { describe, expect, it } from 'vitest';
import { CODES, type Code } from '#imgdl/core/error-codes.js';
import { AppError, isAppError } from '#imgdl/core/errors.js';
import { EXIT } from '#imgdl/core/exit.js';

const codes = Object.keys(CODES) as Code[];

describe('the codes', () => {
  it.each(codes)('%s is dotted, has an exit, a cause and a cure in a sentence each', (code) => {
    const { exit, cause, cure } = CODES[code];
    expect(code).toMatch(/^(bug|[a-z-]+\.[a-z-]+)$/);
    expect(EXIT[exit]).toBeGreaterThan(0);
    for (const sentence of [cause, cure]) expect(sentence).toMatch(/^[A-Za-z-].*\S\.$|^\S.*\.$/);
  });

  it.each([
    [0, 'ok'],
    [1, 'bug'],
    [2, 'usage'],
    [3, 'auth'],
    [4, 'not-found'],
    [5, 'not-ready'],
    [6, 'network'],
    [7, 'trust'],
    [8, 'protocol'],
    [9, 'integrity'],
    [10, 'changed'],
    [11, 'no-space'],
    [12, 'filesystem'],
    [13, 'locked'],
    [14, 'partial'],
    [15, 'output'],
  ] as const)('exit %i is %s: scripts rely on it', (exit, name) => {
    expect(EXIT[name]).toBe(exit);
  });
});

describe('an error', () => {
  it.each(codes)('%s is worth another attempt exactly when its exit is 6', (code) => {
    const error = new AppError(code, 'x');
    expect(error.exit).toBe(EXIT[CODES[code].exit]);
    expect(error.transient).toBe(error.exit === 6);
  });

  it.each([
    ['auth.refused', true, 'a refusal that may pass'],
    ['net.reset', false, 'a request that may have been heard'],
  ] as const)('%s is worth another attempt: %s, where it says so (%s)', (code, transient, _why) => {
    expect(new AppError(code, 'x', { transient }).transient).toBe(transient);
  });

  it('reports every key, null when unknown', () => {
    expect(new AppError('net.truncated', 'downloading: cut').toJSON()).toEqual({
      code: 'net.truncated',
      exit: 6,
      message: 'downloading: cut',
      hint: null,
      details: {},
    });
  });

  it('keeps hint, details, cause and how long to wait, and shows the cause in no report', () => {
    const cause = new Error('canary');
    const error = new AppError('http.unavailable', 'm', {
      hint: 'h',
      details: { status: 503 },
      cause,
      retryAfterMs: 7,
    });
    expect(error).toMatchObject({ hint: 'h', details: { status: 503 }, retryAfterMs: 7, cause });
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('is told from others', () => {
    expect(isAppError(new AppError('bug', 'x'))).toBe(true);
    expect(isAppError(new Error('x'))).toBe(false);
    expect(isAppError(undefined)).toBe(false);
  });
});
