/** A schedule: what happens to one download and to the file beside it, one step after the other. Plain data. */
import { Random } from './random.js';

/** How the object is told from another one. */
export type Proof = 'digest' | 'user' | 'etag' | 'date' | 'nothing';

/** What one connection comes to. Those that a run is not told of are calm. */
export type Answer =
  /** So many bytes of the body, then a reset, or a clean end. */
  | { readonly is: 'cut' | 'end'; readonly after: number }
  | { readonly is: 'refused' }
  | { readonly is: 'busy'; readonly status: 429 | 500 | 503; readonly retryAfterS?: number }
  /** The key or the token is not taken any more: another one is asked for. */
  | { readonly is: 'expired'; readonly status: 401 | 403 | 404 }
  | { readonly is: 'no-range'; readonly status: 400 | 412 | 416 | 501 }
  /** A 200 to a Range. */
  | { readonly is: 'whole' }
  /** A 206 that starts before what was asked for. */
  | { readonly is: 'early'; readonly by: number }
  /** The same bytes of a mirror whose validators are others. */
  | { readonly is: 'mirror' }
  /** A web page in place of the image. */
  | { readonly is: 'page' }
  /** One byte of the body is not what it was. */
  | { readonly is: 'wrong'; readonly at: number };

export interface RunOptions {
  readonly force?: boolean;
  readonly update?: boolean;
  readonly receipt?: boolean;
  readonly restart?: boolean;
  readonly onChange?: 'fail';
  readonly onBusy?: 'wait';
  readonly retries?: number;
  readonly connections?: number;
}

/** What ends a run before its time: after so many bytes of bodies, or before a system call of this number. */
export interface Death {
  readonly by: 'kill' | 'power';
  readonly afterBytes?: number;
  readonly beforeCall?: number;
  /** Decides what is left of what was not synced. */
  readonly seed: number;
}

export interface Run {
  readonly answers?: readonly Answer[];
  readonly options?: RunOptions;
  readonly death?: Death;
  /** Bytes of bodies after which the object is another one. */
  readonly changeAfter?: number;
  /** A system call that fails, once or from then on. */
  readonly fail?: { readonly call: number; readonly errno: string; readonly lasting: boolean };
}

export type Step =
  | ({ readonly do: 'run' } & Run)
  /** A second process begins after so many turns of the first. */
  | { readonly do: 'two runs'; readonly first: Run; readonly second: Run; readonly turns: number }
  | { readonly do: 'change the object' }
  | { readonly do: 'fill the disk'; readonly free: number }
  | { readonly do: 'free the disk' }
  | { readonly do: 'cut the power'; readonly seed: number }
  | { readonly do: 'flip a byte' | 'truncate'; readonly of: 'part' | 'journal'; readonly at: number }
  | { readonly do: 'remove'; readonly what: 'part' | 'journal' | 'lock' }
  | { readonly do: 'rerun'; readonly with: 'force' | 'update' };

export interface Schedule {
  readonly seed: number;
  readonly proof: Proof;
  readonly opener: 'plain' | 'range';
  /** Bytes of one read of the network. */
  readonly chunk: number;
  /** Milliseconds that each takes. */
  readonly paceMs: number;
  readonly steps: readonly Step[];
}

/** A little more than an object has: some things never come to pass. */
const BYTES = 54_000;

export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const proof = random.one<Proof>(['digest', 'digest', 'user', 'etag', 'date', 'nothing']);
  const steps: Step[] = [];
  const count = random.one([1, 1, 2, 2, 2, 3, 5]);
  while (steps.length < count) steps.push(stepOf(random, proof));
  return {
    seed,
    proof,
    opener: random.one(['plain', 'range']),
    chunk: random.one([1000, 2000, 4000]),
    paceMs: random.one([1, 40, 40, 1500]),
    steps,
  };
}

/** What leaves something half-done comes more often than what ends it all. */
function stepOf(random: Random, proof: Proof): Step {
  const kind = random.below(100);
  if (kind < 62) return { do: 'run', ...runOf(random, proof) };
  if (kind < 68)
    return { do: 'two runs', first: runOf(random, proof), second: runOf(random, proof), turns: random.below(200) };
  if (kind < 76) return { do: 'change the object' };
  if (kind < 80) return { do: 'flip a byte', of: 'part', at: random.next() };
  if (kind < 83) return { do: 'flip a byte', of: 'journal', at: random.next() };
  if (kind < 87) return { do: 'truncate', of: random.one(['part', 'journal']), at: random.next() };
  if (kind < 89) return { do: 'remove', what: random.one(['part', 'journal', 'lock']) };
  if (kind < 92) return { do: 'fill the disk', free: random.below(BYTES) };
  if (kind < 94) return { do: 'free the disk' };
  if (kind < 97) return { do: 'cut the power', seed: random.below(1e9) };
  return { do: 'rerun', with: random.one(['force', 'update']) };
}

function runOf(random: Random, proof: Proof): Run {
  const answers: Answer[] = [];
  while (random.chance(0.45) && answers.length < 4) answers.push(answerOf(random, proof));
  const fate = random.below(100);
  return {
    ...(answers.length > 0 && { answers }),
    options: optionsOf(random),
    ...(fate < 55 && { death: deathOf(random) }),
    ...(fate >= 55 && fate < 65 && { changeAfter: random.below(BYTES) }),
    ...(fate >= 65 && fate < 72 && { fail: failureOf(random) }),
  };
}

function deathOf(random: Random): Death {
  const by = random.one(['kill', 'power'] as const);
  const seed = random.below(1e9);
  return random.chance(0.5)
    ? { by, afterBytes: random.below(BYTES), seed }
    : { by, beforeCall: 1 + random.below(random.one([40, 160, 400])), seed };
}

function failureOf(random: Random): NonNullable<Run['fail']> {
  const errno = random.one(['EIO', 'ENOSPC', 'EDQUOT', 'EACCES']);
  return { call: 1 + random.below(200), errno, lasting: random.chance(0.5) };
}

function optionsOf(random: Random): RunOptions {
  return {
    ...(random.chance(0.5) && { force: true }),
    ...(random.chance(0.2) && { update: true, receipt: true }),
    ...(random.chance(0.1) && { receipt: true }),
    ...(random.chance(0.03) && { restart: true }),
    ...(random.chance(0.1) && { onChange: 'fail' as const }),
    ...(random.chance(0.2) && { onBusy: 'wait' as const }),
    ...(random.chance(0.5) && { retries: random.below(4) }),
    ...(random.chance(0.2) && { connections: 2 + random.below(3) }),
  };
}

function answerOf(random: Random, proof: Proof): Answer {
  const kind = random.below(100);
  if (kind < 40) return { is: 'cut', after: random.below(BYTES) };
  if (kind < 50) return { is: 'end', after: random.below(BYTES) };
  if (kind < 56) return { is: 'refused' };
  if (kind < 64) return { is: 'busy', status: random.one([429, 500, 503]), ...retryAfterOf(random) };
  if (kind < 72) return { is: 'expired', status: random.one([401, 403, 404]) };
  if (kind < 78) return { is: 'no-range', status: random.one([400, 412, 416, 501]) };
  if (kind < 83) return { is: 'whole' };
  if (kind < 89) return { is: 'early', by: 1 + random.below(3000) };
  if (kind < 94) return { is: 'mirror' };
  // Without a digest nobody could tell.
  if (kind < 97 || (proof !== 'digest' && proof !== 'user')) return { is: 'page' };
  return { is: 'wrong', at: random.below(BYTES) };
}

function retryAfterOf(random: Random): { readonly retryAfterS?: number } {
  return random.chance(0.3) ? { retryAfterS: random.one([1, 30, 4000]) } : {};
}
