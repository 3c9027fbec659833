import { isAbsolute } from 'node:path';
import { loadSettings } from '../config/layers.js';
import { whenAborted } from '../core/abort.js';
import { AppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import type { Settings } from '../core/option.js';
import type { Outcome } from '../core/outcome.js';
import { stoppedBy } from '../core/resume-hint.js';
import type { Warning } from '../core/source.js';
import { plainUrlsOf } from './command-urls.js';
import { type Deadline, startDeadline } from './deadline.js';
import { download as downloadImages } from './download.js';
import { type ByteStream, ownerFacts, packageVersion } from './host.js';
import { ImageStream } from './image-stream.js';
import { type Call, callOfProperties, callOfWords, TABLE } from './library-call.js';
import { type FileOptions, NOWHERE, type StreamOptions, splitOptions, type World } from './library-options.js';
import { OUTPUT } from './options.js';
import { type GivenProperties, givenProperties } from './properties.js';
import { Run } from './run.js';
import { rememberVariables } from './secret-variables.js';

/** @throws AppError; the reason of `options.signal`, after a checkpoint */
export async function downloadWords(words: readonly string[], options: FileOptions): Promise<Outcome> {
  return await toFile(callOfWords(words), options);
}

export function streamWords(words: readonly string[], options: StreamOptions = {}): ImageStream {
  return new ImageStream(async (to, gone) => await toStream(callOfWords(words), options, to, gone));
}

/** A command as a function: its arguments are properties, named as in its help. */
export interface ImageFunction<Named> {
  /** @throws AppError; the reason of `options.signal`, after a checkpoint */
  (options: Named & FileOptions): Promise<Outcome>;
  /** Nothing is thrown: what is wrong destroys the stream. */
  stream(options: Named & StreamOptions): ImageStream;
}

/**
 * @param path words of a command
 * @param prepare turns what is special to the function into options
 */
export function imageFunction<Named extends object>(
  path: readonly string[],
  prepare: (options: Named) => object = (options) => options,
): ImageFunction<Named> {
  const split = (options: Named) => callOfProperties(path, { ...prepare({ ...options }) });
  const file = async (options: Named & FileOptions): Promise<Outcome> => await toFile(...split(options));
  const bytes = (options: Named & StreamOptions): ImageStream =>
    new ImageStream(async (to, gone) => await toStream(...split(options), to, gone));
  return Object.assign(file, { stream: bytes });
}

async function toFile(call: Call, options: object): Promise<Outcome> {
  const [world, rest] = splitOptions(options);
  return await run(call, givenProperties(rest, call.row.options, world.cwd), world, undefined);
}

async function toStream(call: Call, options: object, to: ByteStream, gone: AbortSignal): Promise<Outcome> {
  const [world, rest] = splitOptions(options);
  const rows = call.row.options.filter((row) => row.key !== OUTPUT.key);
  const { flags, secrets } = givenProperties(rest, rows, world.cwd);
  const signal = world.signal === undefined ? gone : AbortSignal.any([world.signal, gone]);
  return await run(call, { flags: new Map([...flags, [OUTPUT.key, ['-']]]), secrets }, { ...world, signal }, to);
}

/** One image, from what is given to its outcome. @param to undefined: a file */
async function run(
  { row, args }: Call,
  { flags, secrets }: GivenProperties,
  { cwd, home, env, trustsMachine, signal, onEvent }: World,
  to: ByteStream | undefined,
): Promise<Outcome> {
  rememberVariables(env);
  const abort = new AbortController();
  const warnings: Warning[] = [];
  const report: Report = (event) => {
    if (event.type === 'warning') warnings.push(event.warning);
    try {
      onEvent(event);
    } catch (error) {
      abort.abort(error);
    }
  };
  let deadline: Deadline | undefined;
  const unlisten = signal === undefined ? () => {} : whenAborted(signal, () => abort.abort(signal.reason));
  try {
    abort.signal.throwIfAborted();
    const { providers, options } = TABLE;
    const urls = plainUrlsOf(providers, row.command, args);
    const settings = await loadSettings({ flags, env, home, options, urls, systemDirectory: NOWHERE });
    if (to === undefined) checkPlace(settings, cwd);
    deadline = startDeadline(settings, abort);
    const host = {
      env,
      home,
      cwd: cwd ?? NOWHERE,
      trustsMachine,
      stdin: nothing(),
      stream: to ?? { isTTY: false, write: async () => {} },
      owner: ownerFacts(),
      version: packageVersion(),
    };
    const input = { providers, options, settings, host, report, abort, deadline, secrets };
    const opened = await Run.open(input, row.command, args);
    const watcher = { start: () => ({ report, end() {} }) };
    const list = { images: [{ words: args }], batch: false };
    const ended = await downloadImages(row.command, list, opened, watcher).finally(() => opened.close());
    const end = ended[0]?.end ?? { kind: 'failed', error: new AppError('bug', 'downloading: there is no outcome') };
    if (end.kind === 'failed') throw end.error;
    return { ...end.value, warnings };
  } catch (error) {
    throw abort.signal.aborted ? stoppedBy(abort.signal.reason, error) : error;
  } finally {
    deadline?.clear();
    unlisten();
  }
}

/** A library has no current directory of its own, and no stdout. */
function checkPlace(settings: Settings, cwd: string | undefined): void {
  const output = settings.get(OUTPUT);
  const what =
    output === undefined ? 'it is missing' : output === '-' ? 'the library has no stdout' : 'the path is relative';
  if (output !== '-' && (cwd !== undefined || (output !== undefined && isAbsolute(output)))) return;
  throw new AppError('usage.output', `choosing the target: ${what}`, {
    hint: 'set target to an absolute path, or use stream() to get the bytes',
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
