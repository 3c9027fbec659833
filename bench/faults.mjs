/**
 * `npm run faults`: the same faults for imgdl and for the tools that people use instead, on one server. Its parts are
 * those of the tests, in TypeScript: Vite, which the tests run on, loads them.
 */
import '../scripts/setup.mjs';
import { createViteServer } from 'vitest/node';
import { ROOT } from './tools.mjs';

const vite = await createViteServer({
  root: ROOT,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
});
try {
  const { main } = await vite.ssrLoadModule('/test/faults/comparison/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} finally {
  await vite.close();
}
