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
  const { env, directory } = await stage({ images: COUNT, digests: false });
  const options = { cwd: directory, env, nodeArgs: ['--import', TELL_PEAK], timeoutMs: 300_000 };
  const documentOf = async (args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await run([...args, '--json'], options);
    const peak = Number(/^peak (\d+)$/m.exec(stderr)?.[1]) * 1024;
    expect([args, code, peak > 20 * MIB, peak < MOST]).toEqual([args, 0, true, true]);
    return JSON.parse(stdout.toString());
  };
  const listed = async (args: readonly string[]): Promise<readonly { readonly id: string; readonly name: string }[]> =>
    ((await documentOf(args)) as { readonly items: readonly { readonly id: string; readonly name: string }[] }).items;
  const images = await listed(['appliance', 'list']);
  expect([images[0]?.id, images.length > COUNT]).toEqual([String(10_000 + COUNT - 1), true]);
  const records = await listed(['glance', 'list']);
  expect([records[0]?.name, records.length > COUNT]).toEqual([`image-${COUNT - 1}`, true]);
  // Who takes the newest looks at all of them as well.
  const newest = await documentOf(['glance', 'image', '*', '--newest', '--dry-run']);
  expect(newest).toMatchObject({ source: { ref: records[0]?.id } });
}, 600_000);
