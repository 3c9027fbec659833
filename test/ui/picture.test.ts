import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { scratch } from '../support/scratch.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('the picture of the README shows the progress display as it is', async () => {
  const directory = scratch();
  const file = join(directory, 'progress.svg');
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/progress-picture.mjs'), file]);
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(ROOT, 'docs/progress.svg'), 'utf8'));
});
