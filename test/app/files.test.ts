import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { foreignFileReader } from '#imgdl/app/files.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'imgdl-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a file of another tool', () => {
  const text = 'password: pä\n';
  test.each<[string, Buffer, boolean]>([
    ['in UTF-8', Buffer.from(text), false],
    ['in UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`), false],
    ['in UTF-8 with a character that was lost before', Buffer.from('password: p\ufffd\n'), false],
    ['in Latin-1', Buffer.from(text, 'latin1'), true],
    ['in UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${text}`, 'utf16le'), true],
    ['cut inside a character', Buffer.from(text).subarray(0, -2), true],
  ])('%s: garbled is told', async (_what, bytes, garbled) => {
    const path = join(directory, 'clouds.yaml');
    writeFileSync(path, bytes);
    const file = await foreignFileReader()(path);
    expect(file?.garbled ?? false).toBe(garbled);
  });
});
