import { SECRET_VARIABLES, variableOf } from '../../dist/config/layers.js';
import { EXIT } from '../../dist/core/exit.js';
import { defaultTextOf } from '../../dist/core/option.js';
import { EXIT_FACTS, SIGNAL_FACTS } from './exit-facts.mjs';
import { bold, fill, italic, literal, term } from './roff.mjs';

/** Day of the last change to the prose below. */
const DATE = '2026-11-21';
/** man/imgdl.1. Pure; scripts/docs.mjs writes it. */
export function manPage(facts) {
  const names = Object.keys(EXIT);
  const commands = [...facts.commands, facts.sandbox.command];
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
    ...[brings(facts.manuals), ...DESCRIPTION].flatMap((text, index) => [
      ...(index === 0 ? [] : ['.PP']),
      ...fill(text),
    ]),
    '.SH COMMANDS',
    ...commands.flatMap(commandEntry),
    '.SH OPTIONS',
    ...fill(
      'Every option is also an environment variable and, except where it says otherwise, a key of the configuration ' +
        'files. What is given on the command line wins over the environment, which wins over the file of --config, ' +
        'the file of the user, the file of the system and the default. Durations are written 90s, 15m or 2h; sizes ' +
        '20M (binary) or 20MB (decimal).',
    ),
    ...facts.groups.flatMap((group) => [`.SS ${group.name}`, ...group.options.flatMap(optionEntry)]),
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
      'A server that ignores Range makes a resume a restart; imgdl says so before it starts again. Where a server ' +
        'promises no digest, only the size is proven, and the result says size-only.',
    ),
    '.PP',
    ...fill(
      'A stdout that was closed before the start (>&-) looks like /dev/null, which Node.js puts in its place: the ' +
        'result is lost and the exit code is 0 all the same. A result that cannot be written is 15; with -o - and a reader that has gone, 141.',
    ),
    '.SH SEE ALSO',
    ...fill(
      ['sha256sum(1)', ...facts.manuals.flatMap((manual) => manual.seeAlso ?? []), 'systemd.timer(5)'].join(', '),
    ),
  ].join('\n')}\n`;
}
function brings(manuals) {
  const from = manuals.map((manual) => manual.from);
  const list = `${from.slice(0, -1).join(', ')} or ${from.at(-1)}`;
  return (
    `imgdl brings a machine image from ${list} to a disk, exactly once and exactly right. What stands under the final ` +
    'name is complete and verified, whatever happened before.'
  );
}
const DESCRIPTION = [
  'An interrupted download is continued by the same command, also days later and although a one-time key is spent. ' +
    'Where the server honours Range, at most 64 MiB are fetched twice.',
  'Several images are downloaded at once, with one log-in, into the directory that -o names. Their paths are printed in ' +
    'the order given, each when it and all before it are finished; a failed image has none, does not stop the others, ' +
    'and makes the exit status 14. With --json there is one document: items has what each image would have printed ' +
    'alone, summary the totals. Each image can be given once; two that would get one name are an error of the second.',
  'The path of the finished file is printed on stdout, or with --json one document that also says how the file was ' +
    'verified. Progress and messages go to stderr. imgdl never asks questions, and no option takes a password.',
];
const ENVIRONMENT = [
  ['IMGDL_*', 'The options; the variable of --download-id is IMGDL_DOWNLOAD_ID. An empty variable counts as unset.'],
  [
    SECRET_VARIABLES.join(', '),
    'The password, and the secret half of an API key pair, where no file is named. Other processes of the same user ' +
      'can see them: prefer --password-file.',
  ],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'Proxies, unless --proxy is given; lower case works too.'],
  ['NO_COLOR, FORCE_COLOR, TERM, CI', 'Whether there are colours and bars.'],
  ['XDG_CONFIG_HOME', 'Where the directory of the configuration file is, instead of ~/.config.'],
  ['NODE_EXTRA_CA_CERTS', 'More certificate authorities for every connection, as for any program on Node.js.'],
];
const FILES = [
  [
    '~/.config/imgdl/config.yaml, /etc/imgdl/config.yaml',
    'Configuration: one "option: value" per line. config.yml and config.json are read as well, but one directory may ' +
      'have one of them only. A configuration file in the current directory is never read.',
  ],
  ['TARGET.imgdl.json', 'The receipt of --receipt and --update.'],
  [
    '.imgdl-HEX.part, .imgdl-HEX.journal, .imgdl-HEX.lock',
    'A download in progress, beside its target. The same command continues it; --restart gives it up.',
  ],
];
const EXAMPLES = [['Try it without a server:', 'imgdl sandbox --size 1G --cut-after 300M']];
function commandEntry(command) {
  const args = command.args.map((arg) => `${arg.name} (${arg.doc})`).join(', ');
  return [
    ...term(`${bold(command.path.join(' '))}${argumentsOf(command)}`),
    ...fill(`${command.summary}.${args === '' ? '' : ` Arguments: ${args}.`}`),
  ];
}
function argumentsOf(command) {
  return `${command.args.map((arg) => (arg.optional === true ? ` [${italic(arg.name)}]` : ` ${italic(arg.name)}`)).join('')}${command.several === true ? ' ...' : ''}`;
}
function optionEntry(option) {
  const variables = [variableOf(option.key), ...(option.foreignEnv ?? [])].join(', ');
  const place = option.runOnly === true ? 'not in configuration files' : '';
  const alone = option.oneImage === true ? 'not with several images' : '';
  return [...flagEntry(option), ...fill(`(${[variables, place, alone].filter((part) => part !== '').join('; ')})`)];
}
function flagEntry(option) {
  const short = option.short === undefined ? '' : `${bold(`-${option.short}`)}, `;
  const value = option.value === undefined ? '' : ` ${italic(option.value)}`;
  const fallback = defaultTextOf(option);
  const words = [
    `${option.doc.charAt(0).toUpperCase()}${option.doc.slice(1)}.`,
    ...(option.choices === undefined ? [] : [`One of ${option.choices.join(', ')}.`]),
    ...(fallback === undefined ? [] : [`The default is ${fallback}.`]),
    ...(option.repeatable === true ? ['May be given several times.'] : []),
  ];
  return [...term(`${short}${bold(`--${option.key}`)}${value}`), ...fill(words.join(' '))];
}
