import type { Algorithm } from '../../core/digest.js';
import { AppError } from '../../core/errors.js';

/** Says that a digest cannot be had, wherever it is computed. It says nothing about the bytes. */
export function hashError(algorithm: Algorithm, message: string): AppError {
  return new AppError('fs.io', `computing the ${algorithm} of the part file: ${message}`, {
    hint: 'check the disk, then run again: the verified part is kept',
  });
}
