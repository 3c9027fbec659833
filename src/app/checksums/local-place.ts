import { basename } from 'node:path';
import { readSmallBytes, type SmallFile } from '../../config/file.js';
import { escapeControls } from '../../core/redact.js';
import { isThere } from '../files.js';
import { CHECKSUM_FILE_BYTES, type ChecksumPlace } from './place.js';

const KIND: SmallFile = {
  limit: CHECKSUM_FILE_BYTES,
  code: 'usage.option',
  doing: 'reading the checksum file',
  // `--checksums <(…)` of a shell is one.
  also: ['pipe'],
};

/** A file on this machine. @param path absolute */
export function localPlace(path: string): ChecksumPlace {
  return {
    shown: escapeControls(path),
    name: basename(path),
    authenticated: true,
    read: () => readSmallBytes(path, KIND),
    beside: async (suffix) => {
      const beside = `${path}${suffix}`;
      return (await isThere(beside))
        ? await readSmallBytes(beside, { ...KIND, doing: 'reading the signature' })
        : undefined;
    },
  };
}
