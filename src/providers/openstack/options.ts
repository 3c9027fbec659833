import { AppError } from '../../core/errors.js';
import type { OptionSpec } from '../../core/option.js';

export const OS_CLOUD: OptionSpec<string> = {
  key: 'os-cloud',
  value: 'NAME',
  doc: 'use this cloud from clouds.yaml',
  group: 'OpenStack',
  foreignEnv: ['OS_CLOUD'],
  parse: (raw) => parseName(raw, '--os-cloud', 'use the name of a cloud in clouds.yaml'),
};

/** It stands above what the cloud says of itself: another region's image under its name would be the wrong one. */
export const OS_REGION: OptionSpec<string> = {
  key: 'os-region',
  value: 'NAME',
  doc: 'use this region of the cloud',
  group: 'OpenStack',
  defaultText: 'region_name of the cloud, or its only region',
  foreignEnv: ['OS_REGION_NAME'],
  parse: (raw) => parseName(raw, '--os-region', 'use the name of a region, exactly as the cloud writes it'),
};

export const ALLOW_HTTP: OptionSpec<string> = {
  key: 'allow-http',
  value: 'HOST',
  repeatable: true,
  doc: 'let a token that was issued over https travel unencrypted to this host',
  group: 'OpenStack',
  parse: parseHost,
};

/** The host of a URL, as the URL parser writes it. */
function parseHost(raw: string): string {
  const host = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(raw) ? `[${raw}]` : raw;
  const url = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`) : undefined;
  if (url === undefined || url.href !== `http://${url.hostname}/` || /[/?#@*\s]/.test(raw)) {
    throw new AppError('usage.option', '--allow-http: this is not the name or address of a host', {
      hint: 'use the host alone, as in --allow-http glance.example.com',
    });
  }
  return url.hostname;
}

function parseName(raw: string, flag: string, hint: string): string {
  if (raw.trim() === '') throw new AppError('usage.option', `${flag}: the name is empty`, { hint });
  return raw;
}
