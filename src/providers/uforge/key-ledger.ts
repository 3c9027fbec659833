import type { KeyLink } from './keys.js';

/** What became of the keys of one run. Only fingerprints are kept. */
export interface KeyLedger {
  handOut(link: KeyLink): void;
  refused(link: KeyLink): void;
  wasHandedOut(link: KeyLink): boolean;
  wasRefused(link: KeyLink): boolean;
}

export function keyLedger(): KeyLedger {
  const handed = new Set<string>();
  const refused = new Set<string>();
  // A key refused under one parameter was perhaps never seen by the server: the pair counts.
  const name = (link: KeyLink): string => `${link.parameter}=${link.key.fingerprint()}`;
  return {
    handOut: (link) => {
      handed.add(name(link));
    },
    refused: (link) => {
      refused.add(name(link));
    },
    wasHandedOut: (link) => handed.has(name(link)),
    wasRefused: (link) => refused.has(name(link)),
  };
}
