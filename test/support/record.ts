import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

/**
 * Puts what a long run has shown into docs/reliability.md, between its markers: nobody types these figures.
 * @param name of the markers
 * @throws Error when the page does not have them
 */
export function record(name: string, text: string): void {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/reliability.md has no markers for ${name}`);
  writeFileSync(PAGE, `${before}${begin}\n\n${text.trim()}\n\n${end}${after}`);
}

/** The day and what it ran on, for such a text. */
export function todayOnNode(): string {
  return `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}`;
}
