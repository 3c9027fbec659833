import { variableOf } from '../../dist/config/layers.js';
import { EXIT } from '../../dist/core/exit.js';
import { defaultTextOf } from '../../dist/core/option.js';
import { EXIT_FACTS, SIGNAL_FACTS } from './exit-facts.mjs';

/** The pages that are made of tables of the program, in Markdown. Pure; scripts/docs.mjs writes them. */
const EXIT_NAMES = Object.keys(EXIT);
/**
 * docs/errors.md: every code with its cause and cure.
 * @param kinds all there are
 */
export function errorsPage(kinds) {
  const sections = EXIT_NAMES.flatMap((name) => {
    const found = kinds.filter(({ exit }) => exit === name);
    if (found.length === 0) return [];
    const { meaning, again } = EXIT_FACTS[name];
    return [
      `## Exit ${EXIT[name]}: ${name}`,
      `${sentence(meaning)} Run again: ${again}.`,
      ...found.map(({ code, cause, cure }) => `### \`${code}\`\n\n${cause}\n\n*Cure:* ${cure}`),
    ];
  });
  return `${[
    '# Errors',
    'Every error has a stable code: the word after `imgdl:` on stderr, and `error.code` in the `--json` document. ' +
      'The exit code tells a script whether to run the same command again.',
    '<!-- Written by npm run docs from src/core/error-codes.ts and those of the providers. -->',
    exitTable(),
    ...sections,
    `## Exit 128+n: signal\n\n${sentence(SIGNAL_FACTS.meaning)} Run again: ${SIGNAL_FACTS.again}.`,
    `### \`signal\`\n\nimgdl received SIGHUP, SIGINT or SIGTERM. A second signal ends it at once, without a checkpoint.\n\n*Cure:* Run again to resume.`,
  ].join('\n\n')}\n`;
}
/** The exit codes as a table. */
export function exitTable() {
  return table(
    ['exit', 'name', 'meaning', 'run again?'],
    [
      ...EXIT_NAMES.map((name) => [String(EXIT[name]), name, EXIT_FACTS[name].meaning, EXIT_FACTS[name].again]),
      ['128+n', 'signal', SIGNAL_FACTS.meaning, SIGNAL_FACTS.again],
    ],
  );
}
/** The options of every download as a table. */
export function optionTable(facts) {
  return table(
    ['option', 'meaning', 'default', 'variable'],
    facts.groups.flatMap((group) => [
      [`**${group.name}**`, '', '', ''],
      ...group.options.map((option) => [
        `\`${flagText(option)}\``,
        meaning(option),
        defaultTextOf(option) ?? '',
        `\`${variableOf(option.key)}\``,
      ]),
    ]),
  );
}
/** `-o, --output PATH`. */
export function flagText(option) {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  return `${short}--${option.key}${option.value === undefined ? '' : ` ${option.value}`}`;
}
/**
 * Puts a text between `<!-- NAME:begin -->` and `<!-- NAME:end -->` of a page.
 * @throws Error when the page lacks the marks, or has them more than once
 */
export function replaceBetween(page, name, text) {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [before, rest, ...more] = page.split(begin);
  const [, after, ...others] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`the page needs ${begin} and ${end}, once each and in this order`);
  }
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}
function meaning(option) {
  const choices = option.choices === undefined ? '' : `: ${option.choices.map((word) => `\`${word}\``).join(', ')}`;
  return `${option.doc}${choices}${option.repeatable === true ? ' (repeatable)' : ''}`;
}
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
