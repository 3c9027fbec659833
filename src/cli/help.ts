import type { Command } from 'commander';
import { buildProgram, type Overview, type Runnable } from './program.js';

/**
 * The help of every command and family, as commander prints it, by the name of its file in bin/help/: bin/imgdl.js
 * answers from these files, as loading what makes them takes as long as starting Node. Pure; scripts/docs.mjs writes
 * them.
 *
 * @param version of package.json
 */
export function helpPages(
  runnables: readonly Runnable[],
  version: string,
  overview: Overview,
): ReadonlyMap<string, string> {
  const pages = new Map<string, string>();
  let written: string[] = [];
  const program = buildProgram(runnables, version, { out: (text) => written.push(text) }, () => {}, overview);
  const add = (command: Command, names: readonly string[]): void => {
    written = [];
    command.outputHelp();
    pages.set(`${names.join('-')}.txt`, written.join(''));
    for (const child of command.commands) add(child, [...names, child.name()]);
  };
  add(program, [program.name()]);
  return pages;
}
