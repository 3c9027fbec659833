import { describe, expect, test } from 'vitest';
import { CODES } from '#imgdl/core/error-codes.js';
import { AppError } from '#imgdl/core/errors.js';
import { hintOf } from '#imgdl/core/hint.js';
import { stoppedBy, withoutResume } from '#imgdl/core/resume-hint.js';
import { PROVIDERS } from '#imgdl/providers/index.js';

const PROMISE = /\bresume\b|\bis kept\b|\bkeeps\b/i;
const hintWithout = (error: AppError, instead?: string): string | undefined =>
  (withoutResume(error, instead) as AppError).hint;

describe('where nothing is kept', () => {
  const kinds = [...Object.values(CODES), ...PROVIDERS.flatMap(({ errors }) => Object.values(errors ?? {}))];

  test.each(kinds.filter((kind) => PROMISE.test(hintOf(kind))).map((kind) => [kind.code, kind] as const))(
    'the cure of %s promises nothing',
    (_, kind) => {
      expect(hintWithout(new AppError(kind, 'x')) ?? hintOf(kind)).not.toMatch(PROMISE);
    },
  );

  test.each([
    ['run again to resume', 'run again'],
    ['run again to resume; raise --timeout if the server is slow', 'run again; raise --timeout if the server is slow'],
    ['get a new id; the partial download is kept', 'get a new id'],
    ['check the disk, then run again: the verified part is kept', 'check the disk, then run again'],
  ])('%s', (hint, expected) => {
    expect(hintWithout(new AppError('net.reset', 'x', { hint }))).toBe(expected);
    expect(hintWithout(new AppError('net.reset', 'x', { hint }), 'nothing was kept')).toBe(
      `${expected}; nothing was kept`,
    );
  });

  test('the rest of the error stays', () => {
    const error = new AppError('http.unavailable', 'x', {
      hint: 'run again to resume',
      retryAfterMs: 5,
      exhausted: true,
    });
    expect(withoutResume(error)).toMatchObject({ message: 'x', retryAfterMs: 5, exhausted: true, transient: true });
  });

  test.each([new AppError('fs.exists', 'x'), new Error('to resume'), 'to resume'])('%s is left as it is', (error) => {
    expect(withoutResume(error)).toBe(error);
  });
});

describe('a run that was stopped', () => {
  const reason = new AppError('net.deadline', 'the deadline has passed', { hint: 'run again to resume' });

  test('is told in the words of its image', () => {
    const named = new AppError('net.deadline', 'downloading x.img: the deadline has passed');
    expect(stoppedBy(reason, named)).toBe(named);
  });

  test.each([new AppError('net.reset', 'x'), new Error('aborted'), undefined])(
    'and not by what followed: %s',
    (error) => {
      expect(stoppedBy(reason, error)).toBe(reason);
    },
  );
});
