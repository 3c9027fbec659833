import { secretReader } from '../config/secrets.js';
import { whenAborted } from '../core/abort.js';
import { AppError } from '../core/errors.js';
import type { OptionSpec, Settings } from '../core/option.js';
import type { CommandSpec, ProviderPorts } from '../core/provider.js';
import type { ConnectionBudget, Outcome, Pace, Report, Source, TransferOptions } from '../core/types.js';
import { createBudget } from '../engine/budget.js';
import { download } from '../engine/download.js';
import { createHashPool, type HashPool } from '../engine/hash-pool.js';
import { createPace } from '../engine/pace.js';
import { type AheadStore, createAheadStore } from '../engine/read-ahead.js';
import type { DownloadRequest } from '../engine/run.js';
import { smallFirst } from '../engine/small-hasher.js';
import { openWorkspace } from '../fs/workspace.js';
import type { ClosableTransport } from '../http/transport.js';
import { systemClock } from './clock.js';
import { readForeignFile } from './files.js';
import type { Io } from './io.js';
import * as option from './options.js';
import { type Place, placeOf } from './place.js';
import { CONNECTIONS, LIMIT_RATE } from './speed-options.js';
import { openTransport } from './transport.js';

const DEFAULT_RETRIES = 8;
/** Connections beside the first of each image, over all images of a run. */
const EXTRA_CONNECTIONS = 16;

export interface Errand {
  readonly spec: CommandSpec;
  readonly args: readonly string[];
  readonly io: Io;
  readonly settings: Settings;
  /** Every option of every command: a configuration file serves them all. */
  readonly allOptions: readonly OptionSpec<unknown>[];
  readonly abort: AbortController;
}

/** What all images of a run share: one transport, one limit, one deadline, one reading of the secrets. */
export interface Equipment {
  readonly options: TransferOptions;
  readonly transport: ClosableTransport;
  /** The same object for every image: providers log in once for it. */
  readonly ports: ProviderPorts;
  readonly pace: Pace | undefined;
  readonly budget: ConnectionBudget;
  /** One digest thread per algorithm, for all images. */
  readonly hashers: HashPool;
  readonly aheadStore: AheadStore;
  request(source: Source): DownloadRequest;
  close(): Promise<void>;
}

/**
 * @param report gets what belongs to the run as a whole
 * @throws AppError usage.*
 */
export async function equip(errand: Errand, report: Report): Promise<Equipment> {
  const { spec, args, io, settings, allOptions, abort } = errand;
  const options = transferOptions(settings);
  const secret = secretReader({ settings, options: allOptions, env: io.env, uid: io.uid, stdin: io.stdin });
  const rate = settings.get(LIMIT_RATE);
  const ports: Omit<ProviderPorts, 'transport'> = {
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
  const transport = await openTransport(spec, args, ports, io.version);
  const hashers = createHashPool();
  const deadline = armDeadline(settings.get(option.DEADLINE), abort);
  return {
    options,
    transport,
    ports: { ...ports, transport },
    pace: rate === undefined ? undefined : createPace(rate, systemClock),
    budget: createBudget(EXTRA_CONNECTIONS),
    hashers,
    aheadStore: createAheadStore(),
    request: (source) => ({
      source,
      options,
      tool: `imgdl ${io.version}`,
      ...(deadline === undefined ? {} : { deadlineAt: deadline.at }),
    }),
    async close() {
      deadline?.clear();
      await Promise.all([transport.close(), hashers.close()]);
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
    force: settings.get(option.FORCE) ?? false,
    update: settings.get(option.UPDATE) ?? false,
    receipt: settings.get(option.RECEIPT) ?? false,
    restart: settings.get(option.RESTART) ?? false,
    dryRun: settings.get(option.DRY_RUN) ?? false,
    checksums: settings.all(option.CHECKSUM),
    require: settings.get(option.REQUIRE) ?? 'size',
    onChange: settings.get(option.ON_CHANGE) ?? 'restart',
    onBusy: settings.get(option.ON_BUSY) ?? 'fail',
    retries: settings.get(option.RETRIES) ?? DEFAULT_RETRIES,
    connections: settings.get(CONNECTIONS) ?? 'auto',
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
  const error = new AppError('net.deadline', 'downloading: the time given with --deadline is over', {
    hint: 'run the same command again: it continues',
  });
  const timer = setTimeout(() => abort.abort(error), ms);
  return { at: systemClock.now() + ms, clear: () => clearTimeout(timer) };
}
