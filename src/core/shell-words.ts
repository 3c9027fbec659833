import { AppError } from './errors.js';

/** Text between words, and text that a shell would read as something else than itself. */
const BLANK = /[ \t]/;
const PLAIN = /^[A-Za-z0-9%+,./:=@_-]+$/;
/** What a backslash takes its meaning from within double quotes (POSIX.1-2024, XCU 2.2.3); before others it is itself. */
const ESCAPABLE = /["\\$`]/;

/**
 * The words of a line, quoted as in a POSIX shell: single quotes, double quotes, backslashes. Nothing is expanded: `$`,
 * `*`, `~` and backquotes are themselves.
 * @throws AppError usage.arguments: a quote that is not closed, a backslash at the end
 */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; ) {
    const [text, next] = BLANK.test(line.charAt(at)) ? [undefined, at + 1] : partAt(line, at);
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
    at = next;
  }
  return word === undefined ? words : [...words, word];
}

/** One quotation, one escaped character, or one character as it is; and where the next part begins. */
function partAt(line: string, at: number): readonly [text: string, next: number] {
  const first = line.charAt(at);
  if (first === '\\') {
    if (at + 1 === line.length) throw unfinished('a backslash at the end has nothing to escape');
    return [line.charAt(at + 1), at + 2];
  }
  if (first === '"') return doubleQuoted(line, at);
  if (first !== "'") return [first, at + 1];
  const end = line.indexOf("'", at + 1);
  if (end === -1) throw unfinished('a single quote is not closed');
  return [line.slice(at + 1, end), end + 1];
}

function doubleQuoted(line: string, at: number): readonly [text: string, next: number] {
  let text = '';
  for (let index = at + 1; index < line.length; index += 1) {
    const char = line.charAt(index);
    if (char === '"') return [text, index + 1];
    const escapes = char === '\\' && ESCAPABLE.test(line.charAt(index + 1));
    text += escapes ? line.charAt(index + 1) : char;
    if (escapes) index += 1;
  }
  throw unfinished('a double quote is not closed');
}

function unfinished(what: string): AppError {
  return new AppError('usage.arguments', what, { hint: 'quote it as in a shell' });
}

/**
 * A word as it is typed in a shell: splitWords() makes the same of it, if it has no line break. In double quotes where
 * they are enough: what masks secrets takes a single one behind a query for a part of it.
 */
export function quoteWord(word: string): string {
  if (PLAIN.test(word)) return word;
  return word === '' || /["$`\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
}
