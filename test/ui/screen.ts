/**
 * A terminal as far as imgdl needs one, and not a sequence more: anything that would outlive a killed process (a
 * hidden cursor, line wrapping switched off, another screen, a scroll region) is an error here.
 */
export class Screen {
  readonly rows: string[][] = [[]];
  row = 0;
  column = 0;
  /** How often a character went beyond the last column. */
  wraps = 0;
  readonly #columns: number;

  constructor(columns: number) {
    this.#columns = columns;
  }

  write(text: string): void {
    const tokens = text.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|\x1b.|[^\x1b]/gsu);
    for (const [token, argument, final] of tokens) {
      if (final !== undefined) this.#control(argument ?? '', final);
      else if (token.startsWith('\x1b')) throw new Error(`unknown escape ${JSON.stringify(token)}`);
      else this.#character(token);
    }
  }

  /** What a person sees, without blanks at the ends. */
  get text(): string {
    return this.rows
      .map((row) =>
        row
          .map((cell) => cell ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd();
  }

  #control(argument: string, final: string): void {
    const number = argument === '' ? 0 : Number(argument);
    if (final === 'm' && /^[\d;]*$/.test(argument)) return;
    if (final === 'A' && number >= 0) this.row = Math.max(0, this.row - Math.max(1, number));
    else if (final === 'G' && number >= 0) this.column = Math.max(1, number) - 1;
    else if (final === 'K' && number === 0) this.#line().length = Math.min(this.#line().length, this.column);
    else if (final === 'K' && number === 2) this.rows[this.row] = [];
    else if (final === 'J' && number === 0) {
      this.#line().length = Math.min(this.#line().length, this.column);
      this.rows.length = this.row + 1;
    } else throw new Error(`unknown escape ESC [ ${argument} ${final}`);
  }

  #character(char: string): void {
    if (char === '\n') {
      this.row += 1;
      this.column = 0;
      this.#line();
      return;
    }
    if (char === '\r') {
      this.column = 0;
      return;
    }
    if (/\p{Cc}/u.test(char)) throw new Error(`control character ${JSON.stringify(char)}`);
    if (this.column >= this.#columns) {
      this.wraps += 1;
      this.row += 1;
      this.column = 0;
    }
    const line = this.#line();
    while (line.length < this.column) line.push(' ');
    line[this.column] = char;
    this.column += 1;
  }

  #line(): string[] {
    let line = this.rows[this.row];
    while (line === undefined) {
      this.rows.push([]);
      line = this.rows[this.row];
    }
    return line;
  }
}
