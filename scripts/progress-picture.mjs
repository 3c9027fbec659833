// Draws docs/progress.svg, the picture of the README, from a real frame: the built progress display is driven through
// a transfer and its bytes are played on a small terminal. `npm run build` first.
//
//   node scripts/progress-picture.mjs [FILE]
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../dist/core/errors.js';
import { createDisplay } from '../dist/ui/progress/display.js';
import { createPalette } from '../dist/ui/text/palette.js';

const COLUMNS = 80;
/** Heights of the bar's strokes. */
const THICK = 5;
const THIN = 1.4;
const MIB = 1024 ** 2;
const GIB = 1024 * MIB;
const SIZE = 4 * GIB;
const TARGET = 'ubuntu-24.04.qcow2';
const COMMAND = `imgdl glance image ubuntu-24.04 -o ${TARGET}`;
const SAVED = 1.25 * GIB;
const PALETTE = createPalette(1);

const written = [];
let now = 0;

const frame = await capture();
const file = process.argv[2] ?? new URL('../docs/progress.svg', import.meta.url);
writeFileSync(file, svg(screenOf([`\x1b[32m$\x1b[39m \x1b[1m${COMMAND}\x1b[22m\n`, ...frame])));

/** The bytes of a run that continues after a cut, up to the moment that is worth a picture. */
async function capture() {
  const display = createDisplay({
    mode: 'bar',
    verbose: false,
    stream: { write: (text) => written.push(text) },
    columns: () => COLUMNS,
    rows: () => 24,
    palette: PALETTE,
    unicode: true,
    now: () => now,
    count: 1,
  });
  const image = display.start(TARGET);
  const identity = { size: SIZE };
  image.on({
    type: 'described',
    target: TARGET,
    remote: { fallbackName: TARGET, identity, digests: [], warnings: [] },
  });
  image.on({ type: 'planned', from: SAVED, size: SIZE, why: 'the same image as before' });
  image.on({ type: 'phase', phase: 'transferring' });
  let received = 0;
  const advance = (toMs, mibPerSecond) => {
    for (; now < toMs; now += 250) {
      image.on({ type: 'bytes', front: SAVED + received, received, connections: 1 });
      received += (mibPerSecond * MIB) / 4;
    }
  };
  advance(10_000, 61);
  const error = new AppError('net.reset', 'reading: connection reset');
  image.on({ type: 'retry', error, attempt: 1, inMs: 700 });
  advance(20_000, 58);
  // cli-progress draws by the real clock: first after half a second, then ten times a second.
  await sleep(1_000);
  const lines = [...written];
  display.close();
  return lines;
}

/** Rows of cells `{char, style}`; just the sequences that the display uses. */
function screenOf(chunks) {
  const rows = [[]];
  let row = 0;
  let column = 0;
  let style = { colour: 'plain', bold: false };
  const colours = { 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan', 39: 'plain', 90: 'grey' };
  for (const [token, argument, final] of chunks.join('').matchAll(/\x1b\[([\d;]*)([A-Za-z])|[^\x1b]/gsu)) {
    if (final === 'm') {
      const code = Number(argument);
      if (code === 1 || code === 22) style = { ...style, bold: code === 1 };
      else style = { ...style, colour: colours[code] ?? 'plain' };
    } else if (final === 'A') row -= Number(argument);
    else if (final === 'G') column = Number(argument) - 1;
    else if (final === 'K') rows[row].length = argument === '2' ? 0 : column;
    else if (final === 'J') rows.length = row + 1;
    else if (token === '\n') {
      row += 1;
      column = 0;
      rows[row] ??= [];
    } else rows[row][column++] = { char: token, style };
  }
  return rows.slice(0, -1);
}

function svg(rows) {
  const cell = 8.4;
  const line = 22;
  const pad = 18;
  const top = 42;
  const width = COLUMNS * cell + 2 * pad;
  const height = top + rows.length * line + pad - 4;
  const body = rows.flatMap((cells, y) => runsOf(cells).map((run) => drawRun(run, pad, top + y * line, cell, line)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${num(width)} ${num(height)}" width="${num(width)}" height="${num(height)}" role="img" aria-label="imgdl continues a download and shows its progress">
<style>
text { font: 14px ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; }
.plain { fill: #e6edf3 } .cyan { fill: #39c5cf } .grey { fill: #8b949e } .yellow { fill: #d29922 } .green { fill: #3fb950 } .red { fill: #f85149 } .bold { font-weight: 600 }
</style>
<rect width="${num(width)}" height="${num(height)}" rx="10" fill="#0d1117"/>
<circle cx="22" cy="20" r="5.5" fill="#ff5f57"/><circle cx="40" cy="20" r="5.5" fill="#febc2e"/><circle cx="58" cy="20" r="5.5" fill="#28c840"/>
${body.join('\n')}
</svg>
`;
}

/** Neighbours of one style; the strokes of the bar apart from text. */
function runsOf(cells) {
  const runs = [];
  cells.forEach((each, index) => {
    const kind = '━╸─'.includes(each.char) ? each.char : 'text';
    const last = runs.at(-1);
    if (last !== undefined && last.kind === kind && JSON.stringify(last.style) === JSON.stringify(each.style))
      last.text += each.char;
    else runs.push({ kind, style: each.style, text: each.char, at: index });
  });
  // Renderers differ on blanks at the ends of a text: place it without them.
  return runs
    .map((run) => ({ ...run, at: run.at + run.text.length - run.text.trimStart().length, text: run.text.trim() }))
    .filter((run) => run.text !== '');
}

function drawRun(run, left, y, cell, line) {
  const length = [...run.text].length * cell;
  const x = num(left + run.at * cell);
  const name = `${run.style.colour}${run.style.bold ? ' bold' : ''}`;
  if (run.kind !== 'text') {
    // Fonts draw box characters with gaps; a rectangle has none.
    const stroke = (className, height, wide) =>
      `<rect class="${className}" x="${x}" y="${num(y + line / 2 - height / 2 - 1)}" width="${num(wide)}" height="${height}"/>`;
    if (run.kind === '╸') return stroke('grey', THIN, length) + stroke(name, THICK, length / 2);
    return stroke(name, run.kind === '─' ? THIN : THICK, length);
  }
  const text = run.text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<text class="${name}" x="${x}" y="${num(y + 15)}" textLength="${num(length)}" lengthAdjust="spacingAndGlyphs">${text}</text>`;
}

function num(value) {
  return String(Math.round(value * 10) / 10);
}
