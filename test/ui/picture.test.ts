import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('the picture of the README shows the progress display as it is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-picture-'));
  const file = join(directory, 'progress.svg');
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/progress-picture.mjs'), file]);
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(ROOT, 'docs/progress.svg'), 'utf8'));
  rmSync(directory, { recursive: true });
});
