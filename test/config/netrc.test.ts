import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loginOf } from '#imgdl/config/netrc.js';
import { isAppError } from '#imgdl/core/errors.js';
import { anyText } from '../support/any-text.js';
import { programPath } from '../support/processes.js';
import { scratch } from '../support/scratch.js';

const found = (text: string, host = 'h.example'): string | undefined => {
  const login = loginOf(text, '/home/a/.netrc', host);
  return login === undefined ? undefined : `${login.login}/${login.password.reveal()}`;
};

const ROWS: readonly (readonly [sentence: string, text: string, login: string | undefined])[] = [
  ['on one line', 'machine h.example login alice password secret', 'alice/secret'],
  ['on several lines', 'machine h.example\n  login alice\n\tpassword secret\n', 'alice/secret'],
  ['with the ends of lines of DOS', 'machine h.example\r\nlogin alice\r\npassword secret\r\n', 'alice/secret'],
  ['in the other order', 'machine h.example password secret login alice', 'alice/secret'],
  ['with an account', 'machine h.example login alice account x password secret', 'alice/secret'],
  [
    'behind another machine',
    'machine g login bob password x\nmachine h.example login alice password secret',
    'alice/secret',
  ],
  [
    'before another machine',
    'machine h.example login alice password secret\nmachine g login bob password x',
    'alice/secret',
  ],
  ['the first of two', 'machine h.example login alice password 1\nmachine h.example login bob password 2', 'alice/1'],
  ['in capitals', 'machine H.Example login alice password secret', 'alice/secret'],
  [
    'behind a comment',
    '# machine h.example login x password y\nmachine h.example login alice password secret',
    'alice/secret',
  ],
  ['with a comment behind it', 'machine h.example login alice password secret # old one\n', 'alice/secret'],
  ['with a # in the password', 'machine h.example login alice password #1#', 'alice/#1#'],
  ['with quotes', 'machine h.example login "alice b" password "a \\"b\\" \\\\ c"', 'alice b/a "b" \\ c'],
  ['with a keyword as a password', 'machine h.example login login password machine', 'login/machine'],
  [
    'behind a macro',
    'macdef init\nmachine h.example login x password y\n\nmachine h.example login a password b',
    'a/b',
  ],
  ['with keywords in capitals', 'MACHINE h.example Login alice PASSWORD secret', 'alice/secret'],
  ['with user for login, as Python reads it', 'machine h.example user alice password secret', 'alice/secret'],
  [
    'with a blank that is not ASCII',
    'machine h.example login alice password a\u00a0b\u3000c\n',
    'alice/a\u00a0b\u3000c',
  ],
  ['of nobody', '', undefined],
  ['of another host', 'machine g login alice password secret', undefined],
  ['of a host above', 'machine example login alice password secret', undefined],
  ['of a host below', 'machine x.h.example login alice password secret', undefined],
  ['of everybody', 'default login alice password secret', undefined],
  ['of everybody, before its own', 'default login x password y\nmachine h.example login a password b', 'a/b'],
  ['of another host, although it has no password', 'machine g login alice', undefined],
];

const BAD: readonly (readonly [sentence: string, text: string, says: RegExp])[] = [
  ['without a password', 'machine h.example login alice', /line 1: the entry for h\.example has no password/],
  ['without a login', '\nmachine h.example password canary', /line 2: the entry for h\.example has no login/],
  ['with a word that nobody knows', 'machine h.example\npass canary', /line 2: not a word that a netrc has here/],
  ['with a word in front', 'login canary', /line 1/],
  ['with a password of two words', 'machine h.example login a password canary canary', /line 1: not a word/],
  ['that ends early', 'machine h.example login', /line 1: the last word has no value/],
  ['with a quote that is not closed', 'machine h.example login a password "canary', /line 1: a quote is not closed/],
];

describe('a login in a netrc', () => {
  test.each(ROWS)('%s', (_, text, login) => {
    expect(found(text)).toBe(login);
  });

  test('of an address is found by the address', () => {
    expect(found('machine ::1 login a password b', '[::1]')).toBe('a/b');
    expect(found('machine [::1] login a password b', '[::1]')).toBe('a/b');
    expect(found('machine 127.0.0.1 login a password b', '127.0.0.1')).toBe('a/b');
  });

  test('of a name with letters of its own is found by what a URL makes of it', () => {
    const text = 'machine Bücher.example login a password b';
    expect(found(text, new URL('https://bücher.example').hostname)).toBe('a/b');
    expect(found(text, 'bucher.example')).toBeUndefined();
  });

  test.each(BAD)('%s: an error that says where, and shows no word of the file', (_, text, says) => {
    try {
      found(text);
      expect.unreachable();
    } catch (error) {
      if (!isAppError(error)) throw error;
      expect([error.code, error.exit, error.message]).toEqual(['config.read', 2, expect.stringMatching(says)]);
      expect(JSON.stringify(error)).not.toContain('canary');
    }
  });

  test.skipIf(programPath('python3') === undefined)('is the one that Python finds', () => {
    const directory = scratch();
    const same = ROWS.filter(([, text]) => !/"|default|macdef|MACHINE|H\.E|#1#/.test(text) && text !== '');
    for (const [sentence, text, login] of same) {
      const path = join(directory, 'netrc');
      writeFileSync(path, text);
      const program =
        'import netrc,sys\na=netrc.netrc(sys.argv[1]).hosts.get("h.example")\nprint("" if a is None else a[0]+"/"+a[2])';
      const { stdout } = spawnSync('python3', ['-c', program, path], { encoding: 'utf8' });
      // Of two entries Python takes the last one, curl the first.
      if (!sentence.startsWith('the first')) expect([sentence, stdout.trim()]).toEqual([sentence, login ?? '']);
    }
  });

  test('any text is taken, or refused in words', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        try {
          found(`machine h.example ${text}`);
        } catch (error) {
          expect(isAppError(error)).toBe(true);
        }
      }),
    );
  });
});
