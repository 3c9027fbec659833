import { parsePath, parseSwitch } from '../core/format.js';
import type { DefaultedOption, OptionSpec } from '../core/option.js';

/** Whose word plain URLs are asked with: rows of the option table. */

export const NETRC: DefaultedOption<boolean> = {
  key: 'netrc',
  doc: 'log in with the user and password in ~/.netrc',
  group: 'URL',
  identity: 'login',
  appliesTo: ['url'],
  default: false,
  parse: parseSwitch,
};

/** In a configuration file it would go to the server of every URL that anybody types. */
export const HEADER_FILE: OptionSpec<string> = {
  key: 'header-file',
  value: 'FILE',
  doc: 'send the headers in this file, or from stdin (-)',
  group: 'URL',
  identity: 'login',
  appliesTo: ['url'],
  runOnly: true,
  stdin: true,
  parse: parsePath,
};
