/**
 * imgdl as a library. A command's words become a source; download() brings it into a file exactly as the command
 * would. Nothing here reads argv or the environment, prints, or exits: what is not passed in does not count.
 */

import { systemClock } from './app/clock.js';
import { readForeignFile } from './app/files.js';
import { openTransport } from './app/http-settings.js';
import { everyOption } from './app/option-table.js';
import { ownerFacts, packageVersion } from './cli/process.js';
import { givenValues } from './config/given.js';
import { loadSettings } from './config/layers.js';
import { secretReader } from './config/secrets.js';
import { AppError } from './core/errors.js';
import type { Report } from './core/events.js';
import type { Transport } from './core/http.js';
import type { Outcome } from './core/outcome.js';
import type { Source } from './core/source.js';
import type { TransferOptions } from './core/transfer-options.js';
import { smallFirst } from './engine/digest/inline-hasher.js';
import { createAheadStore } from './engine/digest/read-ahead.js';
import { startHasher } from './engine/digest/single-hasher.js';
import { download as downloadWith } from './engine/download.js';
import { createPace } from './engine/fetch/rate-limit.js';
import { openWorkspace } from './fs/workspace.js';
import { PROVIDERS } from './providers/index.js';
import { sourceOf } from './providers/registry.js';

export type * from './core/clock.js';
export type * from './core/digest.js';
export type { Code } from './core/error-codes.js';
export { CODES } from './core/error-codes.js';
export type { ErrorKind } from './core/error-kind.js';
export { AppError, isAppError } from './core/errors.js';
export type * from './core/events.js';
export { EXIT } from './core/exit.js';
export type * from './core/http.js';
export type * from './core/limits.js';
export type { ListItem } from './core/list.js';
export type * from './core/outcome.js';
export type { Plan, PlanInput } from './core/plan.js';
export { plan } from './core/plan.js';
export type { CommandSpec, Provider, ProviderPorts } from './core/provider.js';
export type * from './core/source.js';
export type * from './core/storage.js';
export type * from './core/transfer-options.js';
export { PROVIDERS } from './providers/index.js';

export interface OpenOptions {
  /**
   * Values of options by their key, as text or of the option's type: `{ url: 'https://…/api', retries: 3 }`. A key that
   * no option has is an error.
   */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Variables that count (IMGDL_*, OS_*, proxies); none by default. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where ~/.config is looked for; by default no user file is read. */
  readonly home?: string;
  readonly cwd?: string;
  readonly report?: Report;
}

/** A source with the connection pool that serves it. Close it when done. */
export interface OpenSource {
  readonly source: Source;
  readonly transport: Transport;
  close(): Promise<void>;
}

const NOWHERE = '/nonexistent';
const NOTHING: Report = () => {};

/**
 * Makes the source that a command line names, as in `['glance', 'image', 'debian-13']`.
 * @throws AppError usage.*, config.*
 */
export async function open(words: readonly string[], options: OpenOptions = {}): Promise<OpenSource> {
  const spec = PROVIDERS.flatMap((provider) => provider.commands)
    .filter((command) => command.kind === 'download')
    .find((command) => command.path.every((word, at) => words[at] === word));
  const args = words.slice(spec?.path.length ?? 0);
  if (spec === undefined || args.length !== spec.args.length) {
    throw new AppError('usage.arguments', `opening ${words.join(' ')}: not a command with its arguments`, {
      hint: 'pass the words of a command, as in glance image NAME',
    });
  }
  const env = new Map(Object.entries(options.env ?? {}).filter(([, value]) => value !== ''));
  const home = options.home ?? NOWHERE;
  const report = options.report ?? NOTHING;
  const allOptions = everyOption(PROVIDERS);
  const flags = givenValues(options.settings ?? {}, allOptions);
  const settings = await loadSettings({ flags, env, home, options: allOptions });
  const ports = {
    settings,
    env,
    home,
    cwd: options.cwd ?? NOWHERE,
    clock: systemClock,
    readFile: readForeignFile,
    secret: secretReader({ settings, options: allOptions, env, uid: ownerFacts().uid, stdin: emptyStdin() }),
    note: (message: string) => report({ type: 'note', message }),
    warn: (warning: { readonly code: string; readonly message: string }) => report({ type: 'warning', warning }),
  };
  const transport = await openTransport(PROVIDERS, spec, args, ports, packageVersion());
  try {
    const source = await sourceOf(PROVIDERS, spec, args, { ...ports, transport });
    return { source, transport, close: () => transport.close() };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

export interface DownloadOptions extends Partial<TransferOptions> {
  readonly report?: Report;
  readonly signal?: AbortSignal;
  /** Most bytes per second of this download. */
  readonly limitRate?: number;
}

/**
 * Brings an open source into the file at `target`, with every promise of the command: resumable, verified, published
 * in one step.
 * @throws AppError; the reason of `signal`, after a checkpoint
 */
export async function download(opened: OpenSource, target: string, options: DownloadOptions = {}): Promise<Outcome> {
  const { report = NOTHING, signal = new AbortController().signal, limitRate, ...wanted } = options;
  const defaults: TransferOptions = {
    force: false,
    update: false,
    receipt: false,
    restart: false,
    dryRun: false,
    checksums: [],
    require: 'size',
    onChange: 'restart',
    onBusy: 'fail',
    retries: 8,
    connections: 'auto',
  };
  return await downloadWith(
    { source: opened.source, options: { ...defaults, ...wanted }, tool: `imgdl ${packageVersion()}` },
    {
      transport: opened.transport,
      clock: systemClock,
      report,
      startHasher: smallFirst(startHasher),
      aheadStore: createAheadStore(),
      ...(limitRate === undefined ? {} : { pace: createPace(limitRate, systemClock) }),
      place: () => openWorkspace(target, target, ownerFacts(), (warning) => report({ type: 'warning', warning })),
    },
    signal,
  );
}

async function* emptyStdin(): AsyncGenerator<Uint8Array> {}
