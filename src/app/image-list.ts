import { readSmallFile } from '../config/file.js';
import { readStdin } from '../config/stdin.js';
import { AppError, isAppError } from '../core/errors.js';
import type { Settings } from '../core/option.js';
import type { CommandSpec } from '../core/provider.js';
import { escapeControls } from '../core/redact.js';
import { splitWords } from '../core/shell-words.js';
import type { Host } from './host.js';
import { type ImageWords, imagesOf, wordCount } from './images.js';
import { INPUT_FILE } from './options.js';

export interface ImageList {
  readonly images: readonly ImageWords[];
  /** Several, or from a file: one result for all, however many there are. */
  readonly batch: boolean;
}

/** 16 MiB: a hundred thousand signed URLs. */
const LIMIT = 16 * 1024 * 1024;

/**
 * The images that a command line names, and then those of `--input-file`. No request is made.
 * @param args of the command line: those of no image at all, where there is a file
 * @throws AppError usage.arguments, usage.option: a bad line is named by its number
 */
export async function imageList(
  spec: CommandSpec,
  args: readonly string[],
  settings: Settings,
  { stdin }: Pick<Host, 'stdin'>,
): Promise<ImageList> {
  const path = settings.get(INPUT_FILE);
  const named = path !== undefined && args.length === 0 ? [] : imagesOf(spec, args).map((words) => ({ words }));
  if (path === undefined) return { images: named, batch: named.length > 1 };
  const text = await (path === '-'
    ? readStdin(stdin, LIMIT, settings.origin(INPUT_FILE) ?? '--input-file')
    : readSmallFile(path, {
        limit: LIMIT,
        code: 'usage.option',
        doing: 'reading the images in',
        also: ['pipe', 'device'],
      }));
  return { images: [...named, ...imagesIn(text, path === '-' ? 'stdin' : escapeControls(path), spec)], batch: true };
}

/**
 * One image for each line that has words.
 * @param name of the file
 * @throws AppError usage.arguments
 */
export function imagesIn(text: string, name: string, spec: CommandSpec): readonly ImageWords[] {
  return text.split(/\r?\n/).flatMap((line, at): readonly ImageWords[] => {
    if (/^[ \t]*(?:#|$)/.test(line)) return [];
    const place = `${name}:${at + 1}`;
    return [{ words: wordsOf(line, place, spec), place }];
  });
}

function wordsOf(line: string, place: string, spec: CommandSpec): readonly string[] {
  const { least, most } = wordCount(spec);
  const names = spec.args.map(({ name, optional }) => (optional === true ? `[${name}]` : name).toUpperCase());
  const wanted = `write one image on each line, as ${names.join(' ')}`;
  let words: readonly string[];
  try {
    words = splitWords(line);
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new AppError('usage.arguments', `${place}: ${error.message}`, { hint: `${wanted}, quoted as in a shell` });
  }
  if (words.length >= least && words.length <= most) return words;
  const count = `${words.length} ${words.length === 1 ? 'word' : 'words'}`;
  // Not quoted: the line may be a link with a one-time key.
  throw new AppError(
    'usage.arguments',
    `${place}: ${count} instead of ${least === most ? most : `${least} to ${most}`}`,
    {
      hint: words.length > most ? `${wanted}; put a name with spaces in quotes, and a comment on its own line` : wanted,
    },
  );
}
