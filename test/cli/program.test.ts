import { describe, expect, test } from 'vitest';
import { COMMON_OPTIONS } from '#imgdl/app/options.js';
import { buildProgram, type Flags, helpAsOption, missingCommand } from '#imgdl/cli/program.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from '#imgdl/cli/sandbox-options.js';

interface Parsed {
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, readonly string[]>>;
}

const FAMILY = { args: [{ name: 'image', doc: 'id' }], summary: 'Download', examples: ['imgdl appliance image 1'] };

/** Its last argument may be given alone, and several times. */
const ALONE = {
  ...FAMILY,
  path: ['appliance', 'pimage'],
  args: [{ name: 'appliance', doc: 'what it is of', optional: true as const }, ...FAMILY.args],
  several: true as const,
};

const PATHS = [['appliance', 'image'], ['appliance', 'pimage'], ['sandbox']];

/** What the command line says, or what is thrown. */
async function parse(args: readonly string[]): Promise<Parsed> {
  let parsed: Parsed | undefined;
  const keep = async (words: readonly string[], flags: Flags): Promise<number> => {
    parsed = { args: words, flags: Object.fromEntries(flags) };
    return 0;
  };
  const runnables = [
    { spec: { ...FAMILY, path: ['appliance', 'image'] }, options: COMMON_OPTIONS, run: keep },
    { spec: ALONE, options: COMMON_OPTIONS, run: keep },
    { spec: SANDBOX_COMMAND, options: SANDBOX_OPTIONS, rest: { name: 'command', doc: 'run this' }, run: keep },
  ];
  const program = buildProgram(runnables, '1.2.3', { out: () => {} }, () => {});
  await program.parseAsync(helpAsOption(args, PATHS), { from: 'user' });
  if (parsed === undefined) throw new Error('no command was run');
  return parsed;
}

describe('flags', () => {
  test.each<[string, readonly string[], Parsed]>([
    ['nothing given is nothing', ['1'], { args: ['1'], flags: {} }],
    ['a value', ['1', '-o', 'x'], { args: ['1'], flags: { output: ['x'] } }],
    ['the last of two is last', ['1', '-o', 'x', '--output=y'], { args: ['1'], flags: { output: ['x', 'y'] } }],
    ['options before the argument', ['--json', '1'], { args: ['1'], flags: { json: ['true'] } }],
    ['a switch that is unset', ['1', '--no-json'], { args: ['1'], flags: { json: ['false'] } }],
    ['a switch set and unset', ['1', '--json', '--no-json'], { args: ['1'], flags: { json: ['false'] } }],
    ['- is a value', ['1', '-o', '-'], { args: ['1'], flags: { output: ['-'] } }],
    ['an empty value is kept, to be refused', ['1', '-o', ''], { args: ['1'], flags: { output: [''] } }],
    ['two words', ['1', '--on-busy', 'wait'], { args: ['1'], flags: { 'on-busy': ['wait'] } }],
    ['after -- nothing is an option', ['--', '--json'], { args: ['--json'], flags: {} }],
  ])('%s', async (_, args, parsed) => {
    expect(await parse(['appliance', 'image', ...args])).toEqual(parsed);
  });

  test.each<[string, readonly string[], Parsed]>([
    ['--no-range is an option, not the opposite of one', ['--no-range'], { args: [], flags: { 'no-range': ['true'] } }],
    ['and not set unless given', ['--tls'], { args: [], flags: { tls: ['true'] } }],
    ['a command keeps its own', ['--', 'sh', '-c', 'x', '--tls'], { args: ['sh', '-c', 'x', '--tls'], flags: {} }],
  ])('of the sandbox: %s', async (_, args, parsed) => {
    expect(await parse(['sandbox', ...args])).toEqual(parsed);
  });
});

describe('an argument that may be given alone', () => {
  test.each([[['1095']], [['747', '1095']], [['747', '1095', '1096']]])('%j', async (args) => {
    expect((await parse(['appliance', 'pimage', ...args])).args).toEqual(args);
  });

  test('and none at all, since a file may name the images', async () => {
    expect((await parse(['appliance', 'pimage', '-i', 'list.txt'])).args).toEqual([]);
  });

  test('has its help', () => {
    const written: string[] = [];
    const runnables = [{ spec: ALONE, options: COMMON_OPTIONS, run: async () => 0 }];
    const program = buildProgram(runnables, '1.2.3', { out: (text) => written.push(text) }, () => {});
    expect(() => program.parse(['appliance', 'pimage', '--help'], { from: 'user' })).toThrow();
    expect(written.join('')).toMatch(
      /^Usage: imgdl appliance pimage \[options\] \[appliance\] <image\.\.\.>$.*^ {2}appliance +what it is of$/ms,
    );
  });
});

describe('a command that is missing', () => {
  test.each<[string, readonly string[], string, RegExp]>([
    ['after a family', ['appliance'], 'a command is missing after appliance', /^add image or pimage; /],
    [
      'before an option',
      ['appliance', '--json'],
      'a command is missing after appliance',
      /see imgdl appliance --help$/,
    ],
    ['from the start', [], 'a command is missing', /^add appliance or sandbox; see imgdl --help$/],
  ])('%s', (_, args, message, hint) => {
    expect(missingCommand(args, PATHS)).toMatchObject({
      code: 'usage.arguments',
      message: `reading the command line: ${message}`,
      hint: expect.stringMatching(hint),
    });
  });

  test.each<[string, readonly string[]]>([
    ['a command', ['sandbox', '--json']],
    ['a command of a family', ['appliance', 'image']],
    ['help of a family', ['appliance', '--help']],
    ['a word that nobody knows', ['nosuch']],
    ['an option before the command', ['--json', 'appliance']],
    ['an option within the command', ['appliance', '--json', 'image']],
  ])('is not meant by %s', (_, args) => {
    expect(missingCommand(args, PATHS)).toBeUndefined();
  });
});

test('help says which options may be repeated', () => {
  const written: string[] = [];
  const runnables = [{ spec: { ...FAMILY, path: ['x'] }, options: COMMON_OPTIONS, run: async () => 0 }];
  const program = buildProgram(runnables, '1.2.3', { out: (text) => written.push(text) }, () => {});
  expect(() => program.parse(['x', '--help'], { from: 'user' })).toThrow();
  expect(written.join('').replace(/\s+/g, ' ')).toMatch(/--checksum <ALGO:HEX> [^-]*\(repeatable\)/);
});
