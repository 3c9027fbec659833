/**
 * What imgdl promises, as ratios of medians of one run: `numerator` by `denominator`, at most `bar`, better `aim`.
 * The denominator is a row of the same scenario, the larger of several, or a fixed amount of the figure's own unit.
 */
import { RATE_BYTES_PER_S } from './scenarios.mjs';
import { MIB } from './units.mjs';

const row = (name) => ({ row: name });
const fixed = (value, text) => ({ value, text });

export const TARGETS = [
  target(
    'verified at the speed of curl alone',
    'plain',
    'wallMs',
    'imgdl, 1 connection',
    row('curl; md5sum'),
    0.6,
    0.5,
  ),
  target(
    'verified at the speed of the slower half',
    'plain',
    'wallMs',
    'imgdl, 1 connection',
    { largest: ['curl', 'md5sum'] },
    1.25,
    1.05,
  ),
  target(
    'four connections starve nobody',
    'plain',
    'wallMs',
    'imgdl, 4 connections',
    row('imgdl, 1 connection'),
    1.1,
    1.0,
  ),
  target('faster than aria2c', 'plain', 'wallMs', 'imgdl, 1 connection', row('aria2c -x4 --checksum'), 0.4),
  target(
    'four connections faster than aria2c',
    'plain',
    'wallMs',
    'imgdl, 4 connections',
    row('aria2c -x4 --checksum'),
    0.4,
  ),
  target('CPU', 'plain', 'cpuMs', 'imgdl, 1 connection', row('curl; md5sum'), 1.3, 1.1),
  target('memory', 'plain', 'rssBytes', 'imgdl, 1 connection', fixed(160 * MIB, '160 MiB'), 1.0, 110 / 160),
  target(
    'memory with 16 connections',
    'plain',
    'rssBytes',
    'imgdl, 16 connections',
    fixed(160 * MIB, '160 MiB'),
    1.0,
    110 / 160,
  ),
  target('TLS', 'tls', 'wallMs', 'imgdl, 1 connection', row('curl; md5sum'), 0.65),
  target('eight limited connections', 'limited', 'wallMs', 'imgdl, 8 connections', row('curl'), 0.15),
  target(
    'eight limited connections, as good as aria2c',
    'limited',
    'wallMs',
    'imgdl, 8 connections',
    row('aria2c -x8 --checksum'),
    undefined,
    1.0,
  ),
  target('Glance', 'glance', 'wallMs', 'imgdl', row('openstack image save'), 0.4, 0.25),
  target('Glance, the older client', 'glance', 'wallMs', 'imgdl', row('glance image-download'), 0.8, 0.55),
  target('first new byte after kill -9', 'resume', 'firstByteMs', 'imgdl', fixed(1000, '1 s'), 0.5),
  target(
    'limit of our own',
    'rate',
    'wallMs',
    'imgdl --limit-rate',
    (bytes) => fixed((bytes / RATE_BYTES_PER_S) * 1000, 'size / rate'),
    1.05,
  ),
  target('many images', 'many', 'wallMs', 'imgdl', row('xargs -P 8 curl'), 1.0),
  target('memory with many images', 'many', 'rssBytes', 'imgdl', fixed(160 * MIB, '160 MiB'), 1.0, 110 / 160),
  target('--version', 'startup', 'wallMs', 'imgdl --version', row('node -e 0'), 1.15),
  target('--help', 'startup', 'wallMs', 'imgdl --help', row('node -e 0'), 1.5),
  target('COMMAND --help', 'startup', 'wallMs', 'imgdl COMMAND --help', row('node -e 0'), 1.5),
];

function target(name, scenario, figure, numerator, denominator, bar, aim) {
  return { name, scenario, figure, numerator, denominator, bar, aim };
}

/**
 * Every target of the scenarios that ran, with its ratio and a verdict:
 * `met`, `missed`, `not yet` (imgdl lacks the feature), `not measured` (a tool or a figure is missing).
 * What imgdl fails to do is missed; what another tool fails to do is not measured.
 */
export function judge(targets, results) {
  return targets.flatMap((wanted) => {
    const scenario = results.find((result) => result.name === wanted.scenario);
    return scenario === undefined ? [] : [{ ...facts(wanted, scenario), ...verdictOf(wanted, scenario) }];
  });
}

function facts({ name, scenario, figure, numerator, bar, aim }, { bytes }) {
  return { name, scenario, figure, numerator, bytes, bar: bar ?? null, aim: aim ?? null };
}

function verdictOf(wanted, scenario) {
  const rowOf = (name) => scenario.rows.find((each) => each.name === name);
  const given = typeof wanted.denominator === 'function' ? wanted.denominator(scenario.bytes) : wanted.denominator;
  const against = given.text ?? (given.largest === undefined ? given.row : `max(${given.largest.join(', ')})`);
  const result = (verdict, why, ratio = null) => ({ denominator: against, ratio, verdict, why });

  if (scenario.skipped !== undefined) return result('not measured', scenario.skipped);
  const ours = rowOf(wanted.numerator);
  if (ours === undefined) return result('not measured', `there is no row "${wanted.numerator}"`);
  if (ours.state === 'not yet') return result('not yet', `imgdl has no ${ours.why}`);
  if (ours.state === 'failed') return result('missed', `imgdl failed: ${ours.why}`);
  if (ours.state !== 'measured') return result('not measured', ours.why);

  const names = given.largest ?? (given.row === undefined ? [] : [given.row]);
  const theirs = names.map(rowOf);
  const lacking = theirs.findIndex((each) => each?.state !== 'measured');
  if (lacking >= 0) return result('not measured', `${names[lacking]}: ${theirs[lacking]?.why ?? 'no such row'}`);
  const amounts = given.value === undefined ? theirs.map((each) => each.median[wanted.figure]) : [given.value];
  const mine = ours.median[wanted.figure];
  if (typeof mine !== 'number' || amounts.some((amount) => typeof amount !== 'number')) {
    return result('not measured', `no ${wanted.figure}: is GNU time installed?`);
  }
  const largest = Math.max(...amounts);
  if (largest <= 0) return result('not measured', `${wanted.figure} of ${against} is too small to divide by`);
  const ratio = mine / largest;
  const met = wanted.bar === undefined || ratio <= wanted.bar;
  return result(met ? 'met' : 'missed', aimText(wanted, ratio), ratio);
}

function aimText({ aim }, ratio) {
  if (aim === undefined) return '';
  return ratio <= aim ? 'the aim too' : `the aim is ${aim.toFixed(2)}`;
}
