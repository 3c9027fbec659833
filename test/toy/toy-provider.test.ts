import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { docs } from '../docs-modules.js';
import { type CommandLine, openCommandLine } from './command-line.js';
import { toy } from './provider.js';
import { openShelf, type Shelf, TOYS } from './shelf.js';

const { docsFacts } = await docs('facts.mjs');
const { manPage } = await docs('man-page.mjs');
const { errorsPage, optionTable } = await docs('pages.mjs');

const WITH_TOY = [toy, ...PROVIDERS];
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../schema/list.json', import.meta.url), 'utf8')),
);

let shelf: Shelf;
let line: CommandLine;
beforeEach(async () => {
  shelf = await openShelf();
  line = openCommandLine(WITH_TOY);
});
afterEach(async () => {
  await shelf.close();
});

const shelfEnv = (): Record<string, string> => ({ IMGDL_TOY_SHELF: shelf.url });
const saved = (name: string): string => readFileSync(join(line.directory, name), 'utf8');
const items = (text: string) =>
  (JSON.parse(text) as { items: { command: string; args: string[]; name: string }[] }).items;

describe('a provider from outside src/ has', () => {
  test('its place in every help', async () => {
    expect((await line.say(['--help'])).stdout).toMatch(
      /from Toy Shelf, .* and .*\n {2}imgdl toy list\n {2}imgdl toy image ball\n.*toy +Toys: things to try/s,
    );
    expect((await line.say(['toy', '--help'])).stdout).toMatch(/image .*Download toys\n.*list .*Show the toys/s);
    const image = (await line.say(['toy', 'image', '--help'])).stdout;
    expect(image).toMatch(/Toys:\n.*--toy-colour <COLOUR> +which toys: red, blue \(red\)/s);
    expect(image).toMatch(/--output <PATH>/);
    const list = (await line.say(['toy', 'list', '--help'])).stdout;
    expect(list).toMatch(/toy list \[options\] \[begin\]/);
    expect(list).toMatch(/--toy-colour.*--name <GLOB>.*--format <NAME>.*--ready.*--limit <N>.*--json/s);
    expect(list).not.toMatch(/--output|--download-id|--retries/);
  });

  test('its place in manual, README table and list of errors', () => {
    const facts = docsFacts('1.2.3', WITH_TOY);
    const page = manPage(facts).replaceAll('\\-', '-');
    expect(page).toMatch(/from a shelf of toys,/);
    for (const text of ['.SS Toys', '\\fB--toy-colour\\fR', 'IMGDL_TOY_COLOUR', '.SS Selection', '\\fBtoy list\\fR']) {
      expect(page).toContain(text);
    }
    expect(optionTable(facts)).toContain(
      '| `--toy-colour COLOUR` | which toys: `red`, `blue` | red | `IMGDL_TOY_COLOUR` |',
    );
    expect(errorsPage(facts.errors)).toContain('### `toy.broken`\n\nSomebody broke the toy.');
  });

  test('nothing of a list in the manual without it, as nobody else has one', () => {
    const { groups } = docsFacts(
      '1.2.3',
      PROVIDERS.filter(({ list }) => list === undefined),
    );
    const keys = groups.flatMap(({ options }) => options.map(({ key }) => key));
    expect(keys).toContain('wait');
    for (const key of ['name', 'ready', 'limit']) expect(keys).not.toContain(key);
  });
});

describe('the option of a provider', () => {
  const asked = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<string | undefined> => {
    expect((await line.say(['toy', 'list', ...args], { ...shelfEnv(), ...env })).code).toBe(0);
    return shelf.seen.at(-1);
  };

  test('has its typed default, then its key in a file, its variable, its flag', async () => {
    expect(await asked([], {})).toBe('/toys/red/');
    mkdirSync(join(line.directory, '.config/imgdl'), { recursive: true });
    writeFileSync(join(line.directory, '.config/imgdl/config.yaml'), 'toy-colour: blue\n');
    expect(await asked([], {})).toBe('/toys/blue/');
    expect(await asked([], { IMGDL_TOY_COLOUR: 'red' })).toBe('/toys/red/');
    expect(await asked(['--toy-colour', 'blue'], { IMGDL_TOY_COLOUR: 'red' })).toBe('/toys/blue/');
  });

  test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['a flag', ['--toy-colour', 'green'], {}],
    ['a variable', [], { IMGDL_TOY_COLOUR: 'green' }],
  ])('is judged in %s: exit 2, and nobody is asked', async (_, args, env) => {
    const { code, stderr } = await line.say(['toy', 'list', ...args], { ...shelfEnv(), ...env });
    expect([code, stderr, shelf.seen]).toEqual([
      2,
      expect.stringMatching(/^imgdl: usage\.option: .*"green".*\nhint: use red or blue\n$/),
      [],
    ]);
  });

  test.each([
    ['a value that is none', 'toy-colour: green\n', /config\.key.*line 1, column 1: toy-colour: "green"/],
    ['a slip of the pen', 'toy-color: red\n', /config\.key.*\nhint: did you mean toy-colour\?/],
  ])('is judged in a file: %s is exit 2', async (_, text, says) => {
    writeFileSync(join(line.directory, 'own.yaml'), text);
    const { code, stderr } = await line.say(['toy', 'list', '--config', join(line.directory, 'own.yaml')], shelfEnv());
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
  });
});

describe('the error of a provider', () => {
  test('has its code, its exit, its hint', async () => {
    const { code, stderr, stdout } = await line.say(['toy', 'image', 'broken', '--json'], shelfEnv());
    const { error } = JSON.parse(stdout) as { error: unknown };
    expect(error).toMatchObject({ code: 'toy.broken', exit: 5, hint: 'glue it, then run the command again' });
    expect([code, stderr]).toEqual([5, expect.not.stringContaining('internal error')]);
  });

  test('keeps its kind among several images', async () => {
    const { code, stdout } = await line.say(['toy', 'image', 'ball', 'broken', '--json'], shelfEnv());
    const documents = items(stdout) as unknown as { status: string; error?: { code: string; exit: number } }[];
    expect([code, documents.map(({ error }) => error?.code), documents[1]?.error?.exit]).toEqual([
      14,
      [undefined, 'toy.broken'],
      5,
    ]);
  });
});

describe('a URL of a provider', () => {
  test('is found by its form, and by --as', async () => {
    const got = await line.say(['url', `${shelf.url}/toys/red/ball`]);
    expect([got.code, got.stdout, saved('ball.img')]).toEqual([0, 'ball.img\n', TOYS['ball']]);
    // Elsewhere it is a plain file, unless the user says otherwise.
    expect((await line.say(['url', `${shelf.url}/elsewhere/ball`])).stdout).toBe('ball\n');
    expect((await line.say(['url', `${shelf.url}/elsewhere/bear`, '--as', 'toy'])).stdout).toBe('bear.img\n');
    const wrong = await line.say(['url', `${shelf.url}/toys/red/ball`, '--as', 'nothing']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('hint: use toy, uforge, glance or plain')]);
  });
});

describe('imgdl toy list', () => {
  test('is a table in words', async () => {
    const { code, stdout, stderr } = await line.say(['toy', 'list'], shelfEnv());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'TOY   COLOUR     SIZE  CREATED           READY',
        'ball  red        15 B  2026-11-21 08:00  yes',
        'bear  red     4.8 KiB  2026-11-21 08:00  yes',
        'kite  red           -  2026-11-21 08:00  generating 42 %',
        '',
      ].join('\n'),
    );
  });

  test('--json is a document by the schema, and each item that is ready can be downloaded by its words', async () => {
    const { code, stdout } = await line.say(['toy', 'list', '--json'], shelfEnv());
    const document: unknown = JSON.parse(stdout);
    expect([code, validate(document) ? [] : validate.errors]).toEqual([0, []]);
    expect(stdout).not.toContain('formatTitle');
    for (const { command, args, name } of items(stdout).filter((one) => TOYS[one.name] !== null)) {
      const got = await line.say([...command.split(' '), ...args], shelfEnv());
      expect([got.code, got.stdout, saved(`${name}.img`)]).toEqual([0, `${name}.img\n`, TOYS[name]]);
    }
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['an argument', ['b'], ['ball', 'bear']],
    ['--name', ['--name', 'b?l*'], ['ball']],
    ['--name, whose case counts', ['--name', 'B*'], []],
    ['--format by its primitive name', ['--format', 'RAW'], ['ball', 'bear', 'kite']],
    ['--format by its other name', ['--format', 'raw toy'], ['ball', 'bear', 'kite']],
    ['--format of another', ['--format', 'qcow2'], []],
    ['--ready', ['--ready'], ['ball', 'bear']],
    ['--limit', ['--limit', '1'], ['ball']],
    ['--limit, of those that are wanted', ['--name', '*e*', '--limit', '2'], ['bear', 'kite']],
    ['nothing that fits', ['zebra'], []],
  ])('%s narrows it; an empty list is exit 0', async (_, args, names) => {
    const { code, stdout } = await line.say(['toy', 'list', ...args, '--json'], shelfEnv());
    expect([code, items(stdout).map(({ name }) => name)]).toEqual([0, names]);
  });

  test.each([
    ['--limit', '0'],
    ['--limit', '-1'],
    ['--limit', 'NaN'],
    ['--name', ''],
    ['--format', ' '],
  ])('%s "%s" is exit 2', async (flag, value) => {
    expect((await line.say(['toy', 'list', `${flag}=${value}`], shelfEnv())).code).toBe(2);
  });

  test('a failure is the document of a result', async () => {
    const { code, stdout } = await line.say(['toy', 'list', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([2, expect.objectContaining({ status: 'failed' })]);
  });
});
