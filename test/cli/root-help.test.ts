import { describe, expect, test } from 'vitest';
import { commandTable } from '#imgdl/app/command-table.js';
import { overviewOf, runnables } from '#imgdl/cli/main.js';
import { processIo } from '#imgdl/cli/process.js';
import { buildProgram } from '#imgdl/cli/program.js';
import { firstScreen, rootHelp } from '#imgdl/cli/root-help.js';

const TABLE = commandTable();
const OVERVIEW = overviewOf(TABLE);
const program = buildProgram(runnables(processIo(), TABLE), '1.2.3', { out() {} }, () => {}, OVERVIEW);
const lines = firstScreen(program.commands, OVERVIEW).trimEnd().split('\n');

describe('the first screen of the help', () => {
  test('fits a terminal of 80 columns and 24 rows, with the prompt', () => {
    expect(lines.length).toBeLessThanOrEqual(23);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test('begins with what there is: a list of every service that has one, before its download', () => {
    const lists = TABLE.providers.flatMap(({ commands }) => commands.find(({ kind }) => kind === 'list') ?? []);
    expect(lists.length).toBeGreaterThan(1);
    for (const { path } of lists) {
      const at = lines.indexOf(`  imgdl ${path.join(' ')}`);
      expect(at).toBeGreaterThan(0);
      expect(at).toBeLessThan(12);
      expect(lines[at + 1]).toMatch(new RegExp(`^  imgdl ${path[0]} image `));
    }
  });

  test('names every command, of a family its own ones, what to look around with first', () => {
    for (const { spec } of runnables(processIo(), TABLE)) {
      const line = lines.find((one) => one.trimStart().startsWith(`${spec.path[0]} `));
      expect(line).toContain(spec.path.at(-1));
    }
    expect(lines.find((line) => line.startsWith('  glance '))).toMatch(/\(list, image\)$/);
  });

  test('is what imgdl --help begins with', () => {
    expect(rootHelp(program.commands, OVERVIEW).startsWith(firstScreen(program.commands, OVERVIEW))).toBe(true);
    expect(program.helpInformation()).toBe(rootHelp(program.commands, OVERVIEW));
  });
});
