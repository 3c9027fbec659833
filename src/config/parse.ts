import { extname } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls, shorten } from '../core/redact.js';
import { repeatedText } from '../core/repeated-key.js';
import { readSmallFile } from './file.js';
import { readRepeated, readWritten, type Source, type Written, type WrittenKeys } from './written.js';

export interface ConfigFile {
  readonly entries: readonly ConfigEntry[];
  /** It came through a pipe: there is no directory that its relative paths could mean. */
  readonly pipe: boolean;
  /** ` line 3, column 1` of a key, or of one within it; nothing when it cannot be told. */
  placeOf(...path: readonly string[]): Promise<string>;
}

/** One key of a configuration file with its values as text, as the user wrote them. */
export interface ConfigEntry {
  readonly key: string;
  readonly value: ConfigValue;
}

export type ConfigValue =
  | { readonly kind: 'text' | 'number' | 'boolean'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly ConfigValue[] }
  /** Not walked before somebody asks: aliases make a small file endless. */
  | { readonly kind: 'mapping'; entries(): Promise<readonly ConfigEntry[]> }
  /** What no option can be: `nothing`, `a date`. */
  | { readonly kind: 'other'; readonly what: string };

/** 1 MiB: thousands of times the largest honest one. */
const LIMIT = 1024 * 1024;

/**
 * Reads a file and takes it apart; nothing in it is executed, and no other file is pulled in. What the keys mean is
 * not looked at here.
 * @param named by the user, so that it may be a pipe, whose name says nothing of its format: JSON is YAML, too
 * @throws AppError config.format for what is neither JSON nor YAML by its name, config.read, config.key
 */
export async function readConfigFile(path: string, named: boolean): Promise<ConfigFile> {
  let loader: LoaderName = '.yaml';
  let pipe = false;
  const text = await readSmallFile(path, {
    limit: LIMIT,
    code: 'config.read',
    doing: 'reading the configuration',
    also: named ? ['pipe', 'device'] : [],
    check(facts) {
      pipe = facts.pipe;
      if (!pipe) loader = loaderOf(path);
    },
  });
  return { ...(await parseConfig(path, text, loader)), pipe };
}

type LoaderName = '.json' | '.yaml';

function loaderOf(path: string): LoaderName {
  const extension = extname(path).toLowerCase();
  if (extension === '.json') return '.json';
  if (extension === '.yaml' || extension === '.yml') return '.yaml';
  throw new AppError(
    'config.format',
    `reading the configuration ${escapeControls(path)}: ${extension === '' ? 'the file name has no extension' : `${escapeControls(extension)} is neither JSON nor YAML`}`,
    { hint: 'use a .yaml, .yml or .json file; imgdl never executes one' },
  );
}

/** @throws AppError config.read for bad syntax, config.key for a key that is there twice */
async function parseConfig(path: string, text: string, loader: LoaderName): Promise<Omit<ConfigFile, 'pipe'>> {
  // Loaded when there is a file to read: most runs have none. Only the loaders: calling cosmiconfig() executes
  // ./.config/config.{js,cjs,mjs,ts} of the current directory (measured with 9.0.2).
  const { defaultLoadersSync } = await import('cosmiconfig');
  let document: unknown;
  try {
    document = defaultLoadersSync[loader](path, text);
    // JSON.parse lets the last of two equal keys win in silence; read as the YAML that it is too, they are refused.
    if (loader === '.json') defaultLoadersSync['.yaml'](path, text);
  } catch (error) {
    throw await syntaxError(path, text, error);
  }
  let reading: Promise<WrittenKeys> | undefined;
  const written = (): Promise<WrittenKeys> => (reading ??= readWritten(text));
  const placeOf = async (...keys: readonly string[]): Promise<string> => {
    let level: WrittenKeys | undefined = await written();
    let place = '';
    for (const key of keys) {
      const found: Written | undefined = level?.get(key);
      if (found === undefined) return place;
      place = ` line ${found.line}, column ${found.column}`;
      level = found.keys;
    }
    return place;
  };
  if (document === undefined || document === null) return { entries: [], placeOf };
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new AppError(
      'config.read',
      `reading the configuration ${escapeControls(path)}: it is not a mapping of options`,
      {
        hint: 'write one "option: value" per line',
      },
    );
  }
  return { entries: await entriesOf(document, plainValues(text, loader), written), placeOf };
}

/** @param plain what is known of the numbers without asking how they are written */
async function entriesOf(
  mapping: object,
  plain: ReadonlyMap<string, string>,
  written: () => Promise<WrittenKeys>,
): Promise<readonly ConfigEntry[]> {
  const entries: ConfigEntry[] = [];
  for (const [key, value] of Object.entries(mapping)) {
    if (isMapping(value)) {
      const within = async (): Promise<WrittenKeys> => (await written()).get(key)?.keys ?? new Map();
      entries.push({ key, value: { kind: 'mapping', entries: () => entriesOf(value, new Map(), within) } });
      continue;
    }
    const exact = !hasNumber(value) || plain.get(key) === String(value);
    entries.push({ key, value: valueFrom(value, exact ? plain.get(key) : (await written()).get(key)?.source) });
  }
  return entries;
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function hasNumber(value: unknown): boolean {
  return typeof value === 'number' || (Array.isArray(value) && value.some((item) => typeof item === 'number'));
}

/**
 * The values that stand on one line with their key, letter by letter: with them most files are read without asking how
 * they are written, which takes as long as all the rest of the start.
 */
function plainValues(text: string, loader: LoaderName): ReadonlyMap<string, string> {
  const form =
    loader === '.json' ? /"([\w-]+)"[ \t]*:[ \t]*([\d.]+)[ \t]*[,}\r\n]/g : /^([\w-]+): +([\d.]+)[ \t]*(?: #.*)?$/gm;
  return new Map([...text.matchAll(form)].map(([, key = '', value = '']) => [key, value]));
}

/**
 * The messages of the libraries show the lines around the error, and there may be a password in them: only the
 * reason and the line are kept.
 */
async function syntaxError(path: string, text: string, error: unknown): Promise<AppError> {
  const facts: { reason?: unknown; mark?: { line?: unknown; column?: unknown }; message?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  const position = /in JSON at position (\d+)/.exec(String(facts.message))?.[1];
  const before = position === undefined ? undefined : text.slice(0, Number(position)).split('\n');
  const { line, column } =
    typeof facts.mark?.line === 'number' && typeof facts.mark.column === 'number'
      ? { line: facts.mark.line + 1, column: facts.mark.column + 1 }
      : { line: before?.length, column: (before?.at(-1)?.length ?? 0) + 1 };
  const what = typeof facts.reason === 'string' ? shorten(escapeControls(facts.reason), 120) : 'not valid JSON';
  const where = line === undefined ? '' : ` line ${line}, column ${column}`;
  const reading = `reading the configuration ${escapeControls(path)}${where}`;
  if (what !== 'duplicated mapping key')
    return new AppError('config.read', `${reading}: ${what}`, { hint: 'correct the line' });
  const repeated = line === undefined ? undefined : await readRepeated(text, line);
  return new AppError(
    'config.key',
    `${reading}: ${repeated === undefined ? 'this key appears twice' : repeatedText(repeated)}`,
    { hint: 'keep one of the two' },
  );
}

/** @param source how the value is written, or the items of a list are; undefined when that cannot be told */
function valueFrom(value: unknown, source: Source | undefined): ConfigValue {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'boolean') return { kind: 'boolean', text: String(value) };
  if (typeof value === 'number') {
    // YAML reads 0123 as 123, 0x10 as 16, 1e3 as 1000 and rounds long ids: what is not there letter by letter is
    // not what the user wrote.
    const text = String(value);
    return text === source ? { kind: 'number', text } : { kind: 'other', what: 'a number in an unusual form' };
  }
  if (Array.isArray(value)) {
    // Not deeper: a list of aliases to lists of aliases is small in the file and endless when walked.
    const items = value.map(
      (item, at): ConfigValue =>
        Array.isArray(item)
          ? { kind: 'other', what: 'a list in a list' }
          : valueFrom(item, typeof source === 'string' ? undefined : source?.[at]),
    );
    return { kind: 'list', items };
  }
  if (value === null) return { kind: 'other', what: 'nothing' };
  return { kind: 'other', what: value instanceof Date ? 'a date' : 'a mapping' };
}
