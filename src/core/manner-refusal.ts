import type { Code } from './error-codes.js';
import type { Remote } from './source.js';

/** Refusals that may be of how it was asked, and not of what. */
const OF_THE_MANNER: ReadonlySet<Code> = new Set<Code>([
  'proto.status',
  'proto.range',
  'proto.framing',
  'proto.not-modified',
]);

/**
 * No bytes of the object, by what the answer calls itself. File hosts have such pages for download managers, and proxies
 * treat parts in their own way. A provider's metadata have been read by then, and its one-time key would be spent.
 */
const NO_BYTES: ReadonlySet<Code> = new Set<Code>(['proto.not-image', 'proto.encoding', 'not-ready.no-data']);

interface Refused {
  readonly code: Code;
  readonly status: number;
  /** Bytes in hand. */
  readonly held: number;
  readonly validator: Remote['validator'];
}

/** May a plainer request meet another answer? */
export function mayBeOfManner({ code, status, held, validator }: Refused): boolean {
  // With nothing in hand, an answer that is unsafe whatever was asked is believed at once: nobody is stuck with a part.
  if (held === 0 && (status === 200 || status === 304)) return false;
  if (OF_THE_MANNER.has(code)) return true;
  return NO_BYTES.has(code) && validator === 'http' && held > 0;
}
