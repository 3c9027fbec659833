import { resolve } from 'node:path';
import { AppError, isAppError } from '../core/errors.js';
import type { OptionSpec, Settings } from '../core/option.js';
import type { CommandSpec, DownloadCommand, Provider, ProviderPorts } from '../core/provider.js';
import { escapeControls, redactUrl } from '../core/redact.js';
import type { Source } from '../core/source.js';
import { findDirectory } from '../fs/directory.js';
import { sourceOf } from '../providers/registry.js';
import * as option from './options.js';
import { isDirectory } from './target-path.js';

/** One of the images that a command line names. */
export interface Wanted {
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

/**
 * What makes no sense for several images is refused before the first of them starts.
 * @throws AppError usage.option, usage.output, fs.no-directory
 */
export async function refuseForSeveral(
  settings: Settings,
  options: readonly OptionSpec<unknown>[],
  cwd: string,
): Promise<void> {
  const single = options.find((row) => row.oneImage === true && settings.origin(row) !== undefined);
  if (single !== undefined) {
    const origin = settings.origin(single) ?? `--${single.key}`;
    throw new AppError(
      'usage.option',
      `${origin} cannot be combined with several images: it applies to one image only`,
      {
        hint: `remove ${origin}, or run imgdl once for each image`,
      },
    );
  }
  const output = settings.get(option.OUTPUT);
  if (output === undefined) return;
  const path = resolve(cwd, output);
  // Said once, and not for every image.
  if (output.endsWith('/')) await findDirectory(path);
  else if (output === '-' || !(await isDirectory(path))) {
    const what = output === '-' ? 'stdout can take only one image' : 'that is not a directory';
    throw new AppError('usage.output', `saving several images as ${escapeControls(output)}: ${what}`, {
      hint: 'use -o DIR/ with an existing directory',
    });
  }
}

/**
 * The sources of all images, in the order given. No request is made.
 * @throws AppError usage.*, config.*: of the first that cannot be, or that is there twice
 */
export async function sourcesOf(
  providers: readonly Provider[],
  spec: DownloadCommand,
  images: readonly (readonly string[])[],
  ports: ProviderPorts,
): Promise<readonly Wanted[]> {
  const wanted: Wanted[] = [];
  const places = new Map<string, number>();
  for (const [at, args] of images.entries()) {
    const source = await sourceOf(providers, spec, args, ports).catch((error: unknown) => {
      throw numbered(error, at, images.length);
    });
    const { provider, endpoint, ref } = source.ref;
    const key = JSON.stringify([provider, endpoint, ref]);
    const earlier = places.get(key);
    if (earlier !== undefined) {
      throw new AppError(
        'usage.arguments',
        `images ${earlier + 1} and ${at + 1} are the same image: ${escapeControls(ref)}`,
        {
          hint: 'list each image only once',
        },
      );
    }
    places.set(key, at);
    wanted.push({ source, name: nameOf(args.at(-1) ?? '') });
  }
  return wanted;
}

/** Which of many it was; the text itself may be a secret, so the messages do not quote it. */
function numbered(error: unknown, at: number, count: number): unknown {
  if (!isAppError(error)) return error;
  return new AppError(error.kind, `image ${at + 1} of ${count}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: error.details,
    cause: error,
  });
}

/** A URL may carry a one-time key. */
function nameOf(arg: string): string {
  return URL.canParse(arg) ? redactUrl(arg) : arg;
}
