/** Names and words of strangers, on their way to a disk, a terminal, a log. */
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import { fitsGlob } from '#imgdl/core/glob.js';
import type { ListColumn, ListItem } from '#imgdl/core/list.js';
import { safeName } from '#imgdl/core/names.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import { escapeControls, quoteForeign, redactUrl, shorten } from '#imgdl/core/redact.js';
import { parseUrl } from '#imgdl/core/user-url.js';
import { utcOf } from '#imgdl/core/utc.js';
import { nameOfUrl, refOfUrl } from '#imgdl/providers/url/address.js';
import { jsonLine } from '#imgdl/ui/document/json-line.js';
import { wording } from '#imgdl/ui/progress/messages.js';
import { cellsOf, fitCells } from '#imgdl/ui/text/cells.js';
import { errorText } from '#imgdl/ui/text/errors.js';
import { foreign } from '#imgdl/ui/text/foreign.js';
import { listTable } from '#imgdl/ui/text/list.js';
import { createPalette } from '#imgdl/ui/text/palette.js';
import { summaryLine } from '#imgdl/ui/text/summary.js';
import { refusal, requireShowable, type Target } from '../target.js';

/** What CI systems obey anywhere in a line. What they obey at its start alone never stands there. */
const COMMAND_ANYWHERE = /##(?:vso|teamcity|\[)/;

const fileName: Target = {
  name: 'file-name',
  words: [
    '/',
    '..',
    '.',
    '-',
    '~',
    'con',
    'nul.',
    '.imgdl-',
    '.imgdl.json',
    '.tar.gz',
    '\u200d',
    '\u0301',
    'é',
    '😀',
    ':',
  ],
  check(input) {
    const name = safeName(input.toString());
    if (name === undefined) return 'none';
    // Some marks of Arabic count as format characters, and are seen.
    if (/[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/u.test(name))
      throw new Error(`it hides: ${name}`);
    if (/[/\\:*?"<>|\0]|^[.~-]|^\s|[\s.]$|^[._]imgdl-|\.imgdl\.json$/i.test(name)) throw new Error(`not safe: ${name}`);
    if (Buffer.byteLength(name) > 200 || name === '') throw new Error(`${Buffer.byteLength(name)} bytes`);
    if (COMMAND_ANYWHERE.test(name)) throw new Error(`a command: ${name}`);
    if (safeName(name) !== name) throw new Error(`it changes once more: ${name}`);
    return `${name.startsWith('_')} ${/\.[a-z]{2,4}$/.exec(name)?.[0]} ${Math.ceil(name.length / 50)}`;
  },
};

const OPTIONS = { palette: createPalette(0), verbose: true, version: '1', platform: 'linux' };

/** Longer ones are cut by whoever shows them; here they only take time. */
const TEXT_BYTES = 4096;

const told = wording({
  mode: 'line',
  verbose: true,
  palette: OPTIONS.palette,
  count: 1,
  unicode: true,
  stream: { write: () => true },
  columns: () => 80,
  rows: () => 24,
  now: () => 0,
});

/** Everything in which a stranger's words come to a display. */
function eventsOf(text: string): readonly TransferEvent[] {
  const error = new AppError('net.reset', text);
  const remote = {
    ref: { provider: 'url', endpoint: text, ref: text },
    name: text,
    label: text,
    fallbackName: text,
    identity: {},
    digests: [],
    opener: 'plain',
    headerDigest: 'body',
    validator: 'http',
    warnings: [],
  } as const;
  return [
    { type: 'described', remote, target: text },
    { type: 'planned', from: 9, size: 99, why: text },
    { type: 'connected', by: text, from: 0, status: 200 },
    { type: 'retry', error, attempt: 1, inMs: 1000 },
    { type: 'pending', error, waitedMs: 0, leftMs: 10_000, inMs: 2000 },
    { type: 'restart', why: text, kept: 0, discarded: 9 },
    { type: 'outdated', why: text },
    { type: 'warning', warning: { code: 'a.b', message: text } },
    { type: 'note', message: text },
  ];
}

function outcomeOf(text: string): Outcome {
  return {
    status: 'downloaded',
    path: text,
    bytes: 1,
    verified: 'none',
    digests: [],
    received: 1,
    resumedFrom: null,
    attempts: 1,
    connections: 1,
    warnings: [],
    source: { provider: 'url', endpoint: text, ref: text },
    name: text,
    owner: text,
  };
}

const COLUMNS: readonly ListColumn[] = (['id', 'name', 'version', 'format', 'created', 'ready', 'owner'] as const).map(
  (of) => ({ title: of.toUpperCase(), of }),
);

function itemOf(text: string): ListItem {
  return {
    command: 'glance image',
    args: [text],
    id: text,
    name: text,
    version: text,
    revision: text,
    format: text,
    bytes: 1,
    created: text,
    updated: text,
    ready: false,
    reason: text,
    digests: [],
    percent: 3,
    visibility: text,
    owner: text,
  };
}

const words: Target = {
  name: 'foreign-text',
  words: [
    '\x1b[31m',
    '\x9b2J',
    '\x1b]8;;http://x\x07',
    '\u202e',
    '\r',
    '\n::set-env name=x::y',
    '##vso[task.complete]',
    '##teamcity[x]',
    '##[error]',
    '<b>',
    '<script>',
    'password=',
    '?token=',
    'Bearer ',
    'https://u:p@h/',
  ],
  check(input) {
    const text = input.subarray(0, TEXT_BYTES).toString();
    const quoted = quoteForeign(text);
    requireShowable(quoted);
    const isQuotation = /^"[^"]*"$/.test(quoted) && quoted.length <= 302;
    if (!isQuotation && quoted !== '(binary data)') throw new Error(`not one quotation: ${quoted}`);
    requireShowable(shorten(escapeControls(text), 1000));
    const shown = foreign(text, 200);
    requireShowable(shown);
    if (COMMAND_ANYWHERE.test(shown)) throw new Error(`a command: ${shown}`);
    const fitted = fitCells(shown, 40);
    if (cellsOf(fitted) > 40) throw new Error(`too wide: ${fitted}`);
    const line = jsonLine({ text });
    if (!line.endsWith('\n')) throw new Error('not a line');
    requireShowableJson(line.slice(0, -1), text);
    requireShowableLines(summaryLine(outcomeOf(text), 1000, OPTIONS.palette));
    requireShowableLines(listTable(COLUMNS, [itemOf(text)]));
    for (const event of eventsOf(text)) requireShowableLines(told({ type: 'event', event }) ?? '\n');
    const failure = errorText(new AppError('bug', `doing it: ${quoted}`), OPTIONS);
    requireShowableLines(failure);
    for (const said of failure.trimEnd().split('\n')) {
      if (!/^(?:imgdl|hint|about|caused by): |^ {4}at /.test(said)) throw new Error(`a line of its own: ${said}`);
    }
    return `${quoted.includes('***')} ${quoted.includes('\\x')} ${quoted.length > 290} ${shown.length === text.length}`;
  },
};

function requireShowableLines(lines: string): void {
  if (!lines.endsWith('\n')) throw new Error(`not a line: ${lines}`);
  for (const line of lines.slice(0, -1).split('\n')) {
    requireShowable(line);
    if (COMMAND_ANYWHERE.test(line) || /^\s*::[a-z]/i.test(line)) throw new Error(`a command: ${line}`);
  }
}

function requireShowableJson(line: string, text: string): void {
  if (COMMAND_ANYWHERE.test(line)) throw new Error(`a command: ${line}`);
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line)) throw new Error(`control characters in ${line}`);
  if ((JSON.parse(line) as { text: string }).text !== text) throw new Error('the value is another one');
}

const url: Target = {
  name: 'url',
  words: [
    'http://',
    'https://',
    '//',
    '@',
    ':',
    '%2f',
    '%00',
    '%',
    '?downloadId=secret',
    '#',
    '[::1]',
    'xn--',
    '\\',
    '..',
    ' ',
  ],
  check(input) {
    const text = input.toString();
    requireShowable(redactUrl(text));
    try {
      const parsed = parseUrl(text);
      if (!/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '')
        throw new Error(`no: ${parsed}`);
      const name = nameOfUrl(parsed);
      if (parsed.search.length > 1 && JSON.stringify(refOfUrl(parsed)).includes(parsed.search))
        throw new Error('a query is kept');
      return `${parsed.protocol} ${name === undefined} ${parsed.search !== ''}`;
    } catch (error) {
      return refusal(error, /^usage\.(?:url|option)$/);
    }
  },
};

const glob: Target = {
  name: 'glob',
  words: ['*', '?', '**', '*a*', '[', ']', '\n', 'aaaa', 'ubuntu-24.04'],
  check(input) {
    const [pattern = '', ...rest] = input.toString().split('\n');
    const text = rest.join('\n');
    const fits = fitsGlob(text, pattern);
    if (pattern === '*' && !fits) throw new Error('the star fits everything');
    if (!/[*?]/.test(pattern) && fits !== (text === pattern)) throw new Error('a pattern without a wildcard is a name');
    return `${fits}`;
  },
};

const time: Target = {
  name: 'time',
  words: ['2026-01-01T00:00:00', 'Z', '+02:00', '-0330', '.123', '24:00:00', '0000', '9999', 'T'],
  check(input) {
    const utc = utcOf(input.toString());
    if (utc !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(utc)) throw new Error(`no time: ${utc}`);
    return `${utc === null} ${utc?.slice(19)}`;
  },
};

export const TEXTS: readonly Target[] = [fileName, words, url, glob, time];
