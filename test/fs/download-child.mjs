// A download in small: lock, open, two checkpoints, publish. Says on stdout what each step came to.
// argv: target, `link` or `replace`
import { randomBytes } from 'node:crypto';
import { openWorkspace } from '../../dist/fs/workspace.js';

const [, , target, how] = process.argv;
const steps = {};
const warnings = [];

async function step(name, work) {
  try {
    const value = await work();
    steps[name] = 'ok';
    return value;
  } catch (error) {
    steps[name] = error.code ?? String(error);
    return undefined;
  }
}

const owner = {
  uid: process.geteuid(),
  hostname: 'box',
  pid: process.pid,
  random: () => randomBytes(8).toString('hex'),
};
const head = {
  t: 'head',
  v: 1,
  source: { provider: 'url', endpoint: 'https://host', ref: 'x' },
  identity: { size: 2000 },
};
const workspace = await openWorkspace(target, 'disk.img', owner, (warning) => warnings.push(warning.code));
const lock = await step('lock', () => workspace.lock());
const files = await step('open', () => workspace.open('continue'));
if (files !== undefined) {
  const { part, journal } = files;
  await step('reset', () => journal.reset(head, []));
  for (const at of [0, 1000]) {
    await step(`write ${at}`, () => part.write(at, [Buffer.alloc(700, 'a'), Buffer.alloc(300, 'b')]));
    await step(`sync ${at}`, () => part.sync());
    if (steps[`sync ${at}`] === 'ok') {
      await step(`append ${at}`, () => journal.append({ t: 'have', start: at, end: at + 1000, digests: {} }));
    }
  }
  const published = await step('publish', () => workspace.publish(part, how === 'replace'));
  warnings.push(...(published ?? []).map((warning) => warning.code));
  await step('close', async () => {
    await part.close();
    await journal.close();
  });
}
if (lock !== undefined) await step('unlock', () => lock.unlock());
process.stdout.write(JSON.stringify({ steps, warnings }));
