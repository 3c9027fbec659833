import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import type { Remote, SourceRef } from '#imgdl/core/source.js';
import { createPalette } from '#imgdl/ui/text/palette.js';

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;
export const PLAIN = createPalette(0);

/** What the metadata of REMOTE say it is. */
export const REF: SourceRef = { provider: 'glance', endpoint: 'https://cloud:9292', ref: '0f1e' };

export const REMOTE: Remote = {
  ref: REF,
  name: 'ubuntu-24.04.qcow2',
  fallbackName: 'image-7.img',
  identity: { size: 4 * GIB },
  digests: [],
  opener: 'plain',
  headerDigest: 'whole',
  validator: 'provider',
  warnings: [],
};

/** `size` absent: unknown. */
export function described(name: string, size?: number): TransferEvent {
  return { type: 'described', remote: { ...REMOTE, name, identity: size === undefined ? {} : { size } }, target: name };
}

export function bytes(front: number, received = front, connections = 1): TransferEvent {
  return { type: 'bytes', front, received, connections };
}

export const RETRY: TransferEvent = {
  type: 'retry',
  error: new AppError('net.truncated', 'reading https://glance/v2/images/1/file: the body ended early'),
  attempt: 2,
  inMs: 12_000,
};

/** @param percent absent: the server does not say */
export function pending(waitedMs: number, percent?: number, leftMs = 1_800_000 - waitedMs): TransferEvent {
  const far = percent === undefined ? '' : ` (${percent} %)`;
  const error = new AppError('not-ready.generating', `downloading image 7: the image is still being generated${far}`, {
    pending: percent === undefined ? {} : { percent },
  });
  return { type: 'pending', error, waitedMs, leftMs, inMs: 2_000 };
}

export const OUTCOME: Outcome = {
  status: 'downloaded',
  path: 'images/ubuntu-24.04.qcow2',
  bytes: 4 * GIB,
  verified: 'sha256',
  digests: [{ algorithm: 'sha256', hex: 'a'.repeat(64), from: 'metadata', matched: true }],
  received: 4 * GIB,
  resumedFrom: null,
  attempts: 1,
  connections: 1,
  warnings: [],
  source: REF,
  name: 'ubuntu-24.04.qcow2',
  owner: null,
};

/** What servers would like to get onto a terminal or into a CI log. */
export const HOSTILE: readonly (readonly [string, string])[] = [
  ['an escape sequence', '\x1b[2J\x1b]0;owned\x07'],
  ['a C1 control', '\x9b2J'],
  ['a carriage return that fakes a line', 'x\rimgdl: verified'],
  ['a line end and a GitHub command', 'x\n::set-output name=a::b'],
  ['a GitHub command', '::set-output name=a::b'],
  ['an Azure command in mid-line', 'x ##vso[task.setvariable variable=a]b'],
  ['an old GitHub command in mid-line', 'x ##[error]b'],
  ['a bidirectional override', 'a\u202egpj.exe'],
  ['a zero-width character', 'a\u200bb'],
  ['a line separator', 'a\u2028b'],
  ['a lone surrogate', 'a\ud800b'],
  ['a megabyte', 'y'.repeat(1_000_000)],
  ['ten thousand combining marks', `a${'\u0301'.repeat(10_000)}`],
];

/** Complaints about a text that is about to be shown; none is good. Colour codes are ours and allowed. */
export function unsafe(shown: string): readonly string[] {
  const bare = shown.replace(/\x1b\[[\d;]*[mGKJA]/g, '');
  const found: string[] = [];
  if (/[^\P{C}\n]/u.test(bare)) found.push('a control or format character');
  if (/[\u2028\u2029]/.test(bare)) found.push('a line separator');
  if (/##(?:vso)?\[/.test(bare)) found.push('a CI command');
  if (/^\s*(?:::|##)/m.test(bare)) found.push('a CI command at the start of a line');
  if (bare.split('\n').some((line) => line.length > 2_600)) found.push('an endless line');
  return found;
}
