import { type Contents, createContents } from './contents.js';
import { controlOf, type SandboxControl } from './control.js';
import { EXAMPLES, environmentOf, type SandboxUrls } from './environment.js';
import { createFiles } from './files/files.js';
import { createModes, type SandboxModes } from './modes.js';
import { createGlance } from './openstack/glance.js';
import { createKeystone } from './openstack/keystone.js';
import type { Route } from './server/exchange.js';
import type { ServerState, TlsIdentity } from './server/http-server.js';
import { Listeners } from './server/listeners.js';
import { createUforge } from './uforge/uforge.js';

export interface SandboxOptions extends Partial<SandboxModes> {
  /** 0 or absent: a free port. */
  readonly port?: number;
  /** Bytes of the main images; default 256 MiB. */
  readonly size?: number;
  /** Bytes of all other images; default at most 1 MiB and a bit, so that they end off a page. */
  readonly smallSize?: number;
  /** So many more images of everything, each of `imageSize` bytes. */
  readonly images?: number;
  /** Default 1 KiB. */
  readonly imageSize?: number;
  /** Root context of UForge: `/api` (default), `/ufws`, `/`. */
  readonly rootContext?: string;
  /** https with this identity. `caFile` is named in the environment. */
  readonly tls?: TlsIdentity & { readonly caFile?: string };
  /** false: no digest in any metadata, as hashing takes seconds per gibibyte. Default: digests up to 2 GiB. */
  readonly digests?: boolean;
}

export interface Sandbox {
  readonly urls: SandboxUrls;
  /** What a shell needs to use it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Command lines that work in that environment. */
  readonly examples: readonly string[];
  readonly control: SandboxControl;
  /** Ends all connections. */
  close(): Promise<void>;
}

const DEFAULT_SIZE = 256 * 1024 * 1024;
const LARGEST_DIGESTED = 2 * 1024 * 1024 * 1024;

/**
 * Starts UForge AppCenter, Keystone, Glance and plain files on loopback.
 * @throws Error when the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, size = DEFAULT_SIZE, smallSize, images, imageSize, rootContext = '/api', tls, ...rest } = options;
  const { digests = size <= LARGEST_DIGESTED, ...initial } = rest;
  const modes = createModes(initial);
  const contents = createContents({ size, smallSize, images, imageSize });
  const listeners = new Listeners(tls);
  const base = normalBase(rootContext);
  const routes = routesOf({ contents, listeners, base, digests });
  const state: ServerState = { modes, requests: [], scripts: [], failures: [], routes };
  await listeners.open(state, port);
  const urls = urlsOf(listeners, base);
  return {
    urls,
    environment: environmentOf(urls, contents, tls?.caFile),
    examples: EXAMPLES,
    control: controlOf(contents, modes, state),
    close: () => listeners.close(),
  };
}

/** `/api/` and `api` become `/api`, `/` becomes the empty string. */
function normalBase(rootContext: string): string {
  const path = rootContext.replace(/^\/+|\/+$/g, '');
  return path === '' ? '' : `/${path}`;
}

interface Services {
  readonly contents: Contents;
  readonly listeners: Listeners;
  /** Of UForge. */
  readonly base: string;
  readonly digests: boolean;
}

/** All services, at every origin. They ask for the origins when they need them: nothing listens yet. */
function routesOf({ contents, listeners, base, digests }: Services): readonly Route[] {
  const { store, exports, stages, keys, tokens, uforgeImages, glanceImages } = contents;
  return [
    createFiles({
      store,
      otherOrigin: () => listeners.otherOrigin,
      plainOrigin: () => listeners.plainOrigin,
    }),
    createKeystone({
      base: '/identity',
      tokens,
      origin: () => listeners.origin,
      regions: () => ({ RegionOne: `${listeners.origin}/image`, RegionTwo: `${listeners.otherOrigin}/image` }),
    }),
    createGlance({
      base: '/image',
      images: glanceImages,
      stages,
      tokens,
      keystoneUrl: () => keystoneUrl(listeners),
      digests,
    }),
    createUforge({ base, images: uforgeImages, exports, stages, keys, digests }),
  ];
}

function keystoneUrl({ origin }: Listeners): string {
  return `${origin}/identity/v3`;
}

function urlsOf(listeners: Listeners, base: string): SandboxUrls {
  const { origin, otherOrigin, plainOrigin } = listeners;
  return {
    origin,
    otherOrigin,
    plainOrigin,
    uforge: `${origin}${base}`,
    keystone: keystoneUrl(listeners),
    glance: `${origin}/image`,
    files: `${origin}/files`,
  };
}
