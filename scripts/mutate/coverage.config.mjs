// npm run coverage: every branch of the files that must not be wrong is taken by the tests named for them.

import { fileURLToPath } from 'node:url';
import { SUBJECTS } from './subjects.mjs';

// Vite loads dist/ here, unlike in `npm test`: the provider takes what V8 has counted for the text that Vite makes.
export default {
  root: fileURLToPath(new URL('../../', import.meta.url)),
  // By examples, here too: a branch that only some random input takes is taken today and not tomorrow.
  resolve: { alias: { 'fast-check': fileURLToPath(new URL('no-properties.mjs', import.meta.url)) } },
  test: {
    include: [...new Set(SUBJECTS.flatMap(({ tests }) => tests))],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      enabled: true,
      provider: 'v8',
      include: SUBJECTS.map(({ file }) => `dist/${file}.js`),
      reporter: ['text'],
      thresholds: { branches: 100, perFile: true },
    },
  },
};
