/**
 * Plays schedules: `node simulate.js PRODUCT_A PRODUCT_B FIRST COUNT [EVERY]`. A line of JSON for each thousand, one for each
 * failure.
 */
import { type Products, play } from './play.js';
import { loadProduct } from './product.js';
import { scheduleOf } from './schedule.js';

const [directoryA = '', directoryB = '', first = '1', count = '1', step = '1'] = process.argv.slice(2);
const products: Products = [await loadProduct(directoryA, 'a'), await loadProduct(directoryB, 'b')];
Error.stackTraceLimit = 0;
let failures = 0;
let now = 0;
process.on('exit', () => console.log('last', now));
const t = performance.now();
for (let index = 0; index < Number(count); index += 1) {
  const seed = Number(first) + index * Number(step);
  now = seed;
  if (process.env['SHOW']) console.log(JSON.stringify(scheduleOf(seed), null, 1));
  const wrong = await play(scheduleOf(seed), products);
  if (wrong.length > 0) {
    failures += 1;
    console.log(seed, wrong);
    if (failures > 10) break;
  }
}
process.on('exit', () => {});
console.log(process.cpuUsage().user / 1000 / Number(count), 'cpu ms each');
console.log((performance.now() - t) / Number(count), 'ms each', failures);
