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
  /** Who named it: `--proxy`, `HTTPS_PROXY`. */
  readonly from: string;
}

/** The URL of a proxy as the user wrote it, and the variable in which it is. */
export interface ProxySetting {
  readonly name: string;
  readonly url: string;
}

/** Where the choice of a proxy comes from. */
export interface ProxyChoice {
  /** `--proxy`: for every request; the environment has no say then. */
  readonly proxy?: { readonly url: string };
  readonly httpProxy?: ProxySetting;
  readonly httpsProxy?: ProxySetting;
  /** For the scheme that has none of its own. */
  readonly allProxy?: ProxySetting;
  /** As the user wrote it; holds for all but `proxy`. */
  readonly noProxy?: string;
}

/** The choice of the environment, as curl reads it: names in small letters come first. */
export function proxyChoiceOf(env: ReadonlyMap<string, string>): ProxyChoice {
  const setting = (...names: readonly string[]): ProxySetting | undefined => {
    for (const name of names) {
      const url = env.get(name) ?? '';
      if (url.trim() !== '') return { name, url };
    }
    return undefined;
  };
  // HTTP_PROXY in capitals may come from a request header where we run as a CGI program (httpoxy).
  const httpProxy = env.has('REQUEST_METHOD') ? setting('http_proxy') : setting('http_proxy', 'HTTP_PROXY');
  const httpsProxy = setting('https_proxy', 'HTTPS_PROXY');
  const allProxy = setting('all_proxy', 'ALL_PROXY');
  const noProxy = env.get('no_proxy') ?? env.get('NO_PROXY');
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(allProxy === undefined ? {} : { allProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}

/**
 * Reads the settings once, so that a wrong one is reported before anything is sent. A SOCKS proxy is no mistake: desktops
 * set one beside others. It is refused when a request would have to go by it, and before all where every request would.
 *
 * @returns throws AppError usage.url for a SOCKS proxy
 * @throws AppError usage.url
 */
export function proxyFor(choice: ProxyChoice): (target: URL) => ProxyServer | undefined {
  if (choice.proxy !== undefined) {
    const always = usable(parseProxy(choice.proxy.url, '--proxy'));
    return () => always;
  }
  const read = (setting: ProxySetting | undefined) =>
    setting === undefined ? undefined : parseProxy(setting.url, setting.name);
  const forAll = read(choice.allProxy);
  const forHttp = read(choice.httpProxy) ?? forAll;
  const forHttps = read(choice.httpsProxy) ?? forAll;
  const noProxy = choice.noProxy ?? '';
  if (noProxy.trim() === '' && forHttp instanceof AppError) usable(forHttps);
  return (target) => {
    if (isExempt(target, noProxy)) return undefined;
    return usable(target.protocol === 'https:' ? forHttps : forHttp);
  };
}

function usable(proxy: ProxyServer | AppError | undefined): ProxyServer | undefined {
  if (proxy instanceof AppError) throw proxy;
  return proxy;
}

/** @returns why it cannot be used, for one of a kind that we do not speak to */
function parseProxy(text: string, name: string): ProxyServer | AppError {
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
  if (/^socks/.test(url.protocol)) {
    return new AppError('usage.url', `${name}: SOCKS proxies are not supported, and imgdl never bypasses a proxy`, {
      hint: 'use an HTTP proxy, as in http://HOST:PORT, or list the server in NO_PROXY',
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong('only http and https proxies are supported');
  return { url: new URL(url.origin), authorization: authorizationOf(url, wrong), from: name };
}

function authorizationOf(url: URL, wrong: (why: string) => AppError): Secret | undefined {
  if (url.username === '' && url.password === '') return undefined;
  try {
    const userinfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return new Secret(`Basic ${Buffer.from(userinfo, 'utf8').toString('base64')}`);
  } catch {
    throw wrong('user or password is not percent-encoded correctly');
  }
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
