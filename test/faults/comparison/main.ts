import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Comparison, faultsOf, isFault, pageOf, summaryOf } from './page.js';
import { HEALTHY, SCENES, type Scene } from './scenes.js';
import { type Cell, Stage } from './stage.js';
import { TOOLS, type Tool, versionOf } from './tools.js';

const HELP = `npm run faults -- [--only WORD] [--tool NAME] [--write] | --pages
  --only WORD  only the faults whose id has WORD in it
  --tool NAME  only this tool
  --write      into README.md, docs/reliability.md and docs/reliability.json
  --pages      write the pages again, as docs/reliability.json has it
`;
const JSON_PATH = 'docs/reliability.json';
/** Most of the time somebody waits for a timeout. */
const AT_ONCE = Math.max(4, 2 * cpus().length);
const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** @returns the exit code: 1 when imgdl does anything wrong, 2 for a mistake in the arguments */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 1 && args[0] === '--pages') {
    writePages(JSON.parse(readFileSync(at(JSON_PATH), 'utf8')) as Comparison);
    return 0;
  }
  const chosen = choose(args);
  if (chosen === undefined) {
    process.stderr.write(HELP);
    return 2;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'imgdl-faults-'));
  try {
    const comparison = await compare(chosen.tools, chosen.scenes, scratch);
    process.stdout.write(`${pageOf(comparison)}\n`);
    if (chosen.write) write(comparison);
    return TOOLS.some(({ name }) => name.startsWith('imgdl') && faultsOf(comparison, name).faults > 0) ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Chosen {
  readonly tools: readonly Tool[];
  readonly scenes: readonly Scene[];
  readonly write: boolean;
}

function choose(args: readonly string[]): Chosen | undefined {
  let [tools, scenes, write]: [readonly Tool[], readonly Scene[], boolean] = [TOOLS, SCENES, false];
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--write') write = true;
    else if (word === '--only') {
      const part = words.shift() ?? '';
      scenes = scenes.filter(({ id }) => id.includes(part));
    } else if (word === '--tool') {
      const wanted = words.shift();
      tools = tools.filter(({ name }) => name === wanted);
    } else return undefined;
  }
  // A part of the table must not replace the whole.
  const whole = tools.length === TOOLS.length && scenes.length === SCENES.length;
  return tools.length === 0 || scenes.length === 0 || (write && !whole) ? undefined : { tools, scenes, write };
}

async function compare(tools: readonly Tool[], scenes: readonly Scene[], scratch: string): Promise<Comparison> {
  const known = tools.map((tool) => ({ tool, version: versionOf(tool) }));
  for (const { tool, version } of known) {
    if (version === undefined) continue;
    const control = await HEALTHY.play(tool, scratch);
    if (control?.outcome !== 'right') throw new Error(`${tool.name} fails although nothing is wrong: ${control?.exit}`);
  }
  const jobs = scenes.flatMap((scene) =>
    known.filter(({ version }) => version !== undefined).map(({ tool }) => ({ scene, tool })),
  );
  const cells = new Map<string, Cell | undefined>();
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { scene, tool } = job;
      const cell = await scene.play(tool, scratch);
      cells.set(`${scene.id} ${tool.name}`, cell);
      const sign = cell === undefined ? '-' : isFault(cell) ? '!' : ' ';
      process.stderr.write(`${sign} ${scene.id}, ${tool.name}: ${cell?.outcome ?? 'not measured'} (${cell?.exit})\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return {
    schema: 1,
    tools: await Promise.all(
      known.map(async ({ tool, version }) => ({
        name: tool.name,
        version: version ?? null,
        command: await commandOf(tool, scratch),
      })),
    ),
    faults: scenes.map(({ id, title }) => ({
      id,
      title,
      cells: Object.fromEntries(tools.map(({ name }) => [name, cells.get(`${id} ${name}`) ?? null])),
    })),
  };
}

/** As somebody would type it. */
async function commandOf(tool: Tool, scratch: string): Promise<string> {
  const stage = await Stage.open(tool, scratch);
  const { url, canaries } = stage.origin;
  const words = stage.argv.map((word) =>
    word
      .replaceAll(url, url.replace(/\/\/.*/, '//HOST'))
      .replaceAll(canaries.token, 'TOKEN')
      .replace(/^b7c1.*/, 'ID'),
  );
  await stage.close();
  const [program = '', script = '', ...rest] = words;
  return program === process.execPath
    ? ['imgdl', ...rest].join(' ').replace(script, '')
    : [basename(program), script, ...rest].join(' ');
}

function write(comparison: Comparison): void {
  writeFileSync(at(JSON_PATH), `${JSON.stringify(comparison, null, 2)}\n`);
  writePages(comparison);
}

function writePages(comparison: Comparison): void {
  fill('docs/reliability.md', pageOf(comparison));
  fill('README.md', summaryOf(comparison));
}

function fill(path: string, text: string): void {
  const page = readFileSync(at(path), 'utf8');
  const [begin, end] = ['<!-- faults:begin -->', '<!-- faults:end -->'];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} needs ${begin} and ${end}`);
  writeFileSync(at(path), `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`);
}
