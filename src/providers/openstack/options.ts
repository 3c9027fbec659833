import { AppError } from '../../core/errors.js';
import { parseChoice, parseSwitch } from '../../core/format.js';
import type { DefaultedOption, OptionSpec } from '../../core/option.js';
import { quoteForeign } from '../../core/redact.js';

export const OS_CLOUD: OptionSpec<string> = {
  key: 'os-cloud',
  value: 'NAME',
  doc: 'use this cloud from clouds.yaml',
  group: 'OpenStack',
  identity: 'server',
  foreignEnv: ['OS_CLOUD'],
  parse: (raw) => parseName(raw, 'use the name of a cloud in clouds.yaml'),
};

/** It stands above what the cloud says of itself: another region's image under its name would be the wrong one. */
export const OS_REGION: OptionSpec<string> = {
  key: 'os-region',
  value: 'NAME',
  doc: 'use this region of the cloud',
  group: 'OpenStack',
  defaultText: 'region_name of the cloud, or its only region',
  foreignEnv: ['OS_REGION_NAME'],
  parse: (raw) => parseName(raw, 'use the name of a region, exactly as the cloud writes it'),
};

export const ALLOW_HTTP: OptionSpec<string> = {
  key: 'allow-http',
  value: 'HOST',
  repeatable: true,
  doc: 'let a token that was issued over https travel unencrypted to this host',
  group: 'OpenStack',
  parse: parseHost,
};

/** What a list shows, and which of several images a name means. */
const CHOICE = ['list', 'image'] as const;
const LIST = ['list'] as const;

export const TAG: OptionSpec<string> = {
  key: 'tag',
  value: 'TAG',
  repeatable: true,
  doc: 'only images with this tag, or with all of several',
  group: 'OpenStack',
  appliesTo: CHOICE,
  parse: (raw) => parseWord(raw, 'a tag'),
};

export interface ImageProperty {
  readonly key: string;
  readonly value: string;
}

export const PROPERTY: OptionSpec<ImageProperty> = {
  key: 'property',
  value: 'K=V',
  repeatable: true,
  doc: 'only images with this property, or with all of several',
  group: 'OpenStack',
  appliesTo: CHOICE,
  parse: parseProperty,
  text: propertyText,
};

export const OWNER: OptionSpec<string> = {
  key: 'owner',
  value: 'ID',
  doc: 'only images of the project with this id',
  group: 'OpenStack',
  appliesTo: CHOICE,
  parse: (raw) => parseWord(raw, 'the id of a project'),
};

const VISIBILITIES = ['public', 'private', 'shared', 'community', 'all'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

export const VISIBILITY: OptionSpec<Visibility> = {
  key: 'visibility',
  value: 'WHO',
  choices: VISIBILITIES,
  doc: 'only images with this visibility',
  group: 'OpenStack',
  appliesTo: CHOICE,
  defaultText: 'public images, those of the project, and accepted shares',
  parse: (raw) => parseChoice(raw, VISIBILITIES),
};

export const STATUS: OptionSpec<string> = {
  key: 'status',
  value: 'STATUS',
  doc: 'show only images with this status, such as active or queued',
  group: 'OpenStack',
  appliesTo: LIST,
  runOnly: true,
  parse: (raw) => parseWord(raw, 'a status'),
};

export const HIDDEN: DefaultedOption<boolean> = {
  key: 'hidden',
  doc: 'show hidden images instead of the others',
  group: 'OpenStack',
  appliesTo: LIST,
  default: false,
  runOnly: true,
  parse: parseSwitch,
};

/** The host of a URL, as the URL parser writes it. */
function parseHost(raw: string): string {
  const host = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(raw) ? `[${raw}]` : raw;
  const url = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`) : undefined;
  if (url === undefined || url.href !== `http://${url.hostname}/` || /[/?#@*\s]/.test(raw)) {
    throw new AppError('usage.option', 'the value is not the name or address of a host', {
      hint: 'use the host alone, as in --allow-http glance.example.com',
    });
  }
  return url.hostname;
}

/** A blank or the end of a line of DOS, left behind by a file with settings, is part of no name. */
function parseName(raw: string, hint: string): string {
  if (raw.trim() === '') throw new AppError('usage.option', 'the name is empty', { hint });
  return raw.trim();
}

function parseWord(raw: string, what: string): string {
  if (raw.trim() !== '') return raw;
  throw new AppError('usage.option', `the value is empty, not ${what}`, { hint: `use ${what}` });
}

function parseProperty(raw: string): ImageProperty {
  const at = raw.indexOf('=');
  if (at > 0) return { key: raw.slice(0, at), value: raw.slice(at + 1) };
  throw new AppError('usage.option', `${quoteForeign(raw)} is not a property with its value`, {
    hint: 'use KEY=VALUE, as in os_distro=debian',
  });
}

function propertyText(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null || !('key' in given) || !('value' in given)) return undefined;
  return typeof given.key === 'string' && typeof given.value === 'string' ? `${given.key}=${given.value}` : undefined;
}
