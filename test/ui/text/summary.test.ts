import { describe, expect, test } from 'vitest';
import type { CheckedDigest } from '#imgdl/core/digest.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import { proofWords, summaryLine } from '#imgdl/ui/text/summary.js';
import { GIB, HOSTILE, OUTCOME, PLAIN, unsafe } from '../samples.js';

test.each<[string, Partial<Outcome>, string]>([
  [
    'downloaded',
    {},
    'imgdl: images/ubuntu-24.04.qcow2: 4.0 GiB, verified by sha256, 4.0 GiB in 1 min 12 s at 56.8 MiB/s\n',
  ],
  [
    'resumed',
    { status: 'resumed', resumedFrom: GIB, received: 3 * GIB },
    'imgdl: images/ubuntu-24.04.qcow2: 4.0 GiB, verified by sha256, 3.0 GiB in 1 min 12 s at 42.6 MiB/s, resumed at 1.0 GiB\n',
  ],
  [
    'already there',
    { status: 'complete', received: 0 },
    'imgdl: images/ubuntu-24.04.qcow2: already complete, 4.0 GiB, verified by sha256\n',
  ],
  [
    'unchanged',
    { status: 'unchanged', received: 0 },
    'imgdl: images/ubuntu-24.04.qcow2: unchanged, 4.0 GiB, verified by sha256\n',
  ],
  [
    'a dry run',
    { status: 'dry-run', verified: 'none', digests: [] },
    'imgdl: images/ubuntu-24.04.qcow2: would be downloaded, 4.0 GiB, nothing changed\n',
  ],
  [
    'a dry run that would download',
    { status: 'dry-run', would: 'download' },
    'imgdl: images/ubuntu-24.04.qcow2: would be downloaded, 4.0 GiB, nothing changed\n',
  ],
  [
    'a dry run that would continue',
    { status: 'dry-run', would: 'continue', resumedFrom: GIB },
    'imgdl: images/ubuntu-24.04.qcow2: would resume at 1.0 GiB, 4.0 GiB, nothing changed\n',
  ],
  [
    'a dry run that would replace',
    { status: 'dry-run', would: 'replace' },
    'imgdl: images/ubuntu-24.04.qcow2: would be replaced, 4.0 GiB, nothing changed\n',
  ],
  [
    'a dry run that would do nothing',
    { status: 'dry-run', would: 'nothing' },
    'imgdl: images/ubuntu-24.04.qcow2: is already complete, 4.0 GiB, verified by sha256\n',
  ],
  ['a stream', { path: null }, 'imgdl: stdout: 4.0 GiB, verified by sha256, 4.0 GiB in 1 min 12 s at 56.8 MiB/s\n'],
  [
    'an unknown size',
    { bytes: null, status: 'dry-run' },
    'imgdl: images/ubuntu-24.04.qcow2: would be downloaded, nothing changed\n',
  ],
])('the summary of %s', (_name, change, line) => {
  expect(summaryLine({ ...OUTCOME, ...change }, 72_000, PLAIN)).toBe(line);
});

const digest = (
  algorithm: CheckedDigest['algorithm'],
  from: CheckedDigest['from'],
  matched: boolean | null,
): CheckedDigest => ({ algorithm, hex: '', from, matched });

describe('how it is proven', () => {
  test.each<[string, Outcome['verified'], CheckedDigest[], string]>([
    [
      'all digests that matched',
      'sha512',
      [digest('sha512', 'metadata', true), digest('md5', 'header', true)],
      'verified by sha512 and md5',
    ],
    [
      'none that was only computed',
      'md5',
      [digest('md5', 'header', true), digest('sha256', 'computed', null)],
      'verified by md5',
    ],
    [
      'the same algorithm once',
      'md5',
      [digest('md5', 'metadata', true), digest('md5', 'header', true)],
      'verified by md5',
    ],
    [
      "the user's own",
      'user',
      [digest('sha1', 'user', true), digest('md5', 'header', true)],
      'your checksum matches (sha1)',
    ],
    [
      "the publisher's list",
      'user',
      [digest('sha256', 'checksums', true), digest('md5', 'metadata', false)],
      'the checksum file matches (sha256)',
    ],
    ['only the size', 'size-only', [], 'only the size was checked: the server provides no digest'],
    ['nothing', 'none', [], 'not checked: the server provides neither size nor digest'],
  ])('%s', (_name, verified, digests, words) => {
    expect(proofWords({ verified, digests })).toBe(words);
  });
});

test.each(HOSTILE)('%s in a path does not get through', (_name, path) => {
  const line = summaryLine({ ...OUTCOME, path }, 1, PLAIN);
  expect(unsafe(line)).toEqual([]);
  expect(line).toMatch(/^imgdl: .*\n$/);
});

test('no time and no bytes make no speed', () => {
  expect(summaryLine({ ...OUTCOME, received: 0 }, 0, PLAIN)).not.toMatch(/NaN|Infinity|\/s/);
});
