import { BlockList, isIP } from 'node:net';
import { AppError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { rememberUserinfo } from '../core/vault.js';
import { bareHost } from './address.js';

export interface ProxyServer {
  /** Without userinfo, path and query. */
  readonly url: URL;
  /** Value of Proxy-Authorization, if the URL had userinfo. */
  readonly authorization: Secret | undefined;
  /** Who named it: `--proxy`, `https_proxy`. */
  readonly from: string;
}

/** Where the choice of a proxy comes from. All strings are as the user or the environment gave them. */
export interface ProxyChoice {
  /** `--proxy`: for every request; the environment has no say then. */
  readonly proxy?: { readonly url: string };
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

/**
 * Reads the settings once, so that a wrong one is reported before anything is sent.
 *
 * @throws AppError usage.url
 */
export function proxyFor(choice: ProxyChoice): (target: URL) => ProxyServer | undefined {
  if (choice.proxy !== undefined) {
    const always = parseProxy(choice.proxy.url, '--proxy');
    return () => always;
  }
  const forHttp = parseProxy(choice.httpProxy, 'http_proxy');
  const forHttps = parseProxy(choice.httpsProxy, 'https_proxy');
  return (target) => {
    if (isExempt(target, choice.noProxy ?? '')) return undefined;
    return target.protocol === 'https:' ? forHttps : forHttp;
  };
}

function parseProxy(text: string | undefined, name: string): ProxyServer | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  rememberUserinfo(text);
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim()) ? text.trim() : `http://${text.trim()}`;
  const wrong = (why: string): AppError =>
    new AppError('usage.url', `${name}: ${why}`, { hint: 'use http://HOST:PORT or https://HOST:PORT' });
  let url: URL;
  try {
    url = new URL(full);
  } catch {
    throw wrong('not a URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong('only http and https proxies are supported');
  let authorization: Secret | undefined;
  if (url.username !== '' || url.password !== '') {
    try {
      const userinfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      authorization = new Secret(`Basic ${Buffer.from(userinfo, 'utf8').toString('base64')}`);
    } catch {
      throw wrong('user or password is not percent-encoded correctly');
    }
  }
  return { url: new URL(url.origin), authorization, from: name };
}

/**
 * NO_PROXY as curl reads it: a list of host names (each with all names below it), with or without a leading dot or
 * `*.`, addresses, networks (`10.0.0.0/8`), each perhaps with a port; `*` is everything.
 */
export function isExempt(target: URL, noProxy: string): boolean {
  const host = bareHost(target).toLowerCase();
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || fits(entry.toLowerCase(), host, port));
}

function fits(entry: string, host: string, port: string): boolean {
  const network = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(entry);
  if (network !== null) return inNetwork(host, network[1] ?? '', Number(network[2]));
  const parts = /^(?:\[([^\]]+)\]|([^:]*)|(.*:.*:.*))(?::(\d+))?$/.exec(entry);
  if (parts === null) return false;
  const [, bracketed, name, bare, wantedPort] = parts;
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const wanted = (bracketed ?? name ?? bare ?? '').replace(/^\*?\./, '').replace(/\.$/, '');
  if (wanted === '') return false;
  if (isIP(host) !== 0) return isIP(wanted) !== 0 && inNetwork(host, wanted, isIP(wanted) === 4 ? 32 : 128);
  return host === wanted || host.endsWith(`.${wanted}`);
}

function inNetwork(host: string, prefix: string, bits: number): boolean {
  const family = isIP(prefix);
  if (family === 0 || isIP(host) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const name = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(prefix, bits, name);
  return list.check(host, name);
}
