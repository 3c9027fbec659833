import type { Corpus } from './corpus.js';
import { minimized, mutated } from './mutate.js';
import { Random } from './random.js';
import { requireClean, type Target } from './target.js';

export interface Budget {
  readonly seed: number;
  /** Inputs beside the corpus, at most. */
  readonly runs: number;
  /** Ends it earlier. */
  readonly seconds?: number;
  /** Inputs with a new answer go into the corpus. */
  readonly keep?: boolean;
  /** CPU time of one input, in milliseconds: by default far beyond what any honest one takes. */
  readonly cpuLimitMs?: number;
}

const CPU_LIMIT_MS = 1000;
/** Heap and buffers after all inputs, beyond what there was before. */
const MEMORY_LIMIT = 300 * 1024 * 1024;
/** Kept of one run, so that the corpus stays small: in number, and bytes of each. */
const FOUND_LIMIT = 16;
const FOUND_BYTES = 2048;
/** To make one of them smaller: most of the time is for looking. */
const FOUND_TRIES = 150;

/**
 * Feeds a parser with what is known and with mutations of it. An input whose answer is new is mutated in its turn.
 * @returns inputs tried
 * @throws Error the failure of the smallest input that was found to break it, which is in the corpus from then on
 */
export async function fuzz(target: Target, corpus: Corpus, budget: Budget): Promise<number> {
  const random = new Random(budget.seed);
  const known: Uint8Array[] = [...corpus.inputs(), ...(target.seeds ?? [])];
  if (known.length === 0) throw new Error(`${target.name}: there is nothing to begin with`);
  const answers = new Set<string>();
  const before = memory();
  const { cpuLimitMs = CPU_LIMIT_MS } = budget;
  const feed = (input: Buffer): Promise<string> => fed(target, input, corpus, cpuLimitMs);
  for (const input of known) answers.add(await feed(Buffer.from(input)));
  const endsAt = performance.now() + (budget.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  let found = corpus.found();
  let tried = 0;
  for (; tried < budget.runs && performance.now() < endsAt; tried += 1) {
    const input = mutated(random, target.words, known);
    const answer = await feed(input);
    if (answers.has(answer)) continue;
    answers.add(answer);
    known.push(input);
    if (budget.keep !== true || found >= FOUND_LIMIT) continue;
    const small = await minimized(
      input,
      async (smaller) => (await answerOf(target, smaller, cpuLimitMs)) === answer,
      FOUND_TRIES,
    );
    if (small.length > FOUND_BYTES) continue;
    corpus.keep('found', small);
    found += 1;
  }
  const more = memory() - before;
  if (more > MEMORY_LIMIT) throw new Error(`${target.name} holds ${more} bytes after ${tried} inputs`);
  return tried;
}

async function fed(target: Target, input: Buffer, corpus: Corpus, cpuLimitMs: number): Promise<string> {
  try {
    return await checked(target, input, cpuLimitMs);
  } catch (error) {
    const said = nameOf(error);
    const small = await minimized(input, async (smaller) => {
      const failure: unknown = await checked(target, smaller, cpuLimitMs).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return failure !== undefined && nameOf(failure) === said;
    });
    const path = corpus.keep('crash', small);
    throw new Error(
      `${target.name}: ${said}\nof ${JSON.stringify(small.toString('latin1').slice(0, 500))}\nkept as ${path}`,
      {
        cause: error,
      },
    );
  }
}

async function checked(target: Target, input: Buffer, cpuLimitMs: number): Promise<string> {
  const before = process.cpuUsage();
  const answer = await target.check(Buffer.from(input));
  const { user, system } = process.cpuUsage(before);
  if (user + system > cpuLimitMs * 1000) throw new Error('it takes too much time');
  requireClean();
  return answer;
}

async function answerOf(target: Target, input: Buffer, cpuLimitMs: number): Promise<string | undefined> {
  return await checked(target, input, cpuLimitMs).catch(() => undefined);
}

/** What went wrong, without what differs from input to input. */
function nameOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: 'no error', message: String(error) };
  return `${name}: ${message
    .replace(/".*"/s, '""')
    .replace(/[0-9]+/g, '0')
    .slice(0, 200)}`;
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
