import { parseProfileName } from '../config/profiles.js';
import type { OptionSpec } from '../core/option.js';

/** Which server, and who one is there, in one word. In a file it would stand above the environment, and be for every run. */
export const PROFILE: OptionSpec<string> = {
  key: 'profile',
  value: 'NAME',
  doc: 'use this profile of a configuration file',
  group: 'Configuration',
  runOnly: true,
  parse: parseProfileName,
};
