import type { ForeignFlag, MeantOption } from '../core/foreign-flag.js';
import type { OptionSpec } from '../core/option.js';
import { ANY_SECRET } from './foreign-flags.js';

type Row = OptionSpec<unknown>;

/** A word of a command line that is neither an option nor its value. */
export interface TypedWord {
  readonly text: string;
  /** It stands right behind a flag that we think has no value: it may be one, and a secret. */
  readonly doubtful: boolean;
}

/** A flag of another tool, as it was typed. */
export interface TypedForeign {
  /** `-k`; without what is glued to it. */
  readonly flag: string;
  readonly meant: ForeignFlag;
  readonly value: string;
}

/** A command line as one command reads it, but with flags of other tools. */
export interface TypedLine {
  readonly words: readonly TypedWord[];
  /** In the order typed; `--no-json` is `no-json`. */
  readonly options: readonly MeantOption[];
  readonly foreign: readonly TypedForeign[];
  /** The first flag that neither we nor others know, or that has no value: then all is in doubt. */
  readonly unknown: string | undefined;
}

const SECRET_FLAG = /pass|secret|token|pwd|credential|api-?key/i;

/**
 * @param rows options of the command
 * @param foreign flags of other tools, best first
 */
export function readLine(args: readonly string[], rows: readonly Row[], foreign: readonly ForeignFlag[]): TypedLine {
  return new LineReader(args, rows, foreign).read();
}

class LineReader {
  readonly #args: readonly string[];
  readonly #rows: readonly Row[];
  readonly #foreign: readonly ForeignFlag[];
  readonly #words: TypedWord[] = [];
  readonly #options: MeantOption[] = [];
  readonly #found: TypedForeign[] = [];
  #unknown: string | undefined;
  #at = 0;
  #doubtful = false;

  constructor(args: readonly string[], rows: readonly Row[], foreign: readonly ForeignFlag[]) {
    this.#args = args;
    this.#rows = rows;
    this.#foreign = foreign;
  }

  read(): TypedLine {
    while (this.#at < this.#args.length) {
      const word = this.#args[this.#at] ?? '';
      this.#at += 1;
      if (word === '--') this.#unknown ??= word;
      else if (word.startsWith('--')) this.#long(word);
      else if (word.startsWith('-') && word !== '-') this.#short(word);
      else {
        this.#words.push({ text: word, doubtful: this.#doubtful });
        this.#doubtful = false;
      }
    }
    return { words: this.#words, options: this.#options, foreign: this.#found, unknown: this.#unknown };
  }

  #long(word: string): void {
    const sign = word.indexOf('=');
    const flag = sign === -1 ? word : word.slice(0, sign);
    const glued = sign === -1 ? undefined : word.slice(sign + 1);
    const key = flag.slice('--'.length);
    const row = this.#rows.find((one) => one.key === key);
    const turnedOff = this.#rows.some((one) => one.value === undefined && key === `no-${one.key}`);
    if (row?.value !== undefined) this.#own(row, glued ?? this.#next());
    else if (row !== undefined || turnedOff) {
      if (glued === undefined) this.#set(key);
      else this.#unknown ??= flag;
    } else if (!this.#takeForeign(flag, glued)) this.#secretOrUnknown(flag, glued);
  }

  /** `-k`, `-nq`, `-ofile`, and what other tools have of two letters: `-nc`. */
  #short(word: string): void {
    if (word.length > 2 && this.#takeForeign(word, undefined)) return;
    for (let at = 1; at < word.length; at += 1) {
      const letter = word.charAt(at);
      const glued = word.slice(at + 1) === '' ? undefined : word.slice(at + 1);
      const row = this.#rows.find(({ short }) => short === letter);
      if (row !== undefined && row.value === undefined) {
        this.#set(row.key);
        continue;
      }
      if (row !== undefined) this.#own(row, glued ?? this.#next());
      else if (!this.#takeForeign(`-${letter}`, glued)) this.#secretOrUnknown(`-${letter}`, glued);
      else if (this.#found.at(-1)?.meant.takes === undefined) continue;
      // Its value was the rest of this word, or the next one.
      return;
    }
  }

  #own(row: Row, value: string | undefined): void {
    // A flag in the place of a value is more likely forgotten to have one; and it may be a secret's.
    if (value === undefined || (value.startsWith('-') && value !== '-')) this.#unknown ??= `--${row.key}`;
    else this.#set(row.key, value);
  }

  #set(key: string, value?: string): void {
    this.#options.push(value === undefined ? [key] : [key, value]);
    this.#doubtful = false;
  }

  #takeForeign(flag: string, glued: string | undefined): boolean {
    for (const meant of this.#foreign) {
      if (!meant.flags.includes(flag)) continue;
      const waiting = this.#peek();
      const value = meant.takes === undefined ? '' : (glued ?? waiting);
      if (value === undefined || (meant.takes !== undefined && meant.like?.test(value) === false)) continue;
      if (!(meant.becomes?.(value) ?? []).every(([key]) => this.#rows.some((row) => row.key === key))) continue;
      if (meant.takes !== undefined && glued === undefined) this.#at += 1;
      this.#find(flag, meant, value);
      return true;
    }
    return false;
  }

  #secretOrUnknown(flag: string, glued: string | undefined): void {
    const value = glued ?? this.#peek();
    if (!SECRET_FLAG.test(flag) || value === undefined) this.#unknown ??= flag;
    else {
      if (glued === undefined) this.#at += 1;
      this.#find(flag, ANY_SECRET, value);
    }
  }

  #find(flag: string, meant: ForeignFlag, value: string): void {
    this.#found.push({ flag, meant, value });
    if (meant.argument === true) this.#words.push({ text: value, doubtful: false });
    this.#doubtful = meant.takes === undefined;
  }

  /** What may be a value. */
  #peek(): string | undefined {
    const next = this.#args[this.#at];
    return next === undefined || (next.startsWith('-') && next !== '-') ? undefined : next;
  }

  /** The value of one of our options, which may begin with anything. */
  #next(): string | undefined {
    const next = this.#args[this.#at];
    this.#at += 1;
    return next;
  }
}
