import type { Clock } from './clock.js';
import type { ErrorKind } from './error-kind.js';
import type { ForeignFlag } from './foreign-flag.js';
import type { Transport } from './http.js';
import type { ListColumn, ListItem } from './list.js';
import type { OptionScope, OptionSpec, Settings } from './option.js';
import type { OriginCredentials } from './origin-credentials.js';
import type { Secret } from './secret.js';
import type { Source, Warning } from './source.js';

/** What help and manual say of a command. */
export interface CommandSpec {
  /** `['appliance', 'pimage']`. */
  readonly path: readonly string[];
  /**
   * Optional arguments stand behind those that are not; or they are all but the last one, which may be given alone.
   */
  readonly args: readonly CommandArgument[];
  /** The last argument may be given several times. */
  readonly several?: true;
  readonly summary: string;
  readonly examples: readonly string[];
}

export interface CommandArgument {
  readonly name: string;
  readonly doc: string;
  readonly optional?: true;
  /** Where that tells it from the arguments of other commands: hints suggest the command for nothing else. */
  readonly like?: RegExp;
}

/** Names one image; with `several` the last argument names so many. */
export interface DownloadCommand extends CommandSpec {
  readonly kind: 'download';
  /** Its arguments may be names. `image`: the last one is an image, `other`: it is something else. */
  readonly names?: 'image' | 'other';
  /** Has the server make what is downloaded, and removes it there afterwards (Source.open). */
  readonly exports?: true;
  /** Its argument is a URL, and whose that is its form decides: it has the options of every provider. */
  readonly anyUrl?: true;
}

/** Shows what there is to download. */
export interface ListCommand extends CommandSpec {
  readonly kind: 'list';
  /** Of the table in words. The first are the words to type. */
  readonly columns: readonly ListColumn[];
}

export type ProviderCommand = DownloadCommand | ListCommand;

/** The options that a command has are those of its scopes. */
export function scopesOf(command: ProviderCommand): readonly OptionScope[] {
  if (command.kind === 'list') return ['list'];
  const { exports = false, anyUrl = false, several = false, names } = command;
  return [
    'download',
    exports ? 'export' : 'stored',
    ...(several ? (['several'] as const) : []),
    ...(names === undefined ? [] : (['named'] as const)),
    ...(names === 'image' ? (['image'] as const) : []),
    ...(anyUrl ? (['url'] as const) : []),
  ];
}

/** A file of another tool. */
export interface ForeignFile {
  readonly text: string;
  /** It is not UTF-8: something stands in the text in place of bytes that nobody could read. */
  readonly garbled?: true;
  /** Others may read it. */
  readonly groupOrWorld: boolean;
}

/** What a provider may use. Nothing else of the outside world is reachable from providers/. */
export interface ProviderPorts {
  readonly transport: Transport;
  readonly settings: Settings;
  /** Non-empty environment variables. */
  readonly env: ReadonlyMap<string, string>;
  readonly home: string;
  readonly cwd: string;
  readonly clock: Clock;
  /**
   * A small file, undefined when it does not exist. It is read once in a run.
   * @param named by the user, so that it may be a pipe
   * @throws AppError config.read
   */
  readFile(path: string, named?: boolean): Promise<ForeignFile | undefined>;
  /**
   * `password`: --password-file, a profile's, IMGDL_PASSWORD. `secret-key`: --secret-key-file, a profile's,
   * IMGDL_SECRET_KEY.
   * @param server the option that names the server: a secret of the environment goes only to one that the environment or
   *   a flag names, that of a profile only to the profile's own. Absent: any
   */
  secret(name: 'password' | 'secret-key', server?: OptionSpec<unknown>): Promise<Secret | undefined>;
  /**
   * `profile prod in /etc/imgdl/config.yaml`, if one is in use. It is complete in itself: what a provider would find of
   * servers and log-ins elsewhere, in variables and files of other tools, does not count beside it.
   */
  readonly profile?: string;
  /**
   * What the user has for the origin of an image's URL: `--header-file`, a profile, `--netrc`. The transport sends it to
   * no other.
   * @throws AppError usage.*, config.*
   */
  credentials(url: URL): Promise<OriginCredentials | undefined>;
  /** For `-v`. */
  note(message: string): void;
  /** For everybody; also listed in the result. */
  warn(warning: Warning): void;
}

/** The same before there is a transport. */
export type EarlyPorts = Omit<ProviderPorts, 'transport'>;

/** How connections are secured, as the description of a server has it; flags stand above. Paths are absolute. */
export interface TlsSettings {
  readonly cacert?: string;
  readonly insecure?: boolean;
  readonly cert?: string;
  readonly key?: string;
}

/** A term and what is said of it, or a sentence and its command. */
export type ManualEntry = readonly [string, string];

/** What help and manual say of a provider beside its commands and options. */
export interface ProviderManual {
  /** What images come from, in a sentence: `a UForge AppCenter`. */
  readonly from: string;
  /** Its name in the first line of the help. Absent for what has none. */
  readonly product?: string;
  /** For the top of the help. */
  readonly example: string;
  /** Shown with the commands that take any URL. */
  readonly urlExamples?: readonly string[];
  /** Variables and files of other tools that are read. */
  readonly environment?: readonly ManualEntry[];
  readonly files?: readonly ManualEntry[];
  /** A sentence with a colon at its end, and what to type. */
  readonly examples?: readonly ManualEntry[];
  /** Pages of the manual: `openstack(1)`. */
  readonly seeAlso?: readonly string[];
}

/**
 * All that is known of a kind of service. A provider's folder exports exactly one of these; its name stands nowhere
 * else. Adding one: the folder, a line in providers/index.ts, a contract test. Flags, variables, help, man page, README
 * table, docs/errors.md and the library follow.
 */
export interface Provider {
  readonly id: string;
  /** The word for it after `--as`. */
  readonly as: string;
  /** What a family of commands is about, by the first word of their paths. */
  readonly families: Readonly<Record<string, string>>;
  readonly commands: readonly ProviderCommand[];
  /** Each with the provider's own heading. */
  readonly options: readonly OptionSpec<unknown>[];
  /** Failures that only this provider knows. */
  readonly errors: readonly ErrorKind[];
  /** Flags of the service's own tools, for hints: they come before those that all tools have. */
  foreignFlags?(): readonly ForeignFlag[];
  /** What those tools call our families, for hints: by their word, the first of our path. */
  readonly foreignFamilies?: Readonly<Record<string, string>>;
  readonly manual: ProviderManual;
  /**
   * Its commands log in with one account for all objects of a run: what is refused to the first would be refused to
   * the rest, and some servers lock an account after a few tries.
   */
  readonly sharesAccount: boolean;
  /** Its servers are any servers: what a user has for them is told by their origin. */
  readonly takesOriginCredentials?: true;
  /**
   * Checks the arguments; no request is made. Calls with the same ports are of one run: what they log in to and read,
   * they share.
   * @throws AppError usage.*, config.*
   */
  source(command: DownloadCommand, args: readonly string[], ports: ProviderPorts): Promise<Source>;
  /** Does a URL look like one of this provider's objects? Pure, by its path alone. */
  claims(url: URL): boolean;
  /**
   * The source of a URL that claims() accepted (or that `--as` forces on it). Credentials are used only when the URL
   * lies under the configured base; else the requests are anonymous.
   * @throws AppError usage.*, config.*
   */
  sourceOfUrl(url: URL, ports: ProviderPorts): Promise<Source>;
  /**
   * What its list commands show, in the order to show. Who has enough stops asking: what is not needed is not fetched.
   * @throws AppError
   */
  list?(
    command: ListCommand,
    args: readonly string[],
    ports: ProviderPorts,
    signal: AbortSignal,
  ): AsyncIterable<ListItem>;
  /** What the configured server's description says of TLS. Asked before the transport is made. */
  tls?(ports: EarlyPorts): Promise<TlsSettings>;
}
