export type ProgressFlag = 'auto' | 'bar' | 'line' | 'json' | 'none';

/**
 * `bar`: redrawn rows on a terminal. `line`: a plain line now and then. `json`: one event per line. `none`: only what
 * a person must know (warnings, restarts, retries). `silent`: only what is said: errors. `json-errors`: the same, as
 * events.
 */
export type ProgressMode = 'bar' | 'line' | 'json' | 'none' | 'silent' | 'json-errors';

export interface ProgressFacts {
  readonly flag: ProgressFlag;
  readonly quiet: boolean;
  /** Is stderr a terminal? */
  readonly isTTY: boolean;
  /** `-o -`: the image goes to stdout, and stderr is likely to be watched by a program. */
  readonly toStdout: boolean;
  /** Non-empty environment variables. */
  readonly env: ReadonlyMap<string, string>;
}

/**
 * Decides how progress is shown. With `-q` only errors are left, in the form that was asked for; a bar needs a terminal
 * that can move its cursor.
 */
export function progressMode({ flag, quiet, isTTY, toStdout, env }: ProgressFacts): ProgressMode {
  if (quiet) return flag === 'json' ? 'json-errors' : 'silent';
  const canMove = isTTY && env.get('TERM') !== 'dumb';
  switch (flag) {
    case 'none':
      return 'none';
    case 'line':
    case 'json':
      return flag;
    case 'bar':
      return canMove ? 'bar' : 'line';
    case 'auto':
      if (toStdout) return 'none';
      return canMove && !isCI(env) ? 'bar' : 'line';
  }
}

/** `CI` is set by every runner; `false` and `0` switch it off by hand. */
function isCI(env: ReadonlyMap<string, string>): boolean {
  const value = env.get('CI') ?? '';
  return value !== '' && value !== 'false' && value !== '0';
}

/**
 * May the bar be drawn with box characters? POSIX order of the locale variables. Where the language is Chinese,
 * Japanese or Korean terminals often draw them two cells wide (Unicode TR 11, "ambiguous"), which would break lines.
 */
export function speaksUnicode(env: ReadonlyMap<string, string>): boolean {
  const locale = ['LC_ALL', 'LC_CTYPE', 'LANG'].map((name) => env.get(name) ?? '').find((value) => value !== '') ?? '';
  return /utf-?8/i.test(locale) && !/^(?:ja|ko|zh)/i.test(locale);
}
