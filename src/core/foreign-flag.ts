/** One of our options, by its key, and its value; none for a switch. */
export type MeantOption = readonly [key: string, value?: string];

/**
 * A flag of another tool that people type here, and what it comes to. Only hints are made of it: imgdl refuses what it
 * does not know.
 */
export interface ForeignFlag {
  /** `-k`, `--no-check-certificate`. */
  readonly flags: readonly string[];
  /** What stands behind it. A `secret` is never shown again, but for what becomes() makes of it. Absent: nothing. */
  readonly takes?: 'value' | 'secret';
  /** Only such values are meant: one letter means different things in different tools. */
  readonly like?: RegExp;
  /**
   * Our options that mean the same, where the command has them all; else the flag is looked up further. Absent: none is
   * needed. Values are those that their rows parse.
   */
  readonly becomes?: (value: string) => readonly MeantOption[];
  /** What stands behind it is an argument here. */
  readonly argument?: true;
  /** What to know, a sentence without a full stop. Absent: `-k is --insecure here`. */
  readonly why?: string | ((flag: string, value: string) => string);
}
