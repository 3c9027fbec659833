import { AppError } from './errors.js';

/**
 * The commands that an option is for. `list`: those that list. `download`: all that download; of these, `export`: those
 * that have it made first, `stored`: those for what is there already, `several`: those that take several images, `url`:
 * those that take any URL; `named`: those whose arguments may be names, so that several things may fit; of these,
 * `image`: those whose last argument is an image.
 */
export type OptionScope = 'list' | 'download' | 'export' | 'stored' | 'several' | 'named' | 'image' | 'url';

/**
 * What an option is. Flags, environment names, configuration keys, help, man page and README table derive from rows
 * of this shape, and so does what a library's caller may give; nothing about an option is written down twice.
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
  /** The heading in help and manual: a common one, or that of the provider whose option it is. */
  readonly group: string;
  /** What counts when nothing is given. Rows that have one are of {@link DefaultedOption}. */
  readonly default?: T;
  /** The default in words, where its value does not say it all. Begins with the value where there is one. */
  readonly defaultText?: string;
  /** Absent: every command. */
  readonly appliesTo?: readonly OptionScope[];
  /** Variables of other tools that mean the same, after our own. */
  readonly foreignEnv?: readonly string[];
  /** May not stand in a configuration file (it would make every run do that). */
  readonly runOnly?: boolean;
  /** Says something about one image, so that it is refused where several are asked for. */
  readonly oneImage?: boolean;
  /**
   * Says which server is meant, who one is there, or why it is trusted. A profile brings all of these together: beside it,
   * those of variables and of the rest of a file do not count.
   */
  readonly identity?: 'server' | 'login' | 'trust';
  /**
   * Of a command line alone: how it speaks, and what it is given beside its arguments. A program that uses the library
   * is not spoken to, and names its images itself: it may not give it.
   */
  readonly cliOnly?: boolean;
  /** As `-` it reads stdin, which one option of a run may do. */
  readonly stdin?: boolean;
  /** @throws AppError usage.option */
  parse(raw: string): T;
  /**
   * A value as a user would type it: parse() makes the same of it. Undefined for what is none of this option. Absent:
   * values are texts, numbers and switches, which are typed as they are printed.
   */
  text?(value: unknown): string | undefined;
}

/** An option that always has a value. */
export interface DefaultedOption<T> extends OptionSpec<T> {
  readonly default: T;
}

/** The layered values: flag > profile > environment > --config file > user file > system file > default. */
export interface Settings {
  /** The value of the highest layer that has one; for repeatable options the last of that layer; else the default. */
  get<T>(option: DefaultedOption<T>): T;
  get<T>(option: OptionSpec<T>): T | undefined;
  /** All values of the highest layer that has some. */
  all<T>(option: OptionSpec<T>): readonly T[];
  /**
   * Where the value comes from, for messages: `--url`, `IMGDL_URL`, `/etc/imgdl/config.yaml`, `profile prod in
   * /etc/imgdl/config.yaml`. Undefined: default.
   */
  origin(option: OptionSpec<unknown>): string | undefined;
}

/**
 * A value by the rules of its row, be it a text (of a flag, a variable, a file) or typed already (of a library's
 * caller): what is typed is judged by its text.
 * @throws AppError usage.option
 */
export function optionValue<T>(option: OptionSpec<T>, given: unknown): T {
  if (typeof given === 'string') return option.parse(given);
  const text = textOf(option, given);
  if (text === undefined) throw wrongType(option, given);
  const value = option.parse(text);
  // `true` is no path called true, and 1 is no switch.
  if (typeof given !== 'object' && !Object.is(value, given)) throw wrongType(option, given);
  return value;
}

/** A value as a user would type it; undefined for what the option cannot have. */
export function textOf(option: OptionSpec<unknown>, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (option.text !== undefined) return option.text(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The default for help and manual. A switch is off unless something else is said. */
export function defaultTextOf(option: OptionSpec<unknown>): string | undefined {
  if (option.defaultText !== undefined) return option.defaultText;
  return option.default === undefined || option.default === false ? undefined : textOf(option, option.default);
}

/** What the option takes, for a hint. */
export function wantedBy(option: OptionSpec<unknown>): string {
  return option.value === undefined ? 'true or false' : (option.choices?.join(', ') ?? option.value);
}

function wrongType(option: OptionSpec<unknown>, given: unknown): AppError {
  const what = given === null || typeof given === 'object' ? 'an object of another type' : `a ${typeof given}`;
  return new AppError('usage.option', `the value is ${given === undefined ? 'undefined' : what}`, {
    hint: `use ${wantedBy(option)}`,
  });
}
