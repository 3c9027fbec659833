import type { Warning } from '../core/source.js';

/**
 * Servers that sent a request with credentials on from http to https: later ones go there at once, so that the
 * credentials travel in clear no second time.
 */
export class Upgrades {
  readonly #origins = new Map<string, string>();
  readonly #warn: (warning: Warning) => void;

  constructor(warn: (warning: Warning) => void) {
    this.#warn = warn;
  }

  /** Where to ask for what is at `url`. */
  apply(url: URL): URL {
    const origin = this.#origins.get(url.origin);
    return origin === undefined ? url : new URL(url.href.slice(url.origin.length), origin);
  }

  /** @param from and `to` as isUpgrade() has them */
  add(from: URL, to: URL): void {
    if (this.#origins.has(from.origin)) return;
    this.#origins.set(from.origin, to.origin);
    this.#warn({
      code: 'http.upgrade',
      message: `${from.origin} redirects to ${to.origin}: the first request sent its credentials unencrypted; use https:// in the URL`,
    });
  }
}
