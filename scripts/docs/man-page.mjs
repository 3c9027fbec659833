import { SECRET_VARIABLES, variableOf } from '../../dist/config/layers.js';
import { EXIT } from '../../dist/core/exit.js';
import { defaultTextOf } from '../../dist/core/option.js';
import { EXIT_FACTS, SIGNAL_FACTS } from './exit-facts.mjs';
import { bold, fill, italic, literal, term } from './roff.mjs';

/** Day of the last change to the prose below. */
const DATE = '2026-11-30';
/** man/imgdl.1. Pure; scripts/docs.mjs writes it. */
export function manPage(facts) {
  const names = Object.keys(EXIT);
  const commands = [...facts.commands, ...facts.local.commands, facts.sandbox.command];
  const of = (entries) => facts.manuals.flatMap((manual) => entries(manual) ?? []);
  return `${[
    '.\\" Written by npm run docs from the tables of the program.',
    `.TH IMGDL 1 ${DATE} "imgdl ${facts.version}" "User Commands"`,
    '.SH NAME',
    'imgdl \\- download machine images, verified and resumable',
    '.SH SYNOPSIS',
    ...commands.flatMap((command, index) => [
      ...(index === 0 ? [] : ['.br']),
      `${bold(`imgdl ${command.path.join(' ')}`)} [${italic('options')}]${argumentsOf(command)}${command === facts.sandbox.command ? ` [\\-\\- ${italic('command')} ...]` : ''}`,
    ]),
    '.SH DESCRIPTION',
    ...[introduction(facts.manuals), ...DESCRIPTION].flatMap((text, index) => [
      ...(index === 0 ? [] : ['.PP']),
      ...fill(text),
    ]),
    '.SH COMMANDS',
    ...commands.flatMap(commandEntry),
    '.SH OPTIONS',
    ...fill(
      'You can also set every option in an environment variable and, unless noted otherwise, in a configuration file. ' +
        'The command line overrides the environment, which overrides the --config file, then your own configuration ' +
        'file, then the system-wide one. Write durations as 90s, 15m or 2h, and sizes as 20M (binary) or 20MB (decimal).',
    ),
    ...facts.groups.flatMap((group) => [`.SS ${group.name}`, ...group.options.flatMap(optionEntry)]),
    '.SS Partial downloads',
    ...facts.local.options.flatMap(flagEntry),
    '.SS Sandbox',
    ...facts.sandbox.options.flatMap(flagEntry),
    '.SH ENVIRONMENT',
    ...[...ENVIRONMENT, ...of((manual) => manual.environment)].flatMap(([name, text]) => [
      ...term(bold(name)),
      ...fill(text),
    ]),
    '.SH FILES',
    ...[...FILES, ...of((manual) => manual.files)].flatMap(([name, text]) => [...term(italic(name)), ...fill(text)]),
    '.SH EXIT STATUS',
    ...names.flatMap((name) => [
      ...term(bold(String(EXIT[name]))),
      ...fill(`${name}: ${EXIT_FACTS[name].meaning}. Run again: ${EXIT_FACTS[name].again}.`),
    ]),
    ...term(`${bold('128')}+${italic('n')}`),
    ...fill(`signal: ${SIGNAL_FACTS.meaning}. Run again: ${SIGNAL_FACTS.again}.`),
    '.SH EXAMPLES',
    ...[...of((manual) => manual.examples), ...EXAMPLES].flatMap(([text, command], index) => [
      ...(index === 0 ? [] : ['.PP']),
      ...fill(text),
      '.PP',
      '.RS 4',
      '.nf',
      ...literal(command),
      '.fi',
      '.RE',
    ]),
    '.SH BUGS',
    ...fill(
      'If a server ignores Range requests, the image comes again from the start: imgdl says so, and compares it with ' +
        'what it has. If a server provides no digest, imgdl can check only the size, and the result says size-only.',
    ),
    '.PP',
    ...fill(
      'If stdout is closed before imgdl starts (>&-), Node.js replaces it with /dev/null: the result is lost, and the ' +
        'exit status is still 0. If the result cannot be written, the exit status is 15. With -o - and a reader that has ' +
        'gone away, it is 141.',
    ),
    '.PP',
    ...fill(
      'imgdl stops on SIGHUP even under nohup(1). To keep a download running after you log out, use setsid(1) or ' +
        'systemd-run(1).',
    ),
    '.PP',
    ...fill(
      'imgdl speaks HTTP/1.1 only. It keeps no cookies, does not use the file name in Content-Disposition, and refuses ' +
        'redirects from https to http or from a public server into a local network.',
    ),
    '.SH SEE ALSO',
    ...fill(
      ['sha256sum(1)', 'gpgv(1)', ...facts.manuals.flatMap((manual) => manual.seeAlso ?? []), 'systemd.timer(5)'].join(
        ', ',
      ),
    ),
  ].join('\n')}\n`;
}
function introduction(manuals) {
  const from = manuals.map((manual) => manual.from);
  const list = `${from.slice(0, -1).join(', ')} or ${from.at(-1)}`;
  return (
    `imgdl downloads machine images from ${list}. A file appears under its final name only when it is complete and ` +
    'verified.'
  );
}
const DESCRIPTION = [
  'To resume an interrupted download, run the same command again, even days later. If the one-time download id is ' +
    'spent, imgdl uses your credentials to get a new one. If the server supports Range requests, at most 64 MiB are downloaded twice.',
  'If you name several images, imgdl logs in once, downloads them in parallel and saves them in the directory given with ' +
    '-o. It prints their paths in the order given. A failed image has no path and does not stop the others; the exit ' +
    'status is then 14. With --json, imgdl prints one document: items holds what each image would print on its own, and ' +
    'summary holds the totals. You cannot name an image twice. If two images would get the same file name, the second ' +
    'one fails.',
  'With -i FILE, imgdl also reads images from a file, or from stdin (-i -): one per line, with all the words that the ' +
    'command takes, quoted as in a shell; nothing is expanded. It skips blank lines and lines that begin with #. The ' +
    'command line then needs no image of its own, and the images count as several, however many there are. A list ' +
    'without images is not an error, but a warning. At most one option can read stdin.',
  'An image that is still being made ends the run with exit status 5. With --wait, imgdl waits for it: it asks the server ' +
    'again, at first every 2 seconds and later every 30, and shows how far the image is. A build that fails ends the wait ' +
    'at once. The export commands wait for one hour unless you say otherwise. They delete the export on the server when ' +
    'the run is over, however it ends, and keep nothing of an export that failed.',
  'imgdl prints the path of the finished file on stdout or, with --json, one document that also says how the file was ' +
    'verified. Progress and messages go to stderr; errors too, with --json as well. imgdl never prompts, and no option ' +
    'takes a password.',
];
const ENVIRONMENT = [
  [
    'IMGDL_*',
    'The options: --download-id is IMGDL_DOWNLOAD_ID. An empty variable counts as unset. If no option has the name, imgdl ' +
      'prints a warning.',
  ],
  [
    SECRET_VARIABLES.join(', '),
    'The password, and the secret half of an API key pair, if you do not use a file. Other processes of the same user ' +
      'can see these variables, so prefer --password-file.',
  ],
  [
    'HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY',
    'Proxies, unless you use --proxy. Lowercase names work too. ALL_PROXY is for the schemes that have no proxy of ' +
      'their own. imgdl does not support SOCKS proxies, and never bypasses one.',
  ],
  [
    'SSL_CERT_FILE, SSL_CERT_DIR, CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE',
    'Certificate authorities to trust in addition to those of Node.js, instead of the system-wide bundle, unless you use ' +
      '--cacert. The last two count only if neither of the first two is set.',
  ],
  ['NO_COLOR, FORCE_COLOR, TERM, CI', 'Whether imgdl uses colors and progress bars.'],
  ['XDG_CONFIG_HOME', 'The parent of the configuration directory, instead of ~/.config.'],
  ['NODE_EXTRA_CA_CERTS', 'Additional certificate authorities, as for any Node.js program.'],
];
const FILES = [
  [
    '~/.config/imgdl/config.yaml, /etc/imgdl/config.yaml',
    'Configuration: one "option: value" per line. config.yml and config.json work too, but a directory may contain only ' +
      'one of the three. Below "profiles:" you can name servers for --profile. imgdl never reads configuration from the ' +
      'current directory.',
  ],
  ['TARGET.imgdl.json', 'The receipt that --receipt and --update write.'],
  [
    '.imgdl-HEX.part, .imgdl-HEX.journal, .imgdl-HEX.lock',
    'A partial download, next to its target. The same command resumes it; --restart discards it. imgdl status shows ' +
      'them, imgdl clean removes them.',
  ],
];
const EXAMPLES = [['Try it without a server:', 'imgdl sandbox --size 1G --cut-after 300M']];
function commandEntry(command) {
  const args = command.args.map((arg) => `${arg.name.toUpperCase()} (${arg.doc})`).join(', ');
  return [
    ...term(`${bold(command.path.join(' '))}${argumentsOf(command)}`),
    ...fill(`${command.summary}.${args === '' ? '' : ` Arguments: ${args}.`}`),
  ];
}
function argumentsOf(command) {
  // In capitals, as the values of options are: `url url ...` would read like a slip.
  const words = command.args.map(({ name, optional }) => {
    const word = italic(name.toUpperCase());
    return optional === true ? ` [${word}]` : ` ${word}`;
  });
  return `${words.join('')}${command.several === true ? ' ...' : ''}`;
}
function optionEntry(option) {
  const variables = [variableOf(option.key), ...(option.foreignEnv ?? [])].join(', ');
  const place = option.runOnly === true ? 'not allowed in configuration files' : '';
  const alone = option.oneImage === true ? 'only for a single image' : '';
  return [...flagEntry(option), ...fill(`(${[variables, place, alone].filter((part) => part !== '').join('; ')})`)];
}
function flagEntry(option) {
  const short = option.short === undefined ? '' : `${bold(`-${option.short}`)}, `;
  const value = option.value === undefined ? '' : ` ${italic(option.value)}`;
  const fallback = defaultTextOf(option);
  const words = [
    `${option.doc.charAt(0).toUpperCase()}${option.doc.slice(1)}.`,
    ...(option.choices === undefined ? [] : [`Values: ${option.choices.join(', ')}.`]),
    ...(fallback === undefined ? [] : [`The default is ${fallback}.`]),
    ...(option.repeatable === true ? ['You can repeat this option.'] : []),
  ];
  return [...term(`${short}${bold(`--${option.key}`)}${value}`), ...fill(words.join(' '))];
}
