import { AppError, isAppError } from '../core/errors.js';
import type { CommandSpec, DownloadCommand } from '../core/provider.js';
import { escapeControls, redactUrl } from '../core/redact.js';
import type { Source } from '../core/source.js';
import { sourceOf } from '../providers/registry.js';
import type { Run } from './run.js';

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

/**
 * The sources of all images, in the order given. No request is made.
 * @param images the arguments of each
 * @throws AppError usage.*, config.*: of the first that cannot be, or that is there twice
 */
export async function sourcesOf(
  command: DownloadCommand,
  images: readonly (readonly string[])[],
  { input: { providers }, ports }: Run,
): Promise<readonly Image[]> {
  const wanted: Image[] = [];
  const places = new Map<string, number>();
  for (const [at, args] of images.entries()) {
    const name = nameOf(args.at(-1) ?? '');
    // Among several it must be said which. The text itself may be a secret, so it is not quoted.
    const which = images.length === 1 ? undefined : `image ${at + 1} of ${images.length}`;
    const source = await sourceOf(providers, command, args, ports).catch((error: unknown) => {
      throw which === undefined ? error : prefixed(error, which);
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
    wanted.push({ source, name });
  }
  return wanted;
}

function prefixed(error: unknown, which: string): unknown {
  if (!isAppError(error)) return error;
  return new AppError(error.kind, `${which}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: error.details,
    cause: error,
  });
}

/** A URL may carry a one-time key. */
function nameOf(arg: string): string {
  return URL.canParse(arg) ? redactUrl(arg) : arg;
}
