import { buildProgram } from '../../dist/cli/program.js';
/**
 * The help of every command and family, as commander prints it, by the name of its file in bin/help/: bin/imgdl.js
 * answers from these files, as loading what makes them takes as long as starting Node. Pure; scripts/docs.mjs writes
 * them.
 *
 * @param version of package.json
 */
export function helpPages(runnables, version, overview) {
  const pages = new Map();
  let written = [];
  const program = buildProgram(runnables, version, { out: (text) => written.push(text) }, () => {}, overview);
  const add = (command, names) => {
    written = [];
    command.outputHelp();
    pages.set(`${names.join('-')}.txt`, written.join(''));
    for (const child of command.commands) add(child, [...names, child.name()]);
  };
  add(program, [program.name()]);
  return pages;
}
