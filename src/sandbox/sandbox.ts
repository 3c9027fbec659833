import { addFiles, createFiles } from './files/files.js';
import { createObjectStore, type StoredObject } from './files/objects.js';
import { createModes, type SandboxModes } from './modes.js';
import { createGlance } from './openstack/glance.js';
import { createGlanceImages, imageId } from './openstack/glance-images.js';
import { createKeystone } from './openstack/keystone.js';
import { APPLICATION_CREDENTIAL } from './openstack/keystone-accounts.js';
import { createTokenStore, type Token } from './openstack/keystone-tokens.js';
import type { LoggedRequest } from './server/exchange.js';
import { type Listener, listen, type ScriptStep, type ServerState, type TlsIdentity } from './server/http-server.js';
import { UFORGE_ACCOUNTS } from './uforge/auth.js';
import { downloadPath } from './uforge/download.js';
import { createKeyStore } from './uforge/keys.js';
import { createUforgeImages, OWNER } from './uforge/objects.js';
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

/** For tests: look, and change what happens next. */
export interface SandboxControl {
  /** Modes of every path; write to them at any time. */
  readonly modes: SandboxModes;
  /** Modes of the paths with this prefix; the longest prefix wins. */
  override(prefix: string, modes: Partial<SandboxModes>): void;
  clearOverrides(): void;
  /** All requests, oldest first; cleared by setting its length to 0. */
  readonly requests: LoggedRequest[];
  /** One step per request of a path with this prefix, then back to normal. */
  script(prefix: string, steps: readonly ScriptStep[]): void;
  /** Names of {@link StoredObject}. */
  readonly objects: readonly string[];
  /** @throws Error when there is none of that name. */
  object(name: string): StoredObject;
  /** Other bytes under the same name, with all that depends on them: digests, validators, dates, sizes. */
  replace(name: string, size?: number): StoredObject;
  /** One-time keys. */
  readonly keys: { readonly issued: number; readonly spent: number; readonly refused: number };
  /** A fresh key for an object, such as `images/1095`, beside the one its metadata show. */
  issueKey(name: string): string;
  /** Tokens of Keystone, oldest first, revoked ones included. */
  readonly tokens: readonly Token[];
  revokeTokens(): void;
  /** Mistakes of the sandbox itself; a test should find none. */
  readonly failures: readonly Error[];
}

export interface Sandbox {
  readonly urls: {
    readonly origin: string;
    /** Another origin with the same services. */
    readonly otherOrigin: string;
    /** http beside https. */
    readonly plainOrigin: string | undefined;
    readonly uforge: string;
    readonly keystone: string;
    readonly glance: string;
    readonly files: string;
  };
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
const SMALL_SIZE = 1024 * 1024 + 4321;
const IMAGE_SIZE = 1024;

/** `/api/` and `api` become `/api`, `/` becomes the empty string. */
function normalBase(rootContext: string): string {
  const path = rootContext.replace(/^\/+|\/+$/g, '');
  return path === '' ? '' : `/${path}`;
}

/**
 * Starts UForge AppCenter, Keystone, Glance and plain files on loopback.
 * @throws Error when the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, size = DEFAULT_SIZE, smallSize, images = 0, imageSize = IMAGE_SIZE, ...others } = options;
  const { rootContext = '/api', tls, ...rest } = others;
  const { digests = size <= LARGEST_DIGESTED, ...initial } = rest;
  const small = smallSize ?? Math.min(size, SMALL_SIZE);
  const modes = createModes(initial);
  const store = createObjectStore();
  const keys = createKeyStore();
  const tokens = createTokenStore();
  const more = { count: images, size: imageSize };
  const uforgeImages = createUforgeImages(store, size, small, more);
  const glanceImages = createGlanceImages(store, size, small, more);
  addFiles(store, size, small, more);

  const listeners: Listener[] = [];
  const originOf = (index: number): string => listeners[index]?.origin ?? '';
  const base = normalBase(rootContext);
  const keystoneUrl = (): string => `${originOf(0)}/identity/v3`;
  const state: ServerState = {
    modes,
    requests: [],
    scripts: [],
    failures: [],
    routes: [
      createFiles({ store, otherOrigin: () => originOf(1), plainOrigin: () => listeners[2]?.origin }),
      createKeystone({
        base: '/identity',
        tokens,
        origin: () => originOf(0),
        regions: () => ({ RegionOne: `${originOf(0)}/image`, RegionTwo: `${originOf(1)}/image` }),
      }),
      createGlance({ base: '/image', images: glanceImages, tokens, keystoneUrl, digests }),
      createUforge({ base, images: uforgeImages, keys, digests }),
    ],
  };
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  try {
    listeners.push(await listen(state, 'main', port, tls));
    listeners.push(await listen(state, 'other', 0, tls));
    if (tls !== undefined) listeners.push(await listen(state, 'plain', 0, undefined));
  } catch (error) {
    // Whoever is told that there is none has nothing to close.
    await close();
    throw error;
  }

  const origin = originOf(0);
  const uforge = `${origin}${base}`;
  const main = uforgeImages.find((image) => image.id === 1095);
  const keyedUrl =
    main === undefined ? '' : `${uforge}/${downloadPath(main)}?downloadId=${keys.issue(main.object.name)}`;
  const alice = UFORGE_ACCOUNTS.find(({ login }) => login === OWNER);
  const glance = imageId('big-raw');
  return {
    urls: {
      origin,
      otherOrigin: originOf(1),
      plainOrigin: listeners[2]?.origin,
      uforge,
      keystone: keystoneUrl(),
      glance: `${origin}/image`,
      files: `${origin}/files`,
    },
    environment: {
      IMGDL_URL: uforge,
      IMGDL_USER: OWNER,
      IMGDL_PASSWORD: alice?.password ?? '',
      ...(tls?.caFile === undefined ? {} : { IMGDL_CACERT: tls.caFile, OS_CACERT: tls.caFile }),
      OS_AUTH_URL: keystoneUrl(),
      OS_USERNAME: 'demo',
      OS_PASSWORD: 'demo-pw',
      OS_PROJECT_NAME: 'demo',
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_REGION_NAME: 'RegionOne',
      SANDBOX_APPLIANCE: '747',
      SANDBOX_IMAGE: '1095',
      SANDBOX_PIMAGE: '88',
      SANDBOX_BUNDLE: '718',
      SANDBOX_TEMPLATE: '130',
      SANDBOX_CONTAINER_IMAGE: '590',
      SANDBOX_INSTANCE: '12',
      SANDBOX_SCAN: '34',
      SANDBOX_SCAN_IMAGE: '56',
      SANDBOX_GLANCE_IMAGE: glance,
      SANDBOX_URL: keyedUrl,
      SANDBOX_FILE_URL: `${origin}/files/image.raw`,
      SANDBOX_PUBLIC_KEY: alice?.publicKey ?? '',
      SANDBOX_SECRET_KEY: alice?.secretKey ?? '',
      SANDBOX_APPLICATION_CREDENTIAL_ID: APPLICATION_CREDENTIAL.id,
      SANDBOX_APPLICATION_CREDENTIAL_SECRET: APPLICATION_CREDENTIAL.secret,
    },
    examples: [
      'imgdl appliance image $SANDBOX_APPLIANCE $SANDBOX_IMAGE',
      'imgdl appliance pimage $SANDBOX_APPLIANCE $SANDBOX_PIMAGE',
      'imgdl container image $SANDBOX_BUNDLE $SANDBOX_TEMPLATE $SANDBOX_CONTAINER_IMAGE',
      'imgdl scan image $SANDBOX_INSTANCE $SANDBOX_SCAN $SANDBOX_SCAN_IMAGE',
      'imgdl glance image $SANDBOX_GLANCE_IMAGE',
      'imgdl glance image small-raw -o small.raw',
      'imgdl url "$SANDBOX_URL"',
      'imgdl url "$SANDBOX_FILE_URL"',
    ],
    control: {
      modes: modes.all,
      override: modes.override,
      clearOverrides: modes.clearOverrides,
      requests: state.requests,
      script: (prefix, steps) => void state.scripts.push({ prefix, steps: [...steps] }),
      objects: store.names(),
      object: store.get,
      replace: store.replace,
      keys: keys.counts,
      issueKey: keys.issue,
      tokens: tokens.issued,
      revokeTokens: tokens.revokeAll,
      failures: state.failures,
    },
    close,
  };
}
