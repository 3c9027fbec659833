import { domainToASCII } from 'node:url';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { Secret } from '../core/secret.js';

export interface NetrcLogin {
  readonly login: string;
  readonly password: Secret;
}

/** A word of the file, and its line. */
interface Word {
  readonly text: string;
  readonly line: number;
}

/**
 * The login for a host in a netrc, in the grammar that curl and the Python tools read: `machine HOST login NAME password
 * SECRET`, in any lines, with quoted words, comments and macros. The first entry of the host counts. `default` does not:
 * a password for everybody would go to every host that a URL names.
 *
 * @param path of the file, for messages; its words are never shown, each may be a password
 * @param host as a URL has it, in lower case
 * @throws AppError config.read
 */
export function loginOf(text: string, path: string, host: string): NetrcLogin | undefined {
  const name = hostName(host);
  for (const entry of entriesOf(text, path)) {
    if (entry.machine === undefined || hostName(entry.machine) !== name) continue;
    const { login, password } = entry;
    if (login !== undefined && password !== undefined) return { login, password: new Secret(password) };
    const lacks = login === undefined ? 'login' : 'password';
    throw bad(path, entry.line, `the entry for ${escapeControls(host)} has no ${lacks}`);
  }
  return undefined;
}

/** As a URL has it, without the brackets of IPv6: people write names with their own letters, and in capitals. */
function hostName(machine: string): string {
  const bare = machine.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return domainToASCII(bare) || bare;
}

interface Entry {
  /** Undefined: `default`. */
  readonly machine: string | undefined;
  readonly line: number;
  login?: string;
  password?: string;
}

function entriesOf(text: string, path: string): readonly Entry[] {
  const words = new Words(text, path);
  const entries: Entry[] = [];
  for (let word = words.keyword(); word !== undefined; word = words.keyword()) {
    const current = entries.at(-1);
    const { line } = word;
    const keyword = keywordOf(word.text);
    if (keyword === 'machine') entries.push({ machine: words.value(word), line });
    else if (keyword === 'default') entries.push({ machine: undefined, line });
    else if (keyword === 'macdef') words.skipMacro();
    else if (keyword === 'login' && current !== undefined) current.login = words.value(word);
    else if (keyword === 'password' && current !== undefined) current.password = words.value(word);
    else if (keyword === 'account' && current !== undefined) words.value(word);
    else throw bad(path, line, 'not a word that a netrc has here');
  }
  return entries;
}

/** In any case, as curl reads them, and `user` is `login`, as for Python. */
function keywordOf(text: string): string {
  const keyword = text.toLowerCase();
  return keyword === 'user' ? 'login' : keyword;
}

/** Reads the words of a netrc one by one. What parts them is ASCII: a password may have other blanks. */
class Words {
  readonly #text: string;
  readonly #path: string;
  #at = 0;
  #line = 1;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  /** The next word that is no comment. */
  keyword(): Word | undefined {
    for (;;) {
      const word = this.#next();
      if (word?.text.startsWith('#') !== true) return word;
      this.#skipTo(/\n|$/g);
    }
  }

  /** What stands behind a keyword; it may begin with any character. @throws AppError config.read */
  value(keyword: Word): string {
    const word = this.#next();
    if (word === undefined) throw bad(this.#path, keyword.line, 'the last word has no value');
    return word.text;
  }

  /** A macro of ftp ends with an empty line. */
  skipMacro(): void {
    this.#skipTo(/\n[ \t]*\r?\n|$/g);
  }

  #next(): Word | undefined {
    this.#skipTo(/[^ \t\r\n\v\f]|$/g);
    if (this.#at >= this.#text.length) return undefined;
    const line = this.#line;
    return { text: this.#text[this.#at] === '"' ? this.#quoted(line) : this.#plain(), line };
  }

  #plain(): string {
    const start = this.#at;
    this.#skipTo(/[ \t\r\n\v\f]|$/g);
    return this.#text.slice(start, this.#at);
  }

  #quoted(line: number): string {
    const found = /"((?:[^"\\]|\\.)*)"/sy;
    found.lastIndex = this.#at;
    const [whole, inner] = found.exec(this.#text) ?? [];
    if (whole === undefined || inner === undefined) throw bad(this.#path, line, 'a quote is not closed');
    this.#advance(this.#at + whole.length);
    return inner.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char);
  }

  /** @param pattern global, and found at the end at the latest */
  #skipTo(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#advance(pattern.exec(this.#text)?.index ?? this.#text.length);
  }

  #advance(to: number): void {
    for (let at = this.#at; at < to; at += 1) if (this.#text[at] === '\n') this.#line += 1;
    this.#at = to;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function bad(path: string, line: number, what: string): AppError {
  return new AppError('config.read', `reading ${escapeControls(path)}, line ${line}: ${what}`, {
    hint: 'write "machine HOST login NAME password SECRET"',
  });
}
