import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];

/** An empty directory for one test. It is gone after the test, and after what the test's own hooks close. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'imgdl-test-'));
  made.push(path);
  return path;
}

// Vitest calls such hooks in reverse order, and an import comes first.
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});
