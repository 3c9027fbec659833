/** One scenario from its server's start to its end: a warm-up round that is checked, then the rounds that count. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from './content.mjs';
import { killWhen, measure } from './measure.mjs';
import { bytesOf } from './scenarios.mjs';
import { SERVERS } from './servers.mjs';
import { roundOrder, summarise } from './statistics.mjs';
import { MIB } from './units.mjs';

/** No scenario is slower than this on a machine that works. */
const SLOWEST_BYTES_PER_S = 8 * MIB;
const START_MS = 60_000;

/**
 * @param setting {size, runs, scratch, tools, features, say, stopped}
 * @returns {name, title, bytes, rows: [{name, tool, verified, state, why?, median?, runs}]} or with `skipped`
 */
export async function race(scenario, setting) {
  const bytes = bytesOf(scenario, setting.size);
  const shown = { name: scenario.name, title: scenario.title, bytes, files: scenario.files ?? 1 };
  const server = SERVERS[scenario.server];
  const missing = server.missing();
  if (missing !== undefined) return { ...shown, skipped: missing, rows: [] };

  const directory = join(setting.scratch.directory, scenario.name);
  const target = join(directory, 'target');
  mkdirSync(target, { recursive: true });
  const { context, stop } = await server.start({ directory, bytes });
  const course = { scenario, bytes, target, env: environment(setting.scratch, context), answers: context.answers };
  const racers = scenario.contestants.map((contestant) => ({
    contestant,
    ...entry(contestant, setting),
    context: { ...context, directory: target, name: 'image', file: join(target, 'image') },
    runs: [],
  }));
  try {
    for (let round = -1; round < setting.runs; round += 1) {
      setting.say(`${scenario.name}: ${round < 0 ? 'warm-up' : `round ${round + 1} of ${setting.runs}`}`);
      for (const index of roundOrder(racers.length, round + 1)) {
        const racer = racers[index];
        if (setting.stopped()) throw new Error('interrupted');
        if (racer.state !== 'measured') continue;
        const run = await lap(racer, course, round < 0);
        if (run.failed !== undefined) Object.assign(racer, { state: 'failed', why: run.failed });
        else if (round >= 0) racer.runs.push(run.figures);
      }
    }
  } finally {
    await stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
  return { ...shown, rows: racers.map(resultOf) };
}

function entry({ tool, needs }, { tools, features }) {
  const known = tools.find((each) => each.name === tool);
  if (known?.version == null)
    return { state: 'not installed', why: `not installed: apt-get install ${known?.package}` };
  if (needs !== undefined && !features.has(needs)) return { state: 'not yet', why: needs };
  return { state: 'measured' };
}

function resultOf({ contestant, state, why, runs }) {
  const { name, tool, verified } = contestant;
  return {
    name,
    tool,
    verified,
    state,
    ...(why === undefined ? {} : { why }),
    ...(state === 'measured' ? { median: summarise(runs) } : {}),
    runs,
  };
}

/** One turn of one contestant: {figures} or {failed: why}. */
async function lap({ contestant, context }, course, warmUp) {
  const { bytes, target, env, scenario, answers } = course;
  empty(target);
  const job = {
    command: contestant.command(context),
    env,
    cwd: target,
    limitMs: START_MS + (bytes / SLOWEST_BYTES_PER_S) * 1000,
    fileBytes: bytes * 1.25 + 64 * MIB,
  };
  if (contestant.half !== undefined) await prepareHalf(contestant.half, job, context, bytes);
  const before = answers?.length ?? 0;
  const run = await measure(job);
  if (run.code !== 0) return { failed: `${run.code}: ${firstLine(run.stderr || run.stdout)}` };
  if (contestant.writes !== false) {
    const wrong = scenario.files === undefined ? wrongFile(context, bytes, warmUp) : wrongFiles(target, scenario.files);
    if (wrong !== undefined) return { failed: wrong };
  }
  const unproven = wrongProof(contestant, run.stdout);
  if (unproven !== undefined) return { failed: unproven };
  empty(target);
  const { wallMs, cpuMs, rssBytes } = run;
  const first = answers === undefined ? undefined : await firstAnswer(answers, before);
  if (contestant.half === 'killed' && first?.range === '') return { failed: 'it did not resume, it started again' };
  return {
    figures: { wallMs, cpuMs, rssBytes, ...(first === undefined ? {} : { firstByteMs: first.at - run.startedAt }) },
  };
}

async function prepareHalf(how, job, context, bytes) {
  if (how === 'copied') {
    copyFileSync(context.served, context.file);
    truncateSync(context.file, Math.floor(bytes / 2));
    return;
  }
  const part = () => readdirSync(job.cwd).find((name) => name.endsWith('.part'));
  await killWhen(job, () => {
    const name = part();
    return name !== undefined && (statSync(join(job.cwd, name), { throwIfNoEntry: false })?.size ?? 0) >= bytes / 2;
  });
  if (part() === undefined) throw new Error('imgdl was done before it could be killed: give a larger --size');
}

/** The front writes of it in its own time. */
async function firstAnswer(answers, from) {
  for (let tries = 0; answers.length <= from && tries < 50; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return answers[from];
}

function wrongFile({ file, digests }, bytes, compare) {
  if (!existsSync(file)) return 'it wrote no file';
  const { size } = statSync(file);
  if (size !== bytes) return `it wrote ${size} bytes instead of ${bytes}`;
  // Once is enough, and takes longer than many a run.
  if (compare && digests !== undefined && sha256Of(file) !== digests.sha256) return 'it wrote other bytes';
  return undefined;
}

function wrongFiles(target, files) {
  const count = readdirSync(target).filter((name) => !name.startsWith('.')).length;
  return count === files ? undefined : `it wrote ${count} files instead of ${files}`;
}

/** imgdl says what it has proven: a fast run that forgot to verify is none. */
function wrongProof({ tool, verified }, stdout) {
  if (tool !== 'imgdl' || verified === '') return undefined;
  const { digests } = JSON.parse(stdout);
  const matched = digests.filter((digest) => digest.matched === true).map((digest) => digest.algorithm);
  const lacking = verified.split(' ').find((algorithm) => !matched.includes(algorithm));
  return lacking === undefined ? undefined : `it did not verify ${lacking}`;
}

/** No proxy, no configuration, no NODE_OPTIONS of whoever runs this. */
function environment(scratch, context) {
  const home = join(scratch.directory, 'home');
  mkdirSync(home, { recursive: true });
  return { PATH: process.env.PATH ?? '', HOME: home, XDG_CONFIG_HOME: home, LC_ALL: 'C.UTF-8', ...context.env };
}

function empty(directory) {
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true, force: true });
}

function firstLine(text) {
  return text.trim().split('\n')[0]?.slice(0, 200) ?? '';
}
