/** Results as a picture for the README: one bar for each way to get the image, per scenario. */
import { seconds, size } from './units.mjs';

const WIDTH = 760;
const LABEL = 270;
const BAR = 16;
const ROW = 22;
const FIGURE = 90;

const STYLE = `
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 13px } .note { fill: #656d76; font-size: 11px } .label { text-anchor: end }
.ground { fill: #ffffff; stroke: #d0d7de } .ours { fill: #1a7f37 } .proven { fill: #6e7781 } .unproven { fill: #afb8c1 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .note { fill: #8d96a0 }
  .ground { fill: #0d1117; stroke: #30363d } .ours { fill: #3fb950 } .proven { fill: #8d96a0 } .unproven { fill: #484f58 }
}`;

/** The SVG of what was measured. Rows that are not there (no tool, no feature) are left to the table. */
export function plot(document) {
  const charts = document.scenarios
    .map((scenario) => ({ scenario, rows: scenario.rows.filter((row) => row.median !== undefined) }))
    .filter(({ scenario, rows }) => rows.length > 1 && scenario.bytes > 0);
  const parts = [];
  let y = 34;
  parts.push(text(16, y - 8, 'title', `Seconds to a file on disk, median of ${document.runs} (shorter is better)`));
  y += 8;
  parts.push(legend(y));
  y += 38;
  for (const { scenario, rows } of charts) {
    const amount = scenario.files > 1 ? '' : `, ${size(scenario.bytes)}`;
    parts.push(text(16, y, 'title', `${scenario.title}${amount}`));
    y += 8;
    const longest = Math.max(...rows.map((row) => row.median.wallMs));
    const sorted = [...rows].sort((a, b) => a.median.wallMs - b.median.wallMs);
    for (const row of sorted) {
      parts.push(bar(row, y, longest));
      y += ROW;
    }
    y += 22;
  }
  parts.push(text(16, y - 4, 'note', footer(document)));
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="imgdl compared with other tools, measured by npm run bench">
<style>${STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${parts.join('\n')}
</svg>
`;
}

function bar(row, y, longest) {
  const width = Math.max(1, ((WIDTH - LABEL - FIGURE) * row.median.wallMs) / longest);
  const kind = row.tool === 'imgdl' ? 'ours' : row.verified === '' ? 'unproven' : 'proven';
  return `${text(LABEL - 8, y + 13, 'label', row.name)}
<rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>
${text(LABEL + width + 6, y + 13, '', seconds(row.median.wallMs))}`;
}

function legend(y) {
  const entries = [
    ['ours', 'imgdl'],
    ['proven', 'others, with their checksum verified'],
    ['unproven', 'others, nothing verified'],
  ];
  let x = 16;
  return entries
    .map(([kind, words]) => {
      const at = x;
      x += 30 + words.length * 6.3;
      return `<rect class="${kind}" x="${at}" y="${y}" width="12" height="12" rx="2"/>${text(at + 17, y + 10, '', words)}`;
    })
    .join('\n');
}

function footer({ machine, at }) {
  return `${machine.cpus} x ${machine.model}, Node ${machine.node}, into memory, over loopback; ${at.slice(0, 10)}; npm run bench`;
}

function text(x, y, kind, words) {
  return `<text${kind === '' ? '' : ` class="${kind}"`} x="${Number(x.toFixed(1))}" y="${y}">${escaped(words)}</text>`;
}

function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
