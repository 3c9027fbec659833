import type { OptionSpec, Settings } from './option.js';
import type { Secret } from './secret.js';
import type { Clock, Source, Transport, Warning } from './types.js';

/** A subcommand that names remote objects. */
export interface CommandSpec {
  /** `['appliance', 'pimage']`. */
  readonly path: readonly string[];
  readonly args: readonly { readonly name: string; readonly doc: string }[];
  /** The last argument may be given several times: so many objects. */
  readonly several?: true;
  readonly summary: string;
  readonly examples: readonly string[];
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
  /** Text of a file, undefined when it does not exist. `groupOrWorld`: others may read it. @throws AppError config.read */
  readFile(path: string): Promise<{ readonly text: string; readonly groupOrWorld: boolean } | undefined>;
  /** `password`: --password-file, IMGDL_PASSWORD. `secret-key`: --secret-key-file, IMGDL_SECRET_KEY. */
  secret(name: 'password' | 'secret-key'): Promise<Secret | undefined>;
  /** For `-v`. */
  note(message: string): void;
  /** For everybody; also listed in the result. */
  warn(warning: Warning): void;
}

/**
 * A provider folder exports exactly one of these. Adding one: the folder, a line in providers/index.ts, a contract
 * test. Flags, variables, man page and README table follow from `commands` and `options`.
 */
export interface Provider {
  readonly id: string;
  readonly commands: readonly CommandSpec[];
  readonly options: readonly OptionSpec<unknown>[];
  /**
   * Checks the arguments; no request is made. Calls with the same ports are of one run: what they log in to and read,
   * they share.
   * @throws AppError usage.*, config.*
   */
  source(command: CommandSpec, args: readonly string[], ports: ProviderPorts): Promise<Source>;
  /** Does a URL look like one of this provider's objects? Pure, by its path alone. */
  claims(url: URL): boolean;
  /**
   * The source of a URL that claims() accepted (or that `--as` forces on it). Credentials are used only when the URL
   * lies under the configured base; else the requests are anonymous.
   * @throws AppError usage.*, config.*
   */
  sourceOfUrl(url: URL, ports: ProviderPorts): Promise<Source>;
}
