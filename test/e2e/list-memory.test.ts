import { expect, test } from 'vitest';
import { run } from '../support/imgdl.js';
import { stage } from './stage.js';

const MIB = 2 ** 20;
const COUNT = 10_000;
/** Of the whole process; measured are 125 MiB. What stays of a list that is read, list-retention.test.ts says. */
const MOST = 200 * MIB;

/** At its exit the process tells its own peak, all threads included, in KiB. */
const TELL_PEAK = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`;

test(`${COUNT} images are listed within ${MOST / MIB} MiB`, async () => {
  const { env, directory } = await stage({ images: COUNT });
  const options = { cwd: directory, env, nodeArgs: ['--import', TELL_PEAK], timeoutMs: 300_000 };
  const { code, stdout, stderr } = await run(['appliance', 'list', '--json'], options);
  const items = (JSON.parse(stdout.toString()) as { readonly items: readonly { readonly id: string }[] }).items;
  expect([code, items[0]?.id, items.length > COUNT]).toEqual([0, String(10_000 + COUNT - 1), true]);
  const peak = Number(/^peak (\d+)$/m.exec(stderr)?.[1]) * 1024;
  expect(peak).toBeGreaterThan(20 * MIB);
  expect(peak).toBeLessThan(MOST);
}, 600_000);
