import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { AppError } from '../core/errors.js';
import type { Trust } from './connection/connect.js';

export interface TrustOptions {
  /** PEM; replaces all other authorities, as curl's option of the same name does. */
  readonly ca?: string | Buffer;
  /**
   * Authorities to trust beside Node's own, each in PEM form; not with `ca`. Asked for once, for the first TLS connection.
   */
  readonly system?: () => readonly string[];
  /** PEM client certificate and its key. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly insecure: boolean;
}

export interface Trusts {
  /** For the origin that the caller named. */
  readonly home: Trust;
  /** For origins that a redirect leads to: a client certificate is a credential and stays at home. */
  readonly foreign: Trust;
  /** For https proxies: `--insecure` is about the server, not about them. */
  readonly proxy: Trust;
}

/** @throws AppError usage.option when a PEM file holds no such thing. */
export function createTrusts(options: TrustOptions): Trusts {
  const { ca, cert, key, insecure } = options;
  if (ca !== undefined) {
    // Node ignores an authority it cannot parse, and then trusts nobody, in other words.
    check('--cacert', 'a PEM certificate', () => new X509Certificate(ca));
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new AppError('usage.option', `--${cert === undefined ? 'key' : 'cert'}: it cannot be used alone`, {
      hint: 'use --cert and --key together',
    });
  }
  if (cert !== undefined && key !== undefined) {
    checkIdentity(cert, key);
  }
  const system = once(() => options.system?.() ?? []);
  // Reading Node's own authorities takes as long as starting Node: plain HTTP need not wait for it.
  const contextWith = (identity: SecureContextOptions): (() => SecureContext) =>
    once(() =>
      ca === undefined
        ? withAuthorities(createSecureContext(identity), system())
        : createSecureContext({ ...identity, ca }),
    );
  const plain = contextWith({});
  const withKey = cert === undefined || key === undefined ? plain : contextWith({ cert, key });
  return {
    home: { context: withKey, insecure },
    foreign: { context: plain, insecure },
    proxy: { context: plain, insecure: false },
  };
}

/**
 * Lets a context trust more authorities, beside those of Node and of NODE_EXTRA_CA_CERTS.
 *
 * createSecureContext() takes authorities only in place of Node's, and parsing those again takes ten times as long as
 * adding a dozen. So they are added with the call that createSecureContext() makes for each of its own (`addCACerts()`
 * in lib/internal/tls/secure-context.js); editors have done so for years.
 */
function withAuthorities(context: SecureContext, authorities: readonly string[]): SecureContext {
  const { context: native }: { context: { addCACert(pem: string): void } } = context;
  for (const pem of authorities) native.addCACert(pem);
  return context;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function checkIdentity(cert: string | Buffer, key: string | Buffer): void {
  try {
    // With no authority at all it takes no time.
    createSecureContext({ ca: [], cert, key });
  } catch (error) {
    const wanted = 'a PEM certificate and its key without passphrase';
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') {
      throw new AppError('usage.option', '--cert and --key: the key is not that of the certificate', {
        hint: 'use the key that the certificate was made for',
      });
    }
    if (/ENCRYPTED/.test(key.toString())) {
      throw new AppError('usage.option', '--key: the key has a passphrase', {
        hint: 'make a copy without it that only you can read: openssl pkey -in KEY -out NEW',
      });
    }
    throw new AppError('usage.option', `--cert and --key: not ${wanted}`, { hint: `use a file with ${wanted}` });
  }
}

function check<T>(option: string, wanted: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new AppError('usage.option', `${option}: not ${wanted}`, { hint: `use a file with ${wanted}` });
  }
}
