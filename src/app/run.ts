import type { Io } from '../cli/process.js';
import type { Flags } from '../cli/program.js';
import { secretReader } from '../config/secrets.js';
import { whenAborted } from '../core/abort.js';
import { AppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import type { ConnectionBudget, Pace } from '../core/limits.js';
import type { OptionSpec, Settings } from '../core/option.js';
import type { Outcome } from '../core/outcome.js';
import type { DownloadCommand, EarlyPorts, Provider, ProviderCommand, ProviderPorts } from '../core/provider.js';
import type { Source } from '../core/source.js';
import type { TransferOptions } from '../core/transfer-options.js';
import { createHashPool, type HashPool } from '../engine/digest/hash-pool.js';
import { smallFirst } from '../engine/digest/inline-hasher.js';
import { type AheadStore, createAheadStore } from '../engine/digest/read-ahead.js';
import { download } from '../engine/download.js';
import { createBudget } from '../engine/fetch/connection-budget.js';
import { createPace } from '../engine/fetch/rate-limit.js';
import type { DownloadRequest } from '../engine/outcome.js';
import { openWorkspace } from '../fs/workspace.js';
import type { ClosableTransport } from '../http/transport.js';
import { systemClock } from './clock.js';
import { readForeignFile } from './files.js';
import { openTransport } from './http-settings.js';
import * as option from './options.js';
import { CONNECTIONS, LIMIT_RATE } from './speed-options.js';
import { type Place, placeOf } from './target-path.js';

/** Connections beside the first of each image, over all images of a run. */
const EXTRA_CONNECTIONS = 16;

/** What the command line says, and what may be used to do it. */
export interface Order {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly io: Io;
  readonly providers: readonly Provider[];
  /** Every option of every command: a configuration file serves them all. */
  readonly allOptions: readonly OptionSpec<unknown>[];
}

/** An order with its settings. */
export interface Errand<Spec extends ProviderCommand = DownloadCommand> extends Omit<Order, 'flags'> {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly abort: AbortController;
}

/** The way to the servers: one transport, one deadline, one reading of the secrets. */
export interface Access {
  readonly transport: ClosableTransport;
  /** The same object for all that a run asks for: providers log in once for it. */
  readonly ports: ProviderPorts;
  /** Monotonic; undefined without --deadline. */
  readonly deadlineAt: number | undefined;
  close(): Promise<void>;
}

/** What all images of a run share: the way to the servers, the limits, the digest threads. */
export interface Equipment extends Access {
  readonly options: TransferOptions;
  readonly pace: Pace | undefined;
  readonly budget: ConnectionBudget;
  /** One digest thread per algorithm, for all images. */
  readonly hashers: HashPool;
  readonly aheadStore: AheadStore;
  request(source: Source): DownloadRequest;
}

/**
 * @param report gets what belongs to the run as a whole
 * @throws AppError usage.*, tls.disabled
 */
export async function openAccess(errand: Errand<ProviderCommand>, report: Report): Promise<Access> {
  const { spec, args, io, settings, providers, allOptions, abort } = errand;
  const secret = secretReader({ settings, options: allOptions, env: io.env, uid: io.uid, stdin: io.stdin });
  const ports: EarlyPorts = {
    settings,
    env: io.env,
    home: io.home,
    cwd: io.cwd,
    clock: systemClock,
    readFile: readForeignFile,
    // Who waits for a line on stdin must still be able to be stopped.
    secret: (name) => Promise.race([secret(name), aborted(abort.signal)]),
    note: (message) => report({ type: 'note', message }),
    warn: (warning) => report({ type: 'warning', warning }),
  };
  const transport = await openTransport(providers, spec, args, ports, io.version);
  const deadline = armDeadline(settings.get(option.DEADLINE), abort);
  return {
    transport,
    ports: { ...ports, transport },
    deadlineAt: deadline?.at,
    async close() {
      deadline?.clear();
      await transport.close();
    },
  };
}

/**
 * @param report gets what belongs to the run as a whole
 * @throws AppError usage.*, tls.disabled
 */
export async function equip(errand: Errand, report: Report): Promise<Equipment> {
  const { io, settings } = errand;
  const options = transferOptions(settings);
  const rate = settings.get(LIMIT_RATE);
  const access = await openAccess(errand, report);
  const hashers = createHashPool();
  return {
    ...access,
    options,
    pace: rate === undefined ? undefined : createPace(rate, systemClock),
    budget: createBudget(EXTRA_CONNECTIONS),
    hashers,
    aheadStore: createAheadStore(),
    request: (source) => ({
      source,
      options,
      tool: `imgdl ${io.version}`,
      ...(access.deadlineAt === undefined ? {} : { deadlineAt: access.deadlineAt }),
    }),
    async close() {
      await Promise.all([access.close(), hashers.close()]);
    },
  };
}

/**
 * Brings one image into the file or directory that `-o` names.
 * @param report gets what belongs to this image
 * @param claim may refuse the place
 */
export async function bring(
  source: Source,
  errand: Pick<Errand, 'io' | 'settings'>,
  equipment: Equipment,
  report: Report,
  signal: AbortSignal,
  claim: (place: Place) => void = () => {},
): Promise<Outcome> {
  const { io, settings } = errand;
  const { transport, pace, budget, hashers, aheadStore } = equipment;
  const output = settings.get(option.OUTPUT);
  return await download(
    equipment.request(source),
    {
      transport,
      clock: systemClock,
      report,
      startHasher: smallFirst(hashers.start),
      aheadStore,
      budget,
      ...(pace === undefined ? {} : { pace }),
      async place(remote) {
        const place = await placeOf(output, remote, io.cwd);
        claim(place);
        return await openWorkspace(place.path, place.shown, io.owner, (warning) => {
          // A killed run leaves its lock behind: taking it over is the ordinary course of a resume.
          if (warning.code === 'lock.inherited') report({ type: 'note', message: warning.message });
          else report({ type: 'warning', warning });
        });
      },
    },
    signal,
  );
}

function transferOptions(settings: Settings): TransferOptions {
  return {
    force: settings.get(option.FORCE),
    update: settings.get(option.UPDATE),
    receipt: settings.get(option.RECEIPT),
    restart: settings.get(option.RESTART),
    dryRun: settings.get(option.DRY_RUN),
    checksums: settings.all(option.CHECKSUM),
    require: settings.get(option.REQUIRE),
    onChange: settings.get(option.ON_CHANGE),
    onBusy: settings.get(option.ON_BUSY),
    retries: settings.get(option.RETRIES),
    connections: settings.get(CONNECTIONS),
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    whenAborted(signal, () => reject(signal.reason));
  });
}

function armDeadline(
  ms: number | undefined,
  abort: AbortController,
): { readonly at: number; clear(): void } | undefined {
  if (ms === undefined) return undefined;
  const error = new AppError('net.deadline', 'downloading: the --deadline has passed', {
    hint: 'run the same command again to resume',
  });
  const timer = setTimeout(() => abort.abort(error), ms);
  return { at: systemClock.now() + ms, clear: () => clearTimeout(timer) };
}
