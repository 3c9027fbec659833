import { isAbsolute } from 'node:path';
import type { Digest } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import type { TransferEvent } from '../core/events.js';

/** The common options, as a program gives them. The text of a value is that of the command line. */
export interface TransferSettings {
  /** Look everything up, say what would happen, touch nothing. */
  readonly dryRun?: boolean;
  /** Digests that you trust, as in `sha256:…`. */
  readonly checksum?: string | Digest | readonly (string | Digest)[];
  /** A checksum file that lists the image: a URL, or a path. */
  readonly checksums?: string;
  /** A file with public keys, one of which must have signed the checksum file. Runs gpgv. */
  readonly keyring?: string;
  /** The least proof to accept; default `size`. */
  readonly require?: 'digest' | 'size' | 'none';
  /** What to do about an image of another format, or one that needs other files; default `warn`. */
  readonly inspect?: 'warn' | 'fail' | 'off';
  /** When the remote image changes under the download; default `restart`, once. */
  readonly onChange?: 'restart' | 'fail';
  /** Retries in a row without 16 MiB of progress; default 8. */
  readonly retries?: number | string;
  /** Stop after this time, as in `15m`; what came is kept. */
  readonly deadline?: string;
  readonly deadlineMs?: number;
  /** How long to wait for an image that is still being made, as in `30m`. */
  readonly wait?: string;
  readonly waitMs?: number;
  /** Connections at once, 1 to 16, or `auto`, which is the default. */
  readonly connections?: number | 'auto';
  /** Bytes per second, as in `20M`. */
  readonly limitRate?: number | string;
  /** A PEM file, or a directory of such files, with the certificate authorities to trust and no others. */
  readonly cacert?: string;
  /** A PEM file with a client certificate. */
  readonly cert?: string;
  /** A PEM file with its private key. */
  readonly key?: string;
  /** Accept any TLS certificate: anybody on the way can read and replace. */
  readonly insecure?: boolean;
  /** URL of an HTTP proxy for everything. */
  readonly proxy?: string;
  /** Longest silence of a server before the next attempt, as in `30s`. */
  readonly timeout?: string;
  readonly timeoutMs?: number;
  /** A configuration file whose values count below what is given here. */
  readonly config?: string;
  /** A profile of `config`, or of the configuration file below `home`. */
  readonly profile?: string;
}

/** What a library's caller passes in instead of a process: nothing else counts. */
export interface Surroundings {
  /** An absolute directory. Relative paths are refused without it. */
  readonly cwd?: string;
  /** An absolute directory, in which the files are looked for that a command would look for at home. */
  readonly home?: string;
  /**
   * Variables that count (IMGDL_*, OS_*, proxies, SSL_CERT_FILE). With it, and be it empty, the authorities that the
   * machine trusts count beside those of Node.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends the transfer after a checkpoint. */
  readonly signal?: AbortSignal;
  /** Told what happens. What it throws ends the transfer. */
  readonly onEvent?: (event: TransferEvent) => void;
}

export interface FileOptions extends TransferSettings, Surroundings {
  /** The file, or a directory (with a slash at its end where it may be missing), which gets the server's name. */
  readonly target?: string;
  /** Replace an existing target, atomically at the end. */
  readonly force?: boolean;
  /** Download only if the remote image changed. */
  readonly update?: boolean;
  /** Record origin, size and digests in `TARGET.imgdl.json`. */
  readonly receipt?: boolean;
  /** When another imgdl owns the target; default `fail`. */
  readonly onBusy?: 'fail' | 'wait';
  /** Forget a partial download and start from zero. */
  readonly restart?: boolean;
}

export interface StreamOptions extends TransferSettings, Surroundings {}

/** {@link Surroundings}, checked. */
export interface World {
  readonly cwd: string | undefined;
  readonly home: string;
  readonly env: ReadonlyMap<string, string>;
  /** Node 20 tells nobody which NODE_EXTRA_CA_CERTS it has: who passes no variables keeps Node's trust as it is. */
  readonly trustsMachine: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: TransferEvent) => void;
}

/** Where nothing is: neither the user's files count nor the machine's. */
export const NOWHERE = '/nonexistent';

/**
 * @returns the surroundings, and all options that are none of them
 * @throws AppError usage.option
 */
export function splitOptions(options: object): readonly [World, Readonly<Record<string, unknown>>] {
  const { cwd, home, env, signal, onEvent, ...rest }: { readonly [name: string]: unknown } = { ...options };
  const world = {
    cwd: directoryOf('cwd', cwd),
    home: directoryOf('home', home) ?? NOWHERE,
    env: variablesOf(env),
    trustsMachine: env !== undefined,
    signal: of('signal', signal, 'an AbortSignal', (value) => value instanceof AbortSignal),
    onEvent: of('onEvent', onEvent, 'a function', isListener) ?? (() => {}),
  };
  return [world, rest];
}

function directoryOf(name: string, value: unknown): string | undefined {
  return of(name, value, 'an absolute path', (path): path is string => typeof path === 'string' && isAbsolute(path));
}

function variablesOf(value: unknown): ReadonlyMap<string, string> {
  const isObject = (it: unknown): it is object => typeof it === 'object' && it !== null;
  const entries = Object.entries(of('env', value, 'an object with string values', isObject) ?? {});
  return new Map(
    entries.flatMap(([name, text]: [string, unknown]) => {
      const known = of(`env.${name}`, text, 'a string', (it) => typeof it === 'string');
      // Containers and CI set variables to nothing to unset them.
      return known === undefined || known === '' ? [] : [[name, known] as const];
    }),
  );
}

function isListener(value: unknown): value is World['onEvent'] {
  return typeof value === 'function';
}

function of<T>(name: string, value: unknown, what: string, is: (value: unknown) => value is T): T | undefined {
  if (value === undefined || is(value)) return value;
  throw new AppError('usage.option', `${name}: the value is not ${what}`, { hint: `use ${what}, or remove it` });
}
