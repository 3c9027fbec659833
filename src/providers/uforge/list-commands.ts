import type { ListColumn } from '../../core/list.js';
import type { ListCommand } from '../../core/provider.js';
import { type Kind, LEVELS, type Level, SHAPES } from './kinds.js';

/** The kinds of images that a list shows: all have the same things above them. */
export const LISTED_KINDS: Readonly<Record<string, readonly Kind[]>> = {
  appliance: ['image', 'pimage'],
  container: ['container'],
  scan: ['scan'],
};

/** The last word of the command that downloads it. */
const KIND: ListColumn = { title: 'KIND', of: ({ command }) => command?.split(' ').at(-1) ?? null };

const FACTS: readonly ListColumn[] = [
  { title: 'NAME', of: 'name' },
  { title: 'VERSION', of: 'version' },
  { title: 'REV', of: 'revision' },
  { title: 'FORMAT', of: 'format' },
  { title: 'SIZE', of: 'bytes' },
  { title: 'CREATED', of: 'created' },
  { title: 'READY', of: 'ready' },
];

/** The words to type. */
function wordColumns(levels: readonly Level[]): readonly ListColumn[] {
  return levels.map((level, at) => ({ title: level.toUpperCase(), of: ({ args }) => args[at] ?? null }));
}

function listCommand(
  family: string,
  summary: string,
  more: readonly ListColumn[],
  examples: readonly string[],
): ListCommand {
  const { levels } = SHAPES[LISTED_KINDS[family]?.[0] ?? 'image'];
  return {
    kind: 'list',
    path: [family, 'list'],
    args: levels.slice(0, -1).map((name) => ({ name, doc: `only of this one: ${LEVELS[name].doc}`, optional: true })),
    summary,
    examples,
    columns: [...wordColumns(levels), ...more, ...FACTS],
  };
}

export const LIST_COMMANDS: readonly ListCommand[] = [
  listCommand(
    'appliance',
    'List machine images and published images',
    [KIND],
    [
      'imgdl appliance list --ready',
      'imgdl appliance list web-server@1.2 --format qcow2',
      'imgdl appliance list --json',
    ],
  ),
  listCommand('container', 'List images of container templates', [], ['imgdl container list nginx']),
  listCommand('scan', 'List images of scans', [], ["imgdl scan list web-server 'Scan #1'"]),
];
