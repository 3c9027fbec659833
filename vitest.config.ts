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

/** They ask nothing of the process, so that a thread does, which costs half as much to start. */
const IN_THREADS = ['config', 'contract', 'core', 'inspect', 'providers', 'toy', 'ui'].map(inFolder);

/**
 * These try the order of writes and foreign services, which another Node does not change, and take most of the time: CI
 * runs them on one version.
 */
const ON_ONE_NODE = ['crash', 'openstack', 'simulation'].map(inFolder);

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

function inFolder(name: string): string {
  return `test/${name}/**/*.test.ts`;
}

/** One seed for all projects, the one that is told: `--sequence.shuffle --sequence.seed=N` repeats a run. */
const ORDER = { shuffle: true, seed: Date.now() };

const EVERYWHERE = {
  sequence: ORDER,
  // No assertion: it ends what hangs, also on a machine that is ten times too busy.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // dist/ is JavaScript: Node loads it, as it does for users, which costs half of what Vite's own loader takes.
  server: { deps: { external: [/\/dist\//] } },
};

// The tests import the built product (`#imgdl/…` is dist/), so what is tested is what ships:
// worker threads, the bin script and the library entry are the real files.
export default defineConfig({
  test: {
    sequence: { ...ORDER, sequencer: LongFirst },
    maxWorkers: 4,
    // Here, it runs once for all projects.
    globalSetup: ['test/support/global-setup.ts'],
    coverage: { include: ['dist/**/*.js'] },
    projects: [
      {
        test: {
          ...EVERYWHERE,
          name: 'processes',
          pool: 'forks',
          include: ['test/**/*.test.ts'],
          exclude: [...IN_THREADS, ...ON_ONE_NODE],
        },
      },
      { test: { ...EVERYWHERE, name: 'threads', pool: 'threads', include: IN_THREADS } },
      { test: { ...EVERYWHERE, name: 'on one Node', pool: 'forks', include: ON_ONE_NODE } },
    ],
  },
});
