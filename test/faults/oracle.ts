import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { documentOf } from '../e2e/document.js';
import { tree } from '../e2e/stage.js';
import type { ResultDocument } from '../support/imgdl.js';
import type { Said } from '../support/in-process.js';
import { type Canaries, writingsOf } from './canaries.js';
import type { CasePlace, FaultCase } from './fault-case.js';
import { bytesOf } from './origin.js';

/** What must hold after every run, whatever went wrong. */

export type Snapshot = Readonly<Record<string, string>>;

/** How many bytes of the image a part holds: 0 without one. */
export function partBytes(directory: string): number {
  const part = readdirSync(directory).find((name) => name.endsWith('.part'));
  return part === undefined ? 0 : statSync(join(directory, part)).size;
}

/** The declared end, in the exit code and in the one document, and on stderr for people. */
export function expectEnd(fault: FaultCase, said: Said): ResultDocument {
  const document = documentOf(said.stdout);
  const { error, warnings } = document;
  // The message says more than a number when this fails.
  expect({ exit: said.code, code: error?.code, message: error?.message }).toEqual({
    exit: fault.exit,
    code: fault.exit === 0 ? undefined : expect.stringMatching(fault.code ?? /./),
    message: fault.exit === 0 ? undefined : expect.any(String),
  });
  if (error === undefined) {
    if (fault.code !== undefined)
      expect(warnings.map(({ code }) => code)).toContainEqual(expect.stringMatching(fault.code));
  } else {
    expect([error.exit, said.code]).toEqual([fault.exit, fault.exit]);
    expect(said.stderr).toContain(`imgdl: ${error.code}: `);
    expect(document.path === null || document.status === 'failed').toBe(true);
  }
  if (fault.status !== undefined) expect(document.status).toBe(fault.status);
  if (fault.verified !== undefined) expect(document.verified).toBe(fault.verified);
  if (fault.says !== undefined) {
    const told = [error?.message, error?.hint, ...warnings.map(({ message }) => message)];
    expect(told.join('\n')).toMatch(fault.says);
  }
  expectTame(said.stderr);
  return document;
}

/** Every line is ours, and none acts on a terminal or on a CI runner. */
export function expectTame(stderr: string): void {
  for (const line of stderr.split('\n').slice(0, -1)) {
    expect(line).toMatch(/^(?:imgdl: |hint: |about: |caused by: | {4}at )/);
  }
  expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
}

/** @param before the directory as it was, with what an earlier run left */
export function expectFiles(fault: FaultCase, place: CasePlace, before: Snapshot): void {
  const after = tree(place.directory);
  const own = Object.keys(after).filter((name) => name.startsWith('.imgdl-'));
  const others = (of: Snapshot): object =>
    Object.fromEntries(Object.entries(of).filter(([name]) => !name.startsWith('.imgdl-')));
  if (fault.files === 'complete') {
    expectRight(place);
    expect(own).toEqual([]);
    return;
  }
  // Bytes, inode, mode and time of whatever was there.
  expect(others(after)).toEqual(others(before));
  if (fault.files === 'kept') {
    expect(own.map((name) => name.replace(/^.*\./, '')).sort()).toEqual(['journal', 'part']);
    for (const name of own) expect(after[name]).toMatch(/^file 100600 /);
    expect(partBytes(place.directory)).toBeGreaterThan(0);
    return;
  }
  expect(own).toEqual([]);
  if (fault.files === 'removed') expect(place.origin.sent).toBeGreaterThan(0);
}

/** Where nothing is kept, nothing that is said promises that the next run continues. */
export function expectNoPromise({ directory }: Pick<CasePlace, 'directory'>, { error }: ResultDocument): void {
  if (partBytes(directory) > 0) return;
  expect(`${error?.message}\n${error?.hint}`).not.toMatch(/\bto resume\b|\bis kept\b|\bkeeps? the partial\b/);
}

/** The target is the object as it is now, to the last byte. */
export function expectRight({ directory, target, origin }: CasePlace): void {
  expect(readdirSync(directory)).toContain(basename(target));
  const found = readFileSync(target);
  const wanted = bytesOf(origin.object);
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect([found.length, digest(found)]).toEqual([wanted.length, digest(wanted)]);
}

/** No secret in what was said, nor in any file or name that was left, in any way of writing it. */
export function expectNoCanary(canaries: Canaries, { directory, home }: CasePlace, said: Said): void {
  const entries = [directory, home].flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true }));
  const texts = [said.stdout, said.stderr, ...entries.map(({ name }) => name)];
  const files = entries
    .filter((entry) => entry.isFile() && !/\.(?:secret|netrc)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  for (const [name, secret] of Object.entries(canaries)) {
    for (const writing of writingsOf(String(secret))) {
      const found = [...texts, ...files].some((all) => all.includes(writing));
      expect(found, `the ${name} is in what was said or left: ${writing}`).toBe(false);
    }
  }
}
