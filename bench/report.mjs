/** Results as text for a terminal. */
import { GIB, MIB, seconds, size } from './units.mjs';

/** Columns as wide as they must be. `left` are the columns of words; figures stand to the right. */
export function table(header, rows, left = [0]) {
  const widths = header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)));
  const padded = (cell, column) =>
    left.includes(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  const line = (cells) => cells.map(padded).join('  ').trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

export function scenarioText(result) {
  const amount = result.bytes === 0 ? '' : result.files > 1 ? '' : `, ${size(result.bytes)}`;
  const title = `${result.name}: ${result.title}${amount}`;
  if (result.skipped !== undefined) return `${title}\nnot measured: ${result.skipped}\n`;
  const resumed = result.rows.some((row) => typeof row.median?.firstByteMs === 'number');
  const header = [
    '',
    'verified',
    'median',
    'from',
    'to',
    'MB/s',
    'CPU s/GiB',
    'peak memory',
    ...(resumed ? ['first byte'] : []),
  ];
  const measured = result.rows.filter((row) => row.state === 'measured' && row.median !== undefined);
  const cells = measured.map((row) => cellsOf(row, result, resumed));
  const others = result.rows
    .filter((row) => !measured.includes(row))
    .map(
      (row) =>
        `${row.name}: ${row.state === 'not yet' ? `not yet (${row.why})` : row.state === 'failed' ? `failed: ${row.why}` : row.why}`,
    );
  return `${title}\n${table(header, cells, [0, 1])}\n${others.map((text) => `${text}\n`).join('')}`;
}

function cellsOf({ name, verified, median }, { bytes, files }, resumed) {
  const total = bytes * files;
  return [
    name,
    verified === '' ? '-' : verified,
    seconds(median.wallMs),
    seconds(median.wallMinMs),
    seconds(median.wallMaxMs),
    total < MIB ? '' : (total / 1e6 / (median.wallMs / 1000)).toFixed(0),
    median.cpuMs === null ? '?' : total < MIB ? '' : (median.cpuMs / 1000 / (total / GIB)).toFixed(2),
    median.rssBytes === null ? '?' : size(median.rssBytes),
    ...(resumed ? [median.firstByteMs === null ? '' : seconds(median.firstByteMs)] : []),
  ];
}

export function targetsText(judged) {
  const rows = judged.map((each) => [
    `${each.name} (${each.scenario})`,
    `${each.numerator} / ${each.denominator}`,
    figureText(each.figure),
    each.ratio === null ? '' : each.ratio.toFixed(2),
    each.bar === null ? '' : each.bar.toFixed(2),
    each.verdict,
    each.why,
  ]);
  const header = ['target', 'of', 'figure', 'ratio', 'bar', 'verdict', ''];
  return table(header, rows, [0, 1, 2, 5, 6]);
}

function figureText(figure) {
  return { wallMs: 'time', cpuMs: 'CPU', rssBytes: 'peak memory', firstByteMs: 'first byte' }[figure];
}

export function machineText(machine) {
  return `${machine.cpus} x ${machine.model}, ${size(machine.memoryBytes)}, Linux ${machine.kernel}, Node ${machine.node}, load ${machine.load.toFixed(1)} at the start`;
}

export function toolsText(tools) {
  return tools
    .map(({ name, version, package: from }) =>
      version === null ? `${name} - (not installed: ${from})` : `${name} ${version}`,
    )
    .join(', ');
}

/** The targets and the rows of every scenario, as Markdown for docs/performance.md. */
export function pageText(document, judged) {
  const targets = judged.map((each) => [
    each.name,
    `${each.scenario}: ${each.numerator} / ${each.denominator}, ${figureText(each.figure)}`,
    each.ratio === null ? '' : each.ratio.toFixed(2),
    each.bar === null ? '' : each.bar.toFixed(2),
    each.why === '' ? each.verdict : `${each.verdict} (${each.why})`,
  ]);
  const rows = document.scenarios.flatMap((result) =>
    result.rows
      .filter((row) => row.median !== undefined)
      .map((row) => [
        `${result.name}${result.bytes < MIB ? '' : `, ${size(result.bytes)}`}`,
        ...cellsOf(row, result, true),
      ]),
  );
  const header = [
    'scenario',
    'way',
    'verified',
    'median',
    'from',
    'to',
    'MB/s',
    'CPU s/GiB',
    'peak memory',
    'first byte',
  ];
  return [
    `Measured on ${document.at.slice(0, 10)}, median of ${document.runs}: ${machineText(document.machine)}. ${toolsText(document.tools)}.`,
    markdown(['target', 'of', 'ratio', 'bar', 'verdict'], targets),
    markdown(header, rows),
  ].join('\n\n');
}

function markdown(header, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** `page` with what stands between the bench's marks replaced. @throws Error when it has no marks */
export function fillPage(page, text) {
  const [begin, end] = ['<!-- bench:begin -->', '<!-- bench:end -->'];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
