import type { Cell, Outcome } from './stage.js';

/** What was measured: also the JSON beside the page. */
export interface Comparison {
  readonly schema: 1;
  readonly tools: readonly { readonly name: string; readonly version: string | null; readonly command: string }[];
  readonly faults: readonly {
    readonly id: string;
    readonly title: string;
    /** By the name of the tool; null where it was not measured. */
    readonly cells: Readonly<Record<string, Cell | null>>;
  }[];
}

const WORDS: Readonly<Record<Outcome, string>> = {
  right: 'right',
  clean: 'stops',
  wrong: '**wrong, exit 0**',
  partial: '**partial file**',
  leaked: '**leaks**',
  hung: '**hangs**',
};

/** What nobody wants to see. */
export function isFault({ outcome }: Cell): boolean {
  return outcome !== 'right' && outcome !== 'clean';
}

/** The row in which nothing is wrong. */
export const CONTROL = 'none';

/** Of those that were measured, the control left out. */
export function faultsOf(comparison: Comparison, tool: string): { readonly faults: number; readonly of: number } {
  const cells = comparison.faults.flatMap(({ id, cells }) => (id === CONTROL ? [] : (cells[tool] ?? [])));
  return { faults: cells.filter(isFault).length, of: cells.length };
}

/** The whole page: tables, versions, command lines. */
export function pageOf(comparison: Comparison): string {
  const groups = [
    ['A plain URL', comparison.tools.filter(({ name }) => !/glance|openstack/.test(name))],
    ['An image of Glance', comparison.tools.filter(({ name }) => /glance|openstack/.test(name))],
  ] as const;
  return [
    ...groups.map(
      ([title, tools]) =>
        `### ${title}\n\n${table(
          comparison,
          tools.map(({ name }) => name),
        )}`,
    ),
    `### The commands\n\n${commands(comparison)}`,
  ].join('\n\n');
}

function table({ faults, ...rest }: Comparison, names: readonly string[]): string {
  const all = { faults, ...rest };
  return rows([
    ['fault', ...names],
    ['---', ...names.map(() => '---')],
    ...faults
      .filter(({ cells }) => names.some((name) => cells[name] !== null && cells[name] !== undefined))
      .map(({ title, cells }) => [title, ...names.map((name) => word(rest.tools, name, cells[name]))]),
    [
      '**goes wrong**',
      ...names.map((name) => {
        const { faults: wrong, of } = faultsOf(all, name);
        return of === 0 ? '–' : `${wrong} of ${of}`;
      }),
    ],
  ]);
}

function word(tools: Comparison['tools'], name: string, cell: Cell | null | undefined): string {
  if (tools.find((tool) => tool.name === name)?.version === null) return 'not installed';
  return cell === null || cell === undefined ? 'not measured' : WORDS[cell.outcome];
}

function commands({ tools }: Comparison): string {
  return rows([
    ['tool', 'version', 'command'],
    ['---', '---', '---'],
    ...tools.map(({ name, version, command }) => [name, version ?? 'not installed', `\`${command}\``]),
  ]);
}

/** Few words for the README. */
export function summaryOf(comparison: Comparison): string {
  const parts = comparison.tools
    .filter(({ version }) => version !== null)
    .map(({ name }) => {
      const { faults, of } = faultsOf(comparison, name);
      return [name, `${faults} of ${of}`];
    });
  return rows([['tool', 'goes wrong'], ['---', '---'], ...parts]);
}

function rows(all: readonly (readonly string[])[]): string {
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
