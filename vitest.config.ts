import { defineConfig } from 'vitest/config';

// The tests import the built product (`#imgdl/…` is dist/), so what is tested is what ships:
// worker threads, the bin script and the library entry are the real files.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    sequence: { shuffle: true },
    // No assertion: it ends what hangs, also on a machine that is ten times too busy.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 3,
    // dist/ is JavaScript: Node loads it, as it does for users, which costs half of what Vite's own loader takes.
    server: { deps: { external: [/\/dist\//] } },
    globalSetup: ['test/support/global-setup.ts'],
    coverage: { include: ['dist/**/*.js'] },
  },
});
