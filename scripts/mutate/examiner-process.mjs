// The process of an Examiner: node examiner-process.mjs DIRECTORY TEST…
// Each message has variables of the environment for one run, and is answered with whether all tests pass.

import { createVitest } from 'vitest/node';

const [root, ...tests] = process.argv.slice(2);

process.on('disconnect', () => process.exit());
const vitest = createVitest('test', { root, watch: false, silent: true, reporters: [{}] });

process.on('message', async (variables) => {
  Object.assign(process.env, variables);
  const runner = await vitest;
  const { testModules, unhandledErrors } = await runner.runTestSpecifications(
    await runner.globTestSpecifications(tests),
    true,
  );
  for (const name of Object.keys(variables)) delete process.env[name];
  process.send(unhandledErrors.length === 0 && testModules.length > 0 && testModules.every((module) => module.ok()));
});
