import { expect } from 'vitest';
import type { SandboxOptions } from '#imgdl/sandbox/sandbox.js';
import type { ScriptStep } from '#imgdl/sandbox/server/http-server.js';
import { complaint, type Stage, stage, tree } from './stage.js';

type Words = readonly string[];
type Variables = Readonly<Record<string, string>>;

/** As a person sees it, with everything there is to see, or as a program does. */
export type Mode = '-v' | '--json';

/** Something that imgdl must refuse, and how. */
export interface Refusal {
  readonly options?: SandboxOptions;
  /** Before imgdl runs: other files, another server. */
  arrange?(place: Stage): void;
  readonly args: Words | ((place: Stage) => Words);
  readonly env?: Variables | ((place: Stage) => Variables);
  readonly modes?: readonly Mode[];
  readonly exit: number;
  readonly code: string;
  /** What the sentence and the hint must have in them: the cure. */
  readonly says: RegExp;
}

export const IMAGE = ['appliance', 'image', '747', '1095'];
export const uforge = (id: string): readonly string[] => ['appliance', 'image', '747', id];
export const glance = (name: string): readonly string[] => ['glance', 'image', name];

export function refusal(
  exit: number,
  code: string,
  says: RegExp,
  args: Refusal['args'],
  rest: Partial<Refusal> = {},
): Refusal {
  return { exit, code, says, args, ...rest };
}

export type Row = readonly [sentence: string, refusal: Refusal];

/** What a server says by hand, to every request. */
export function answers(
  prefix: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): (place: Stage) => void {
  const step: ScriptStep = ({ response }) => {
    response.writeHead(status, headers);
    response.end(body);
  };
  return ({ sandbox }) => sandbox.control.script(prefix, Array<ScriptStep>(20).fill(step));
}

/**
 * Runs it as a person and as a program would, or as one of them: the same code both times, the cure in the words, no
 * secret (the stage looks), and not a byte on disk that was not there before.
 */
export async function expectRefused(refusal: Refusal, modes: readonly Mode[]): Promise<void> {
  const { options, arrange, args, env, exit, code, says } = refusal;
  for (const mode of refusal.modes ?? modes) {
    const place = await stage(options);
    arrange?.(place);
    const before = [tree(place.directory), tree(place.home)];
    const words = typeof args === 'function' ? args(place) : args;
    const variables = typeof env === 'function' ? env(place) : (env ?? {});
    const result = await place.imgdl([...words, mode], { env: variables });
    const told = mode === '-v' ? complaint(result.stderr) : result.json().error;
    const sentence = `${told?.message}\n${told?.hint}`;
    expect({ exit: result.code, code: told?.code, sentence }).toEqual({
      exit,
      code,
      sentence: expect.stringMatching(says),
    });
    expect(sentence.replace('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    expectTame(result.stderr);
    expect(result.stdout.toString()).toMatch(mode === '-v' ? /^$/ : /^\{[^\n]*\}\n$/);
    expect([tree(place.directory), tree(place.home)]).toEqual(before);
  }
}

/** Every line is ours, and none has anything that acts on a terminal or on a CI runner. */
export function expectTame(stderr: string): void {
  for (const line of stderr.split('\n').slice(0, -1))
    expect(line).toMatch(/^(?:imgdl: |hint: |about: |caused by: | {4}at )/);
  expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
}
