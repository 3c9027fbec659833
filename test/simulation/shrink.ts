/** Makes a schedule that goes wrong as short as it can be, so that a reader sees what it takes. */
import { type Products, play } from './play.js';
import type { Answer, Run, Schedule, Step } from './schedule.js';

/** Plays that are spent on it. */
const TRIES = 600;

export async function shrink(schedule: Schedule, products: Products): Promise<Schedule> {
  let best = schedule;
  let tries = 0;
  for (let shorter: Schedule | undefined = best; shorter !== undefined; ) {
    shorter = undefined;
    for (const candidate of simpler(best)) {
      tries += 1;
      if (tries > TRIES) return best;
      if ((await play(candidate, products)).length === 0) continue;
      shorter = candidate;
      best = candidate;
      break;
    }
  }
  return best;
}

/** The schedule as a script: what the object is, then what happens. */
export function scriptOf({ proof, opener, chunk, paceMs, steps }: Schedule): string {
  const first = `an object known by ${proof}, opened with ${opener}, in reads of ${chunk} bytes that take ${paceMs} ms`;
  const lines = steps.map((step, index) => {
    const { do: what, ...rest } = step;
    return `${index + 1}. ${what} ${JSON.stringify(rest)}`.replace(' {}', '');
  });
  return [first, ...lines, `${lines.length + 1}. free the disk, and run again without any fault`].join('\n');
}

function* simpler(schedule: Schedule): Generator<Schedule> {
  const { steps } = schedule;
  const withStep = (index: number, ...instead: readonly Step[]): Schedule => ({
    ...schedule,
    steps: [...steps.slice(0, index), ...instead, ...steps.slice(index + 1)],
  });
  for (const index of steps.keys()) yield withStep(index);
  for (const [index, step] of steps.entries()) for (const other of simplerStep(step)) yield withStep(index, other);
  if (schedule.chunk < 4000) yield { ...schedule, chunk: 4000 };
  if (schedule.paceMs > 1) yield { ...schedule, paceMs: 1 };
}

function* simplerStep(step: Step): Generator<Step> {
  if (step.do === 'run') {
    for (const run of simplerRun(step)) yield { do: 'run', ...run };
  } else if (step.do === 'two runs') {
    yield { do: 'run', ...step.first };
    yield { do: 'run', ...step.second };
    for (const first of simplerRun(step.first)) yield { ...step, first };
    for (const second of simplerRun(step.second)) yield { ...step, second };
    if (step.turns > 0) yield { ...step, turns: Math.floor(step.turns / 2) };
  }
}

function* simplerRun({ answers = [], options = {}, death, changeAfter, fail }: Run): Generator<Run> {
  const run = (changes: Run): Run => {
    const all = { answers, options, death, changeAfter, fail, ...changes };
    const kept = Object.entries(all).filter(([, value]) => value !== undefined);
    return Object.fromEntries(kept.filter(([, value]) => !(Array.isArray(value) && value.length === 0))) as Run;
  };
  if (death !== undefined) yield run({ death: undefined } as unknown as Run);
  if (fail !== undefined) yield run({ fail: undefined } as unknown as Run);
  if (changeAfter !== undefined) yield run({ changeAfter: undefined } as unknown as Run);
  for (const index of answers.keys()) yield run({ answers: answers.filter((_, at) => at !== index) });
  for (const [index, answer] of answers.entries())
    for (const less of simplerAnswer(answer)) yield run({ answers: answers.with(index, less) });
  for (const key of Object.keys(options))
    yield run({ options: Object.fromEntries(Object.entries(options).filter(([name]) => name !== key)) });
  if (death?.afterBytes) yield run({ death: { ...death, afterBytes: Math.floor(death.afterBytes / 2) } });
  if (death?.by === 'power') yield run({ death: { ...death, by: 'kill' } });
  if (fail?.lasting) yield run({ fail: { ...fail, lasting: false } });
}

function* simplerAnswer(answer: Answer): Generator<Answer> {
  if ((answer.is === 'cut' || answer.is === 'end') && answer.after > 0)
    yield { ...answer, after: Math.floor(answer.after / 2) };
  if (answer.is === 'end') yield { ...answer, is: 'cut' };
}
