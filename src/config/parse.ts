import { extname } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls, shorten } from '../core/redact.js';
import { readSmallFile } from './file.js';

/** One key of a configuration file with its values as text, as the user wrote them. */
export interface ConfigEntry {
  readonly key: string;
  /** Line of the file, from 1; undefined when it cannot be told. */
  readonly line: number | undefined;
  readonly value: ConfigValue;
}

export type ConfigValue =
  | { readonly kind: 'text' | 'number' | 'boolean'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly ConfigValue[] }
  /** What no option can be: `nothing`, `a mapping`, `a date`. */
  | { readonly kind: 'other'; readonly what: string };

/** 1 MiB: thousands of times the largest honest one. */
const LIMIT = 1024 * 1024;

/**
 * Reads a file and takes it apart; nothing in it is executed, and no other file is pulled in. What the keys mean is
 * not looked at here.
 * @throws AppError config.format for what is neither JSON nor YAML by its name, config.read, config.key
 */
export async function readConfigFile(path: string): Promise<readonly ConfigEntry[]> {
  const extension = loaderOf(path);
  const text = await readSmallFile(path, {
    limit: LIMIT,
    code: 'config.read',
    doing: 'reading the configuration',
    pipes: false,
  });
  return parseConfig(path, text, extension);
}

type LoaderName = '.json' | '.yaml';

function loaderOf(path: string): LoaderName {
  const extension = extname(path).toLowerCase();
  if (extension === '.json') return '.json';
  if (extension === '.yaml' || extension === '.yml') return '.yaml';
  throw new AppError(
    'config.format',
    `reading the configuration ${escapeControls(path)}: ${extension === '' ? 'a name without extension' : `${escapeControls(extension)} is neither JSON nor YAML`}`,
    { hint: 'use a .yaml, .yml or .json file; imgdl never executes one' },
  );
}

/** @throws AppError config.read for bad syntax, config.key for a key that is there twice */
export async function parseConfig(path: string, text: string, loader: LoaderName): Promise<readonly ConfigEntry[]> {
  // Loaded when there is a file to read: most runs have none. Only the loaders: calling cosmiconfig() executes
  // ./.config/config.{js,cjs,mjs,ts} of the current directory (measured with 9.0.2).
  const { defaultLoadersSync } = await import('cosmiconfig');
  let document: unknown;
  try {
    document = defaultLoadersSync[loader](path, text);
  } catch (error) {
    throw syntaxError(path, text, error);
  }
  if (document === undefined || document === null) return [];
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new AppError('config.read', `reading the configuration ${escapeControls(path)}: not a mapping of options`, {
      hint: 'write one "option: value" per line',
    });
  }
  if (loader === '.json') refuseRepeatedKeys(path, text);
  const places = placesOf(text);
  return Object.entries(document).map(([key, value]) => {
    const place = places.get(key);
    return { key, line: place?.line, value: valueFrom(value, place?.source ?? text) };
  });
}

/**
 * The messages of the libraries show the lines around the error, and there may be a password in them: only the
 * reason and the line are kept.
 */
function syntaxError(path: string, text: string, error: unknown): AppError {
  const facts: { reason?: unknown; mark?: { line?: unknown }; message?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  const position = /in JSON at position (\d+)/.exec(String(facts.message))?.[1];
  const line =
    typeof facts.mark?.line === 'number'
      ? facts.mark.line + 1
      : position === undefined
        ? undefined
        : lineAt(text, Number(position));
  const what = typeof facts.reason === 'string' ? shorten(escapeControls(facts.reason), 120) : 'not valid JSON';
  const where = line === undefined ? '' : ` line ${line}`;
  const repeated = what === 'duplicated mapping key';
  return new AppError(
    repeated ? 'config.key' : 'config.read',
    `reading the configuration ${escapeControls(path)}${where}: ${repeated ? 'this key is there twice' : what}`,
    { hint: repeated ? 'keep one of the two' : 'correct the line' },
  );
}

/** JSON.parse lets the last of two equal keys win in silence; YAML's loader refuses them by itself. */
function refuseRepeatedKeys(path: string, text: string): void {
  const seen = new Set<string>();
  let depth = 0;
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    const token = match[0];
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && match[1] !== undefined && match[2] !== undefined) {
      const key = String(JSON.parse(match[1]));
      if (seen.has(key)) {
        throw new AppError(
          'config.key',
          `reading the configuration ${escapeControls(path)} line ${lineAt(text, match.index)}: ${shorten(escapeControls(key), 64)} is there twice`,
          { hint: 'keep one of the two' },
        );
      }
      seen.add(key);
    }
  }
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Where a key stands, and the source from there to the next key. */
interface Place {
  readonly line: number;
  readonly source: string;
}

/** The places of the keys that are spelled in the usual ways; the first counts. Takes time in proportion to the text. */
function placesOf(text: string): ReadonlyMap<string, Place> {
  const starts = [
    ...text.matchAll(
      /(?:^|[{,])[ \t]*("(?:[^"\\]|\\.)*"(?=\s*:)|(?:'[^']*'|[^\s"'{}[\],:#][^\s:,{}[\]]*)(?=\s*:\s|\s*:$))\s*:/gm,
    ),
  ];
  const places = new Map<string, Place>();
  let line = 1;
  let counted = 0;
  for (const [index, match] of starts.entries()) {
    line += lineAt(text.slice(counted, match.index), match.index - counted) - 1;
    counted = match.index;
    const key = match[1]?.replace(/^(["'])(.*)\1$/s, '$2') ?? '';
    const source = text.slice(match.index + match[0].length, starts[index + 1]?.index);
    if (!places.has(key)) places.set(key, { line, source });
  }
  return places;
}

function valueFrom(value: unknown, source: string): ConfigValue {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'boolean') return { kind: 'boolean', text: String(value) };
  if (typeof value === 'number') {
    // YAML reads 0123 as 123, 0x10 as 16, 1e3 as 1000 and rounds long ids: what is not there letter by letter is
    // not what the user wrote.
    const text = String(value);
    const verbatim = new RegExp(`(?<![\\w.+-])${text.replace(/[.+]/g, '\\$&')}(?![\\w.+-])`).test(source);
    return verbatim ? { kind: 'number', text } : { kind: 'other', what: 'a number that reads differently' };
  }
  if (Array.isArray(value)) {
    // Not deeper: a list of aliases to lists of aliases is small in the file and endless when walked.
    const items = value.map(
      (item): ConfigValue =>
        Array.isArray(item) ? { kind: 'other', what: 'a list in a list' } : valueFrom(item, source),
    );
    return { kind: 'list', items };
  }
  if (value === null) return { kind: 'other', what: 'nothing' };
  return { kind: 'other', what: value instanceof Date ? 'a date' : 'a mapping' };
}
