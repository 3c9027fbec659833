import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const HEADING = '# Reliability\n';

/**
 * Puts what a long run has shown into docs/reliability.md, between markers of its own: a page whose figures nobody types.
 * @param name of the run: `simulate`, `kills`
 */
export function record(name: string, text: string): void {
  const begin = `<!-- ${name}: written by the run itself -->`;
  const end = `<!-- /${name} -->`;
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : HEADING;
  const block = `${begin}\n\n${text.trim()}\n\n${end}`;
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  const next = after === undefined ? `${page.trimEnd()}\n\n${block}\n` : `${before}${block}${after}`;
  writeFileSync(PAGE, next);
}

/** The day and what it ran on, for such a text. */
export function todayOnNode(): string {
  return `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}`;
}
