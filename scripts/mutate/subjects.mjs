// The files that must not be wrong, and the tests that must notice when one is.

const journal = ['test/fs/journal.test.ts', 'test/fs/journal-calls.test.ts', 'test/fs/journal-lines.test.ts'];
const lock = [
  'test/fs/lock.test.ts',
  'test/fs/lock-look.test.ts',
  'test/fs/lock-heirs.test.ts',
  'test/fs/lock-calls.test.ts',
];
const redirect = ['test/http/redirect.test.ts', 'test/http/upgrade.test.ts'];

export const SUBJECTS = [
  { file: 'core/response', tests: ['test/core/response.test.ts'] },
  { file: 'core/plan', tests: ['test/core/plan.test.ts'] },
  { file: 'core/identity', tests: ['test/core/identity.test.ts'] },
  { file: 'core/retry', tests: ['test/core/retry.test.ts'] },
  { file: 'core/names', tests: ['test/core/names.test.ts'] },
  { file: 'core/redact', tests: ['test/core/redact.test.ts', 'test/core/mask.test.ts', 'test/core/vault.test.ts'] },
  { file: 'fs/journal', tests: journal },
  { file: 'fs/journal-lines', tests: journal },
  { file: 'fs/lock', tests: lock },
  { file: 'fs/lock-file', tests: ['test/fs/lock-file.test.ts', 'test/fs/lock-calls.test.ts'] },
  { file: 'fs/lock-life', tests: ['test/fs/lock-life.test.ts'] },
  { file: 'fs/lock-owner', tests: ['test/fs/lock-owner.test.ts'] },
  { file: 'fs/lock-socket', tests: ['test/fs/lock-socket.test.ts'] },
  { file: 'fs/lock-sweep', tests: ['test/fs/lock-sweep.test.ts'] },
  { file: 'http/redirect', tests: redirect },
  { file: 'http/redirected', tests: redirect },
];
