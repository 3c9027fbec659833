/**
 * `npm run bench`: imgdl beside the other tools, on servers of its own on loopback, taking turns. `--help` says more.
 * Ends with 1 when a target's bar is missed, with 2 when it cannot run.
 */
import '../scripts/setup.mjs';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { HELP, readArguments } from './arguments.mjs';
import { endServers } from './child.mjs';
import { endAll, hasTime } from './measure.mjs';
import { plot } from './plot.mjs';
import { race } from './race.mjs';
import { fillPage, machineText, pageText, scenarioText, targetsText, toolsText } from './report.mjs';
import { bytesOf, SCENARIOS } from './scenarios.mjs';
import { openScratch } from './scratch.mjs';
import { judge, TARGETS } from './targets.mjs';
import { findTools, imgdlFeatures } from './tools.mjs';

let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped = true;
    endAll();
  });
}
try {
  process.exitCode = await main();
} catch (error) {
  note(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
} finally {
  endAll();
  endServers();
}

async function main() {
  const names = SCENARIOS.map((scenario) => scenario.name);
  const options = readArguments(process.argv.slice(2), names);
  if (options.help) return say(HELP);
  if (options.list) return list();
  const document = options.from === undefined ? await run(options) : JSON.parse(readFileSync(options.from, 'utf8'));
  if (options.from !== undefined) {
    say(`${machineText(document.machine)}\n${toolsText(document.tools)}\n`);
    for (const result of document.scenarios) say(scenarioText(result));
  }
  const judged = judge(TARGETS, document.scenarios);
  if (judged.length > 0) say(targetsText(judged));
  if (options.json !== undefined) write(options.json, `${JSON.stringify({ ...document, targets: judged }, null, 2)}\n`);
  if (options.plot !== undefined) write(options.plot, plot(document));
  if (options.page !== undefined) {
    write(options.page, fillPage(readFileSync(options.page, 'utf8'), pageText(document, judged)));
  }
  const missed = judged.filter((each) => each.verdict === 'missed');
  for (const each of missed)
    note(
      `missed: ${each.name} (${each.scenario}): ${each.numerator} / ${each.denominator} ${each.ratio === null ? each.why : `is ${each.ratio.toFixed(3)}, the bar is ${each.bar}`}`,
    );
  return missed.length > 0 ? 1 : 0;
}

async function run(options) {
  const scenarios = SCENARIOS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const tools = findTools();
  const features = imgdlFeatures();
  const machine = machineFacts();
  const most = Math.max(...scenarios.map((scenario) => bytesOf(scenario, options.size)));
  // What is served, what is fetched, and half a file more for a tool that fills the disk first.
  const scratch = openScratch(options.target, most * 2.5, options['any-disk']);
  say(`${machineText(machine)}\n${toolsText(tools)}\n`);
  if (machine.load > machine.cpus / 2)
    note(`the machine is busy (load ${machine.load.toFixed(1)}): ratios bear that, seconds do not`);
  if (!hasTime) note('no CPU time and no peak memory: apt-get install time');
  const results = [];
  try {
    for (const scenario of scenarios) {
      const setting = { ...options, scratch, tools, features, say: note, stopped: () => stopped };
      const result = await race(scenario, setting);
      results.push(result);
      say(scenarioText(result));
    }
  } finally {
    scratch.clear();
  }
  return {
    schema: 1,
    at: new Date().toISOString(),
    runs: options.runs,
    memoryBacked: scratch.memoryBacked,
    machine: { ...machine, loadAfter: loadavg()[0] },
    tools,
    scenarios: results,
  };
}

function list() {
  for (const scenario of SCENARIOS) {
    say(`${scenario.name}: ${scenario.title}`);
    for (const { name, needs } of scenario.contestants)
      say(`  ${name}${needs === undefined ? '' : ` (needs: ${needs})`}`);
    for (const target of TARGETS.filter((each) => each.scenario === scenario.name)) {
      say(
        `    target: ${target.name}${target.bar === undefined ? '' : `, bar ${target.bar}`}${target.aim === undefined ? '' : `, aim ${target.aim.toFixed(2)}`}`,
      );
    }
  }
  say(`\n${toolsText(findTools())}`);
  return 0;
}

function machineFacts() {
  const all = cpus();
  return {
    cpus: all.length,
    model: (all[0]?.model ?? 'unknown').trim(),
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.versions.node,
    load: loadavg()[0],
  };
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  note(`wrote ${path}`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
  return 0;
}

function note(text) {
  process.stderr.write(`${text}\n`);
}
