import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const PAGE = new URL('../../docs/compatibility.md', import.meta.url);

/** A line of the page: what was asked for, what was typed, and what came of it. */
export interface Row {
  readonly what: string;
  readonly typed: string;
  readonly exit: number;
  readonly came: string;
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, typed, exit, came }) => `| ${cell(what)} | \`${cell(typed)}\` | ${exit} | ${cell(came)} |`,
  );
  return ['| | you type | exit | what comes |', '|---|---|---|---|', ...lines].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/**
 * The section of the page is what the test has just seen. `IMGDL_WRITE_PAGE=1` writes it instead
 * (`npm run compatibility`).
 */
export function expectSection(name: string, text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- begin ${name} -->\n`, `\n<!-- end ${name} -->`];
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end);
  if (to < 0 || from < begin.length) throw new Error(`docs/compatibility.md has no section ${name}`);
  if (process.env['IMGDL_WRITE_PAGE'] === '1') writeFileSync(PAGE, page.slice(0, from) + text + page.slice(to));
  else expect(text).toBe(page.slice(from, to));
}
