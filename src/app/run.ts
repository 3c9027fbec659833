import { sayIgnored } from '../config/ignored.js';
import type { LoadedSettings } from '../config/layers.js';
import type { SecretName } from '../config/secret-places.js';
import { secretReader } from '../config/secrets.js';
import { unlessAborted } from '../core/abort.js';
import { AppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import type { RateLimit } from '../core/limits.js';
import type { OptionSpec, Settings } from '../core/option.js';
import type { EarlyPorts, Provider, ProviderCommand, ProviderPorts } from '../core/provider.js';
import type { Secret } from '../core/secret.js';
import type { Warning } from '../core/source.js';
import { createHashPool } from '../engine/digest/hash-pool.js';
import { createReadAheadPool } from '../engine/digest/read-ahead-buffer.js';
import { createConnectionBudget } from '../engine/fetch/connection-budget.js';
import { createRateLimit } from '../engine/fetch/rate-limit.js';
import type { ClosableTransport } from '../http/transport.js';
import { ownerOf } from '../providers/registry.js';
import { systemClock } from './clock.js';
import { foreignFileReader } from './files.js';
import type { Host } from './host.js';
import { openTransport } from './http-settings.js';
import { optionsOf } from './option-table.js';
import { DEADLINE, LIMIT_RATE } from './options.js';
import { originCredentialsOf } from './origin-credentials.js';

/** Connections beside the first of each image, over all images of a run. */
const EXTRA_CONNECTIONS = 16;

/** What a run is made of. */
export interface RunInput {
  readonly providers: readonly Provider[];
  /** Every option of every command. */
  readonly options: readonly OptionSpec<unknown>[];
  readonly settings: LoadedSettings;
  readonly host: Host;
  /** Gets what belongs to the run as a whole. */
  readonly report: Report;
  /** Aborted by whoever ends the run early, and by `--deadline`. */
  readonly abort: AbortController;
  /** Those that are given as values. */
  readonly secrets?: ReadonlyMap<SecretName, Secret>;
}

interface Deadline {
  /** Monotonic. */
  readonly at: number;
  clear(): void;
}

/**
 * One run: one transport, one deadline, one reading of the secrets, and the limits and digest threads that all its images
 * share. Close it when nothing of it is on its way any more.
 */
export class Run {
  readonly settings: Settings;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly budget = createConnectionBudget(EXTRA_CONNECTIONS);
  /** One thread for each algorithm, started when it is first needed. */
  readonly hashers = createHashPool();
  readonly readAheadPool = createReadAheadPool();
  readonly rateLimit: RateLimit | undefined;
  readonly #deadline: Deadline | undefined;

  private constructor(
    readonly input: RunInput,
    readonly transport: ClosableTransport,
    /** The same object for all that a run asks for: providers log in once for it. */
    readonly ports: ProviderPorts,
    deadline: Deadline | undefined,
  ) {
    this.settings = input.settings;
    this.host = input.host;
    this.signal = input.abort.signal;
    const rate = this.settings.get(LIMIT_RATE);
    this.rateLimit = rate === undefined ? undefined : createRateLimit(rate, systemClock);
    this.#deadline = deadline;
  }

  /**
   * @param args of the command: a URL among them may say which server it goes to
   * @throws AppError usage.*, tls.disabled
   */
  static async open(input: RunInput, command: ProviderCommand, args: readonly string[]): Promise<Run> {
    const ports = portsOf(input);
    sayProfile(input, command, ports);
    const deadline = armDeadline(input.settings.get(DEADLINE), input.abort);
    try {
      const transport = await openTransport(input.providers, command, args, ports, input.host);
      return new Run(input, transport, { ...ports, transport }, deadline);
    } catch (error) {
      deadline?.clear();
      throw error;
    }
  }

  /** Value of the clock's now() at which `--deadline` is over. */
  get deadlineAt(): number | undefined {
    return this.#deadline?.at;
  }

  async close(): Promise<void> {
    this.#deadline?.clear();
    await Promise.all([this.transport.close(), this.hashers.close()]);
  }
}

function portsOf({ settings, options, host, report, abort, secrets = new Map() }: RunInput): EarlyPorts {
  const { env, home, cwd, stdin, owner } = host;
  const warn = (warning: Warning): void => report({ type: 'warning', warning });
  const { signal } = abort;
  const reading = { settings, options, env, home, cwd, uid: owner.uid, stdin, given: secrets, signal, warn };
  const secret = secretReader(reading);
  const readFile = foreignFileReader();
  const originCredentials = originCredentialsOf(settings, reading);
  return {
    settings,
    env,
    home,
    cwd,
    clock: systemClock,
    // Who waits for a pipe, or for a line on stdin, must still be able to be stopped.
    readFile: (path, named) => unlessAborted(readFile(path, named), signal),
    secret: (name, server) => unlessAborted(secret(name, server), signal),
    originCredentials: (url) => unlessAborted(originCredentials(url), signal),
    ...(settings.profile === undefined ? {} : { profile: settings.profile.label }),
    note: (message) => report({ type: 'note', message }),
    warn,
  };
}

function sayProfile({ providers, settings, host }: RunInput, command: ProviderCommand, ports: EarlyPorts): void {
  const owner = ownerOf(providers, command);
  if (owner === undefined) return;
  const { warnings, notes } = sayIgnored(settings, host.env, optionsOf(providers, owner, command));
  for (const message of notes) ports.note(message);
  for (const warning of warnings) ports.warn(warning);
}

function armDeadline(ms: number | undefined, abort: AbortController): Deadline | undefined {
  if (ms === undefined) return undefined;
  const error = new AppError('net.deadline', 'downloading: the --deadline has passed', {
    hint: 'run the same command again to resume',
  });
  const timer = setTimeout(() => abort.abort(error), ms);
  return { at: systemClock.now() + ms, clear: () => clearTimeout(timer) };
}
