import { parseChoice } from '../../core/format.js';
import type { OptionSpec } from '../../core/option.js';

const AS_WORDS = ['uforge', 'glance', 'plain'] as const;
export type As = (typeof AS_WORDS)[number];

export const AS: OptionSpec<As> = {
  key: 'as',
  value: 'KIND',
  choices: AS_WORDS,
  doc: 'what the URL is, whatever it looks like',
  group: 'URL',
  defaultText: 'by the form of the URL',
  parse: (raw) => parseChoice(raw, AS_WORDS),
};
