/**
 * Plays schedules: `node simulate.js ORDER`. Says what it has done
 * in lines of JSON, each of the shape of Told.
 */
import { type Products, play } from './play.js';
import { loadProduct } from './product.js';
import { type Schedule, scheduleOf } from './schedule.js';
import { scriptOf, shrink } from './shrink.js';

export interface Order {
  /** Two copies of the product. */
  readonly products: readonly [string, string];
  /** Seeds first, first + step, …: so many. */
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** Is the schedule that goes wrong made as short as it can be? */
  readonly shrinks: boolean;
  /** To be played in place of those of the seeds. */
  readonly schedules?: readonly Schedule[];
  /** Value of Date.now() after which no further schedule begins. */
  readonly until?: number;
}

export type Told =
  | { readonly is: 'played'; readonly count: number }
  /** The last line: nothing more is played. */
  | { readonly is: 'wrong'; readonly seed: number; readonly wrong: readonly string[]; readonly script: string };

/** A line for so many. */
const TELL_EVERY = 100;

async function main(order: Order): Promise<void> {
  const { products, first, step, count, shrinks, schedules, until = Number.POSITIVE_INFINITY } = order;
  const loaded: Products = [await loadProduct(products[0], 'a'), await loadProduct(products[1], 'b')];
  let untold = 0;
  for (let index = 0; index < count && Date.now() < until; index += 1) {
    const schedule = schedules?.[index] ?? scheduleOf(first + index * step);
    const wrong = await play(schedule, loaded);
    if (wrong.length > 0) {
      const shortest = shrinks ? await shrink(schedule, loaded) : schedule;
      const why = await play(shortest, loaded);
      return tell({ is: 'wrong', seed: schedule.seed, wrong: [...why], script: scriptOf(shortest) });
    }
    untold += 1;
    if (untold === TELL_EVERY || index === count - 1) {
      tell({ is: 'played', count: untold });
      untold = 0;
    }
  }
  if (untold > 0) tell({ is: 'played', count: untold });
}

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

// Errors are made by the thousand here, and nobody reads where.
Error.stackTraceLimit = 0;
await main(JSON.parse(process.argv[2] ?? '{}') as Order);
