import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** These take so long that one of them, begun among the last, would be waited for alone. */
const LONG = [
  'test/simulation/simulation.test.ts',
  'test/crash/kill.test.ts',
  'test/crash/syscalls.test.ts',
  'test/openstack/resume.test.ts',
  'test/openstack/clients.test.ts',
  'test/http/transport.test.ts',
];

/** Files in random order, by the seed of the run; the long ones first. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, sequence } = this.ctx.config;
    const key = ({ moduleId }: TestSpecification): string => {
      const path = relative(root, moduleId);
      const random = createHash('sha256').update(`${sequence.seed} ${path}`).digest('hex');
      return `${LONG.includes(path) ? 0 : 1} ${random}`;
    };
    const keys = new Map(files.map((file) => [file, key(file)]));
    return [...files].sort((a, b) => ((keys.get(a) ?? '') < (keys.get(b) ?? '') ? -1 : 1));
  }
}

// The tests import the built product (`#imgdl/…` is dist/), so what is tested is what ships:
// worker threads, the bin script and the library entry are the real files.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    sequence: { shuffle: true, sequencer: LongFirst },
    // No assertion: it ends what hangs, also on a machine that is ten times too busy.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 4,
    // dist/ is JavaScript: Node loads it, as it does for users, which costs half of what Vite's own loader takes.
    server: { deps: { external: [/\/dist\//] } },
    globalSetup: ['test/support/global-setup.ts'],
    coverage: { include: ['dist/**/*.js'] },
  },
});
