import { AppError, isAppError } from '../core/errors.js';
import type { CommandSpec, DownloadCommand } from '../core/provider.js';
import { escapeControls, redactUrl } from '../core/redact.js';
import type { Source } from '../core/source.js';
import { sourceOf } from '../providers/registry.js';
import type { Run } from './run.js';

/** How one image is named: the arguments of its command. */
export interface ImageWords {
  readonly words: readonly string[];
  /** `images.txt:7`, for messages; absent: the command line. */
  readonly place?: string;
}

/** One of the images that a command line names. */
export interface Image {
  readonly source: Source;
  /** What the user calls it, without any secret. Untrusted. */
  readonly name: string;
}

/** The arguments of each image: all but the last argument are shared. */
export function imagesOf(spec: CommandSpec, args: readonly string[]): readonly (readonly string[])[] {
  const shared = args.slice(0, spec.args.length - 1);
  const rest = args.slice(spec.args.length - 1);
  return spec.several === true && rest.length > 1 ? rest.map((last) => [...shared, last]) : [args];
}

/** So many words name one image. */
export function wordCount({ args }: CommandSpec): { readonly least: number; readonly most: number } {
  return { least: args.filter(({ optional }) => optional !== true).length, most: args.length };
}

/** The name of the first argument that is missing from a command line, if one is. */
export function missingArgument({ args }: CommandSpec, given: readonly string[]): string | undefined {
  return args.filter(({ optional }) => optional !== true)[given.length]?.name;
}

/**
 * The sources of all images, in the order given. No request is made.
 * @throws AppError usage.*, config.*: of the first that cannot be, or that is there twice
 */
export async function sourcesOf(
  command: DownloadCommand,
  images: readonly ImageWords[],
  { input: { providers }, ports }: Run,
): Promise<readonly Image[]> {
  const wanted: Image[] = [];
  const places = new Map<string, number>();
  for (const [at, { words, place }] of images.entries()) {
    const name = nameOf(words.at(-1) ?? '');
    // Among several it must be said which. The text itself may be a secret, so it is not quoted.
    const which = place ?? (images.length === 1 ? undefined : `image ${at + 1} of ${images.length}`);
    const source = await sourceOf(providers, command, words, ports).catch((error: unknown) => {
      throw which === undefined ? error : prefixed(error, which);
    });
    const { provider, endpoint, ref } = source.ref;
    const key = JSON.stringify([provider, endpoint, ref]);
    const earlier = places.get(key);
    if (earlier !== undefined) {
      throw new AppError(
        'usage.arguments',
        `${pairOf(images, earlier, at)} are the same image: ${escapeControls(ref)}`,
        {
          hint: 'list each image only once',
        },
      );
    }
    places.set(key, at);
    wanted.push({ source, name });
  }
  return wanted;
}

/** `images 1 and 2`, `list.txt:3 and list.txt:9`. */
function pairOf(images: readonly ImageWords[], first: number, second: number): string {
  const [a, b] = [images[first]?.place, images[second]?.place];
  if (a === undefined && b === undefined) return `images ${first + 1} and ${second + 1}`;
  return `${a ?? `image ${first + 1}`} and ${b ?? `image ${second + 1}`}`;
}

/** What is missing for a log-in, or wrong with a file, is no single image's. */
function prefixed(error: unknown, which: string): unknown {
  if (!isAppError(error) || /^(?:usage\.missing$|config\.)/.test(error.code)) return error;
  return new AppError(error.kind, `${which}: ${error.message}`, {
    hint: error.hint,
    details: error.details,
    cause: error,
  });
}

/** A URL may carry a one-time key. */
function nameOf(arg: string): string {
  return URL.canParse(arg) ? redactUrl(arg) : arg;
}
