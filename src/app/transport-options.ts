import { AppError } from '../core/errors.js';
import { durationText, parseDuration, parsePath, parseSwitch } from '../core/format.js';
import type { OptionSpec } from '../core/option.js';

/** How servers are reached and trusted: rows of the option table. */

export const CACERT: OptionSpec<string> = {
  key: 'cacert',
  value: 'FILE|DIR',
  doc: 'trust only the authorities in this PEM file or directory',
  group: 'Transport',
  identity: 'trust',
  defaultText: 'those of the system and of Node.js',
  parse: parsePath,
};

export const CERT: OptionSpec<string> = {
  key: 'cert',
  value: 'FILE',
  doc: 'client certificate (PEM), with its key inside or in --key',
  group: 'Transport',
  identity: 'trust',
  parse: parsePath,
};

export const KEY: OptionSpec<string> = {
  key: 'key',
  value: 'FILE',
  doc: 'private key of the client certificate (PEM)',
  group: 'Transport',
  identity: 'trust',
  parse: parsePath,
};

/** No default: where it is not given, a provider's own description of its servers counts. */
export const INSECURE: OptionSpec<boolean> = {
  key: 'insecure',
  doc: 'accept any TLS certificate: others can read and change data',
  group: 'Transport',
  identity: 'trust',
  parse: parseSwitch,
};

export const PROXY: OptionSpec<string> = {
  key: 'proxy',
  value: 'URL',
  doc: 'send all requests through this HTTP proxy',
  group: 'Transport',
  defaultText: 'HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY',
  parse: parseProxy,
};

export const TIMEOUT: OptionSpec<number> = {
  key: 'timeout',
  value: 'DUR',
  doc: 'how long a server may send nothing before imgdl retries',
  group: 'Transport',
  defaultText: '30s; 60s for the response to start',
  parse: parseDuration,
  text: durationText,
};

/** In the order of the help. */
export const TRANSPORT_OPTIONS: readonly OptionSpec<unknown>[] = [CACERT, CERT, KEY, INSECURE, PROXY, TIMEOUT];

/**
 * The origin of an HTTP proxy, as in `http://proxy:3128`. User and password are refused here, because command lines
 * are seen by everybody on the machine (`ps`); HTTPS_PROXY may have them.
 */
function parseProxy(raw: string): string {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  if (url !== undefined && /^socks/.test(url.protocol)) {
    throw new AppError('usage.option', 'SOCKS proxies are not supported', {
      hint: 'use an HTTP proxy, as in http://proxy:3128',
    });
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search + url.hash !== '') {
    throw new AppError('usage.option', 'not the URL of an HTTP proxy', { hint: 'write it as http://proxy:3128' });
  }
  if (url.username + url.password !== '') {
    throw new AppError('usage.option', 'user and password have no place in this value', {
      hint: 'put them in the URL of the HTTPS_PROXY environment variable',
    });
  }
  return url.origin;
}
