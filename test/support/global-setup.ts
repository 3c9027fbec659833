import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { cloudScript, crashesIn, stopCloud } from '../openstack/cloud.js';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * Where the run's real Keystone and Glance live once a test asked for them (openstack/cloud.ts), and whose life
     * they share; or why there cannot be any.
     */
    openstack: { readonly directory: string; readonly ownerPid: number } | { readonly missing: string };
  }
}

/** Once per run, before any test: a current dist/, and a place for the OpenStack services, which start when needed. */
export function setup(project: TestProject): () => Promise<void> {
  const ci = process.env['CI'] === 'true';
  const setupScript = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));
  const built = spawnSync(process.execPath, [setupScript], { stdio: ['ignore', 'inherit', 'inherit'] });
  // tsc writes its output in spite of type errors: whoever works on one folder may test it while another is broken.
  if (built.status !== 0 && ci) throw new Error('dist/ could not be built');

  const check = spawnSync('/usr/bin/python3', [cloudScript, 'check'], { encoding: 'utf8' });
  if (check.status !== 0) {
    const missing = check.error ? 'no /usr/bin/python3' : check.stderr.trim();
    if (ci) throw new Error(`the real Keystone and Glance are needed in CI: ${missing}`);
    project.provide('openstack', { missing });
    return async () => {};
  }

  // A developer may keep one cloud for many runs: it is started by the first and never stopped by us.
  const kept = process.env['IMGDL_TEST_CLOUD'];
  if (kept !== undefined && kept !== '') {
    project.provide('openstack', { directory: kept, ownerPid: 0 });
    return async () => {};
  }
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-cloud-'));
  project.provide('openstack', { directory, ownerPid: process.pid });
  return async () => {
    await stopCloud(directory);
    for (const line of crashesIn(directory)) process.stderr.write(`the real cloud: ${line}\n`);
    rmSync(directory, { recursive: true, force: true });
  };
}
