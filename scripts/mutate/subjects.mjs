// The files that must not be wrong, and the tests that must notice when one is.

const lock = [
  'test/fs/lock.test.ts',
  'test/fs/lock-look.test.ts',
  'test/fs/lock-heirs.test.ts',
  'test/fs/lock-calls.test.ts',
];

export const SUBJECTS = [
  { file: 'core/response', tests: ['test/core/response.test.ts'] },
  { file: 'core/plan', tests: ['test/core/plan.test.ts'] },
  { file: 'core/identity', tests: ['test/core/identity.test.ts'] },
  { file: 'core/http-date', tests: ['test/core/http-date.test.ts'] },
  { file: 'core/retry', tests: ['test/core/retry.test.ts'] },
  { file: 'core/names', tests: ['test/core/names.test.ts'] },
  { file: 'core/redact', tests: ['test/core/redact.test.ts', 'test/core/vault.test.ts'] },
  { file: 'core/mask', tests: ['test/core/mask.test.ts'] },
  { file: 'core/readings', tests: ['test/core/readings.test.ts'] },
  { file: 'core/vault', tests: ['test/core/vault.test.ts'] },
  { file: 'fs/journal', tests: ['test/fs/journal.test.ts', 'test/fs/journal-calls.test.ts'] },
  { file: 'fs/journal-lines', tests: ['test/fs/journal-lines.test.ts'] },
  { file: 'fs/lock', tests: lock },
  { file: 'fs/lock-file', tests: ['test/fs/lock-file.test.ts', 'test/fs/lock-calls.test.ts'] },
  { file: 'fs/lock-life', tests: ['test/fs/lock-life.test.ts'] },
  { file: 'fs/lock-owner', tests: ['test/fs/lock-owner.test.ts'] },
  { file: 'fs/lock-socket', tests: ['test/fs/lock-socket.test.ts'] },
  { file: 'fs/lock-sweep', tests: ['test/fs/lock-sweep.test.ts'] },
  { file: 'http/redirect', tests: ['test/http/redirect.test.ts'] },
  { file: 'http/redirected', tests: ['test/http/redirected.test.ts', 'test/http/upgrade.test.ts'] },
  { file: 'http/upgrades', tests: ['test/http/redirected.test.ts', 'test/http/upgrade.test.ts'] },
];
