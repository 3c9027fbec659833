import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommandRow, commandTable } from '#imgdl/app/command-table.js';
import { missingArgument as missingName } from '#imgdl/app/images.js';
import { FOREIGN_FLAGS } from '#imgdl/cli/foreign-flags.js';
import { buildProgram, type Flags, HelpShown, helpAsOption } from '#imgdl/cli/program.js';
import { argumentSlip, missingArgument, usageError } from '#imgdl/cli/usage-error.js';
import { type AppError, isAppError } from '#imgdl/core/errors.js';
import type { MeantOption } from '#imgdl/core/foreign-flag.js';
import { splitWords } from '#imgdl/core/shell-words.js';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { anyText } from '../support/any-text.js';

const TABLE = commandTable();
const PATHS = TABLE.rows.map(({ spec }) => spec.path);

/** What a command line comes to before anything of it is run: nothing to complain of, help, or an error. */
function complaintOf(given: readonly string[]): unknown {
  const args = helpAsOption(given, PATHS);
  let ran: { readonly row: CommandRow; readonly args: readonly string[]; readonly flags: Flags } | undefined;
  const runnables = TABLE.rows.map((row) => ({
    spec: row.spec,
    options: row.options,
    ...(row.family === undefined ? {} : { family: row.family }),
    run: async (words: readonly string[], flags: Flags) => {
      ran = { row, args: words, flags };
      return 0;
    },
  }));
  try {
    buildProgram(runnables, '1.2.3', { out: () => {} }, () => {}).parse(args, { from: 'user' });
  } catch (error) {
    return usageError(error, args, TABLE);
  }
  if (ran === undefined) throw new Error('no command was run');
  const { row, args: words, flags } = ran;
  const missing = flags.has('input-file') ? undefined : missingName(row.spec, words);
  if (missing !== undefined) return missingArgument(missing, args, row, TABLE);
  return argumentSlip(words, row, args, TABLE);
}

function refusal(args: readonly string[]): AppError {
  const error = complaintOf(args);
  if (!isAppError(error)) throw new Error(`not refused: ${args.join(' ')}`, { cause: error });
  expect([error.code, error.exit]).toEqual(['usage.arguments', 2]);
  return error;
}

/** The commands of a hint, which always end it. */
function commandsIn(hint: string): readonly (readonly string[])[] {
  const [, lines] = /(?:^|; )use (imgdl .*)$/.exec(hint) ?? [];
  return lines === undefined ? [] : lines.split(/, (?=imgdl )| or (?=imgdl )/).map((line) => splitWords(line).slice(1));
}

const X = 'https://cloud.example.com/x.qcow2';

describe('who types what imgdl does not take is told what to type:', () => {
  test.each<[typed: string, hint: string]>([
    // Words that are missing, in another order, mistyped or those of other tools.
    ['pimage 747 88', 'use imgdl appliance pimage 747 88'],
    ['image 747 1095', 'use imgdl appliance image 747 1095'],
    ['image 1095', 'use imgdl appliance image 1095, imgdl container image 1095 or imgdl scan image 1095'],
    ['image debian-13 --os-cloud lab', 'use imgdl glance image debian-13 --os-cloud lab'],
    ['747 1095', 'use imgdl appliance image 747 1095 or imgdl appliance pimage 747 1095'],
    ['image appliance 747 1095', 'use imgdl appliance image 747 1095'],
    ['glance debian-13', 'use imgdl glance image debian-13'],
    ["glance 'Debian 13' -o images/", 'use imgdl glance image "Debian 13" -o images/'],
    ['glance -i list.txt', 'use imgdl glance image -i list.txt'],
    ['appliance 747', 'use imgdl appliance list 747'],
    ['appliance 747 1095', 'use imgdl appliance image 747 1095 or imgdl appliance pimage 747 1095'],
    ['scan 12 34', 'use imgdl scan list 12 34'],
    ['aplliance image 747 1095', 'use imgdl appliance image 747 1095'],
    ['appliance pimages 747 88', 'use imgdl appliance pimage 747 88'],
    ['glance imge debian-13', 'use imgdl glance image debian-13'],
    ['download appliance image 747 1095', 'use imgdl appliance image 747 1095'],
    ['appliance download 747 1095', 'use imgdl appliance image 747 1095 or imgdl appliance pimage 747 1095'],
    ['glance show debian-13', 'use imgdl glance list debian-13'],
    ['glance image-show debian-13', 'use imgdl glance list debian-13'],
    ['appliance info 747', 'use imgdl appliance list 747'],
    ['scan describe 12 34', 'use imgdl scan list 12 34'],
    ['get debian-13', 'use imgdl glance image debian-13'],
    [`download ${X}`, `use imgdl url ${X}`],
    [X, `use imgdl url ${X}`],
    [`${X} -o x.qcow2 --json`, `use imgdl url ${X} -o x.qcow2 --json`],
    ['cloud.example.com/x.qcow2', `use imgdl url ${X}`],
    [`${X} x.qcow2`, `a file name goes after -o; use imgdl url ${X} -o x.qcow2`],
    ['ls', 'use imgdl appliance list, imgdl container list, imgdl scan list or imgdl glance list'],
    ['list', 'use imgdl appliance list, imgdl container list, imgdl scan list or imgdl glance list'],
    ['image list', 'use imgdl appliance list, imgdl container list, imgdl scan list or imgdl glance list'],
    ['ls appliance 747', 'use imgdl appliance list 747'],
    ['glance ls', 'use imgdl glance list'],
    ['glance image-list', 'use imgdl glance list'],
    ['version', 'use imgdl --version'],
    ['template list', 'use imgdl appliance list'],
    ['bundle ls', 'use imgdl container list'],
    [
      'template export --id 747 --file web.tar.gz',
      'what follows --id is an argument here; use imgdl appliance export 747 -o web.tar.gz',
    ],
    ['bundle export --id 21', 'what follows --id is an argument here; use imgdl container export 21'],

    // Arguments.
    ['appliance image 747 1095,1096', 'separate ids with spaces; use imgdl appliance image 747 1095 1096'],
    [`url ${X} x.raw`, `a file name goes after -o; use imgdl url ${X} -o x.raw`],
    [`url ${X} 'my images/'`, `a file name goes after -o; use imgdl url ${X} -o "my images/"`],
    ['glance image', 'see what there is with imgdl glance list'],
    ['appliance image', 'see what there is with imgdl appliance list'],
    ['appliance export', 'see what there is with imgdl appliance list'],
    ['url', 'see imgdl url --help'],
    ['appliance list 747 1095', 'see imgdl appliance list --help'],

    // Options that are elsewhere.
    ['--json glance image debian-13', 'options go after the command; use imgdl glance image debian-13 --json'],
    ['-o x glance image debian-13', 'options go after the command; use imgdl glance image debian-13 -o x'],
    ['--json', 'options go after the command, as in imgdl appliance image APPLIANCE IMAGE --json'],
    ['glance image x --uid alice', '--uid works only with imgdl appliance, container, scan or url'],
    [
      'glance image x --name y',
      '--name works only with imgdl appliance list, container list, scan list or glance list',
    ],
    ['glance image x --ouput y', 'did you mean --output?'],

    // Values that are missing, or too many.
    ['glance image x --json=yes', 'use --json alone'],
    ['glance image x --progress', 'use --progress KIND, where KIND is auto, bar, line, json or none'],
    ['glance image x -o', 'use --output PATH'],

    // Flags of other tools.
    ['appliance image 747 1095 -u alice', '-u is --user here; use imgdl appliance image 747 1095 --user alice'],
    [
      'appliance image 747 1095 -u alice:canary-word',
      'no option takes a password, so put it in a file that only you can read; use imgdl appliance image 747 1095 --user alice --password-file FILE',
    ],
    [
      'appliance image 747 1095 --username alice -p canary-word',
      '--username is --user here; use imgdl appliance image 747 1095 --user alice --password-file FILE',
    ],
    [
      'appliance image 747 1095 --password=canary-word --json',
      'no option takes a password, so put it in a file that only you can read; use imgdl appliance image 747 1095 --json --password-file FILE',
    ],
    [
      'appliance image 747 1095 -pcanary-word',
      'no option takes a password, so put it in a file that only you can read; use imgdl appliance image 747 1095 --password-file FILE',
    ],
    [
      'glance image debian-13 --os-password canary-word',
      'set OS_PASSWORD in the environment instead of --os-password; use imgdl glance image debian-13',
    ],
    [
      'glance image debian-13 --os-cloud lab -u alice -p canary-word',
      'imgdl takes the login from clouds.yaml, or from OS_USERNAME and OS_PASSWORD; use imgdl glance image debian-13 --os-cloud lab',
    ],
    [
      'glance image debian-13 --os-region-name RegionTwo',
      '--os-region-name is --os-region here; use imgdl glance image debian-13 --os-region RegionTwo',
    ],
    [
      'appliance image 747 1095 -s canary-word -k publicpart',
      'no option takes a secret key; use imgdl appliance image 747 1095 --secret-key-file FILE --public-key KEY',
    ],
    [
      'appliance image 747 1095 -c ~/.hammr/credentials.yml',
      'imgdl reads this file by itself; use imgdl appliance image 747 1095',
    ],
    [
      'appliance image 747 1095 -c other.yml',
      'copy url and user from that file into a configuration file of imgdl; use imgdl appliance image 747 1095 --config config.yaml',
    ],
    ['appliance image 747 1095 -c', 'imgdl resumes by itself; use imgdl appliance image 747 1095'],
    [
      'appliance image --id 1095 --file x.tar.gz',
      'what follows --id is an argument here; use imgdl appliance image 1095 -o x.tar.gz',
    ],
    [
      'image download --id 1095 --file x.tar.gz',
      'what follows --id is an argument here; use imgdl appliance image 1095 -o x.tar.gz, imgdl container image 1095 -o x.tar.gz or imgdl scan image 1095 -o x.tar.gz',
    ],
    ['glance image debian-13 --file x.raw', '--file is --output here; use imgdl glance image debian-13 -o x.raw'],
    [
      'glance image-download debian-13 --file x.raw',
      '--file is --output here; use imgdl glance image debian-13 -o x.raw',
    ],
    ['glance image debian-13 --file x', '--file is --output here; use imgdl glance image debian-13 -o x'],
    ['glance list --public', '--public is --visibility here; use imgdl glance list --visibility public'],
    [
      'glance list --project 4711',
      '--project is --owner here, and takes the id of the project; use imgdl glance list --owner 4711',
    ],
    [
      'glance list --property-filter status=queued --property-filter os=x',
      '--property-filter is --status here; use imgdl glance list --status queued --property os=x',
    ],
    ['glance list --long', '--json shows everything that imgdl knows; use imgdl glance list --json'],
    ['glance list -f value -c ID', '-f is --json here; use imgdl glance list --json'],
    ['glance list -c ID', '--json shows everything that imgdl knows; use imgdl glance list --json'],
    ['glance image x -c', 'imgdl resumes by itself; use imgdl glance image x'],
    [
      'glance list --sort name:asc',
      'imgdl shows the newest first, so sort the output of --json for another order; use imgdl glance list',
    ],
    [`url -O ${X}`, `imgdl uses the server's file name by itself; use imgdl url ${X}`],
    [`url -LO ${X}`, `imgdl follows redirects by itself; use imgdl url ${X}`],
    [`url ${X} -O x.raw`, `-O is --output here; use imgdl url ${X} -o x.raw`],
    [`url -P images ${X}`, `-P is -o with a slash at the end here; use imgdl url ${X} -o images/`],
    [`url -k ${X}`, `-k is --insecure here; use imgdl url ${X} --insecure`],
    ['appliance image 747 1095 -k', '-k is --insecure here; use imgdl appliance image 747 1095 --insecure'],
    [`url --no-check-certificate ${X}`, `--no-check-certificate is --insecure here; use imgdl url ${X} --insecure`],
    [`url -L ${X}`, `imgdl follows redirects by itself; use imgdl url ${X}`],
    [
      `url --max-filesize 10G ${X}`,
      `imgdl has no limit for the size, but -n shows it without downloading; use imgdl url ${X} -n`,
    ],
    [`url -C - ${X}`, `imgdl resumes by itself; use imgdl url ${X}`],
    [`url -x 4 ${X}`, `-x is --connections here; use imgdl url ${X} --connections 4`],
    [`url -x http://proxy:3128 ${X}`, `-x is --proxy here; use imgdl url ${X} --proxy http://proxy:3128/`],
    [`url -qm 30 ${X}`, `-m is --deadline here; use imgdl url ${X} -q --deadline 30s`],
    [`url --max-speed 2m ${X}`, `--max-speed is --limit-rate here; use imgdl url ${X} --limit-rate 2M`],
    [`url ${X} -u alice:canary-word`, `put the login for a plain URL in ~/.netrc; use imgdl url ${X} --netrc`],
    [
      `url -H 'Authorization: Bearer canary-word' ${X}`,
      `no option takes a header, since it may be a secret, so put it in a file that only you can read; use imgdl url ${X} --header-file FILE`,
    ],
    [`curl-like ${X}`, 'see imgdl --help, or imgdl COMMAND --help'],
    ['glance image x --api-token canary-word', 'no option takes a password or a token; use imgdl glance image x'],

    // What may be a secret.
    [
      'appliance image 747 1095 --download-id canary-word -k',
      '-k is --insecure here; use imgdl appliance image 747 1095 --download-id KEY --insecure',
    ],
    [
      'appliance image 747 1095 --user alice:canary-word -k',
      '-k is --insecure here; use imgdl appliance image 747 1095 --user LOGIN --insecure',
    ],
    [
      'glance image debian-13 --proxy http://alice:canary-word@proxy:1 -k',
      '-k is --insecure here; use imgdl glance image debian-13 --proxy URL --insecure',
    ],
    ['glance image debian-13 -k canary-word', '-k is --insecure here'],

    // Where nobody can tell.
    ['nope', 'see imgdl --help, or imgdl COMMAND --help'],
    ['help nosuch', 'see imgdl --help, or imgdl COMMAND --help'],
    ['nosuch --help', 'see imgdl --help, or imgdl COMMAND --help'],
    ['aplliance', 'did you mean appliance?'],
    // Nothing is near enough.
    ['glance image x --long-image', 'see imgdl glance image --help'],
    ['appliance list --sort name', 'see imgdl appliance list --help'],
    ['glance image x --frobnicate', 'see imgdl glance image --help'],
    ['glance image -- -x', 'none'],
  ])('imgdl %s', (typed, hint) => {
    if (hint === 'none') expect(complaintOf(splitWords(typed))).toBeUndefined();
    else expect(refusal(splitWords(typed)).hint).toBe(hint);
  });
});

describe('whatever is typed', () => {
  const CANARY = 'canary-4711-word';
  const SECRETS = ['-p', '--password', '--os-password', '--http-password', '--my-token', '--api-key', '-s', '-H'];
  const word = fc.oneof(
    fc.constantFrom(...new Set(PATHS.flat()), 'ls', 'download', 'get', 'images', 'imge', 'image-list', 'help'),
    fc.constantFrom(
      '747',
      '1095',
      '1095,1096',
      'latest',
      'debian-13',
      'x.raw',
      'dir/',
      '3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22',
    ),
    fc.constantFrom(X, `${X}?downloadId=${CANARY}`, `https://alice:${CANARY}@host/x`, 'host.example.com/x', "it's", ''),
    fc.constantFrom(
      '-o',
      '-o=x',
      '--json',
      '--no-json',
      '-i',
      '-q',
      '-nq',
      '--user',
      '--os-cloud',
      '--retries',
      '--',
      '--nope',
    ),
    fc.constantFrom(...FOREIGN_FLAGS.flatMap(({ flags }) => flags), '--os-username', '-a', '--credentials', '-zz'),
    fc.constantFrom(...SECRETS).map((flag) => `${flag}=${CANARY}`),
  );
  const secret = fc.oneof(
    fc.constantFrom(...SECRETS, '-u', '--username').map((flag) => [flag, `alice:${CANARY}`]),
    // Behind a flag without a value it may be anything.
    fc.constantFrom('--download-id', '-k', '-L', '--silent').map((flag) => [flag, CANARY]),
  );
  const line = fc
    .array(fc.oneof({ weight: 6, arbitrary: word.map((one) => [one]) }, { weight: 1, arbitrary: secret }), {
      maxLength: 6,
    })
    .map((parts) => parts.flat());

  test('no hint suggests a command that does not parse, or that is a slip again', () => {
    fc.assert(
      fc.property(line, (args) => {
        const error = complaintOf(args);
        if (!isAppError(error)) return;
        for (const command of commandsIn(error.hint ?? '')) {
          const again = complaintOf(command);
          // `imgdl --version` is answered before anything else.
          expect(
            again instanceof HelpShown ? undefined : again,
            `${args.join(' ')} → ${command.join(' ')}`,
          ).toBeUndefined();
        }
      }),
      { numRuns: 120 },
    );
  });

  test('no secret of it is repeated, wherever it stands', () => {
    fc.assert(
      fc.property(line, (args) => {
        const error = complaintOf(args);
        if (isAppError(error)) expect(`${error.message} ${error.hint}`).not.toContain(CANARY);
      }),
      { numRuns: 120 },
    );
  });

  test('it is one line, and one of ours', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, anyText(6)), { maxLength: 4 }), (args) => {
        const error = complaintOf(args);
        if (isAppError(error)) expect(error.message).toMatch(/^reading the command line: [^\p{Cc}]*$/u);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the table of other tools’ flags', () => {
  const samples = [
    '4',
    '2M',
    'https://host/api',
    'x.raw',
    'http://proxy:3128',
    'alice:canary',
    '.hammr/credentials.yml',
    'c.yml',
    '-',
    'RegionTwo',
    'status=queued',
    'os=x',
    'json',
    'ID',
  ];
  const rows = [...FOREIGN_FLAGS, ...PROVIDERS.flatMap((provider) => provider.foreignFlags?.() ?? [])];

  /** Its row takes the value. */
  const isGood = ([key, value]: MeantOption): boolean => {
    try {
      TABLE.options.find((one) => one.key === key)?.parse(value ?? 'true');
      return true;
    } catch {
      return false;
    }
  };

  test.each(rows.map((row) => [row.flags.join(' '), row] as const))('%s comes to options that there are', (_, row) => {
    const fitting = samples.filter((value) => row.like?.test(value) !== false);
    const options = fitting.map((sample) => row.becomes?.(sample) ?? []);
    for (const [key, value] of options.flat()) {
      const option = TABLE.options.find((one) => one.key === key);
      expect([key, option?.value === undefined]).toEqual([option?.key, value === undefined]);
    }
    expect(options.some((meant) => meant.every(isGood))).toBe(true);
    expect(row.becomes === undefined && row.argument === undefined ? row.why : 'fine').toBeDefined();
  });

  test('no flag of it is one of all our commands', () => {
    const ours = TABLE.options.flatMap(({ key, short }) => [`--${key}`, ...(short === undefined ? [] : [`-${short}`])]);
    const common = FOREIGN_FLAGS.flatMap(({ flags }) => flags).filter((flag) => ours.includes(flag));
    expect(common).toEqual([]);
  });
});

describe('help', () => {
  test.each([
    [['--help'], true],
    [['appliance', 'image', '--help'], true],
    [['help', 'appliance', 'image'], true],
    [['--version'], true],
    [['help'], true],
    [['help', 'appliance'], true],
    [['help', 'appliance', 'image', '747'], true],
    [['appliance'], false],
  ])('%j shows help; asked for: %s', (args, asked) => {
    const shown = complaintOf(args);
    expect(shown).toBeInstanceOf(HelpShown);
    expect(shown).toMatchObject({ asked });
  });

  test('an error that is not of the command line stays what it is', () => {
    const error = new Error('x');
    expect(usageError(error, [], TABLE)).toBe(error);
  });
});
