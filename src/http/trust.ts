import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { AppError } from '../core/errors.js';
import type { Trust } from './connection/connect.js';

export interface TrustOptions {
  /** PEM; replaces the built-in authorities, as curl's option of the same name does. */
  readonly ca?: string | Buffer;
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
  const authorities = ca === undefined ? {} : { ca };
  // Reading Node's own authorities takes as long as starting Node: plain HTTP need not wait for it.
  const plain = once(() => createSecureContext(authorities));
  if (ca !== undefined) plain();
  const withKey =
    cert === undefined || key === undefined
      ? undefined
      : check('--cert and --key', 'a PEM certificate and its key without passphrase', () =>
          createSecureContext({ ...authorities, cert, key }),
        );
  return {
    home: { context: withKey === undefined ? plain : () => withKey, insecure },
    foreign: { context: plain, insecure },
    proxy: { context: plain, insecure: false },
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function check<T>(option: string, wanted: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new AppError('usage.option', `${option}: not ${wanted}`, { hint: `use a file with ${wanted}` });
  }
}
