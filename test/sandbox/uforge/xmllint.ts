import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programPath } from '../../support/processes.js';

/** For `describe.skipIf(!hasXmllint)(…)`: package libxml2-utils. In CI a skipped test is a failure. */
export const hasXmllint = programPath('xmllint') !== undefined;

export const SCHEMA = fileURLToPath(new URL('uforge.xsd', import.meta.url));

/** What xmllint finds wrong with each document; empty where it is valid. One process for all. */
export function complaints(documents: readonly string[]): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-xml-'));
  try {
    const files = documents.map((document, index) => {
      const file = join(directory, `${index}.xml`);
      writeFileSync(file, document);
      return file;
    });
    const { stderr, error } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', SCHEMA, ...files], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (error !== undefined) throw error;
    const lines = stderr.split('\n');
    return files.map((file) => {
      // Every file has a verdict: without one, xmllint did not get that far.
      if (lines.includes(`${file} validates`)) return '';
      return lines.filter((line) => line.startsWith(file)).join('\n') || `no verdict: ${lines.slice(0, 5).join('\n')}`;
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
