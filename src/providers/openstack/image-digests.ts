import type { Digest } from '../../core/digest.js';
import { algorithmOf, normalHex } from '../../core/digest.js';
import { quoteForeign } from '../../core/redact.js';
import type { Warning } from '../../core/source.js';
import type { ImageRecord } from './answers.js';

/**
 * What the record promises, `os_hash_*` before the MD5. A promise that cannot be kept is told, never dropped
 * silently; that there is none at all is for the engine to say, which knows what the headers and the user promise.
 */
export function digestsOf(image: ImageRecord, warnings: Warning[]): readonly Digest[] {
  const digests: Digest[] = [];
  const algo = image.os_hash_algo ?? '';
  const value = image.os_hash_value ?? '';
  // Since 2024.2 an image goes active with the algorithm set and the value still null: both, or nothing.
  if (algo !== '' && value !== '') {
    const algorithm = algorithmOf(algo);
    const hex = algorithm === undefined ? undefined : normalHex(algorithm, value);
    if (algorithm === undefined || hex === undefined) {
      const why = algorithm === undefined ? 'which imgdl does not know' : 'but its value is not valid';
      warnings.push({
        code: 'integrity.algorithm',
        message: `image ${image.id} has a digest of algorithm ${quoteForeign(algo)}, ${why}`,
      });
    } else {
      digests.push({ algorithm, hex, from: 'metadata' });
    }
  }
  const md5 = image.checksum ?? '';
  const hex = normalHex('md5', md5);
  if (hex !== undefined && !digests.some((digest) => digest.algorithm === 'md5' && digest.hex === hex)) {
    digests.push({ algorithm: 'md5', hex, from: 'metadata' });
  } else if (hex === undefined && md5 !== '') {
    warnings.push({ code: 'glance.checksum', message: `the checksum of image ${image.id} is not an MD5: ignored` });
  }
  return digests;
}
