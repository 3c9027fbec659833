/**
 * What an option is. Flags, environment names, configuration keys, help, man page and README table derive from rows
 * of this shape; nothing about an option is written down twice.
 */
export interface OptionSpec<T> {
  /** `download-id`: the flag is `--download-id`, the variable `IMGDL_DOWNLOAD_ID`, the configuration key `download-id`. */
  readonly key: string;
  /** One letter for the short flag. */
  readonly short?: string;
  /** Placeholder of the value (`FILE`); absent for a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly repeatable?: boolean;
  /** One sentence without a full stop; the first line of the help. */
  readonly doc: string;
  readonly group: OptionGroup;
  /** Shown as the default in help and man page. */
  readonly defaultText?: string;
  /** Variables of other tools that mean the same, after our own. */
  readonly foreignEnv?: readonly string[];
  /** May not stand in a configuration file (it would make every run do that). */
  readonly runOnly?: boolean;
  /** Says something about one image, so that it is refused where several are asked for. */
  readonly oneImage?: boolean;
  /** @throws AppError usage.option */
  parse(raw: string): T;
}

export type OptionGroup =
  | 'Target'
  | 'Verification'
  | 'Persistence'
  | 'Transfer'
  | 'Output'
  | 'Transport'
  | 'Configuration'
  | 'UForge'
  | 'OpenStack'
  | 'URL'
  | 'Sandbox';

/** The layered values: flag > environment > --config file > user file > system file > default. */
export interface Settings {
  /** The value of the highest layer that has one; for repeatable options all values of that layer. */
  get<T>(option: OptionSpec<T>): T | undefined;
  all<T>(option: OptionSpec<T>): readonly T[];
  /** Where the value comes from, for messages: `--url`, `IMGDL_URL`, `/etc/imgdl/config.yaml`. Undefined: default. */
  origin(option: OptionSpec<unknown>): string | undefined;
}
