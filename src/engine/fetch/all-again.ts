import { AppError } from '../../core/errors.js';
import type { ByteSink } from '../sink/byte-sink.js';
import type { Transfer } from '../transfer.js';
import { warn } from '../warnings.js';

/**
 * The server sends everything from 0 although bytes are held. What is held is kept: it is compared with what comes, and
 * the user is told what that costs.
 * @throws AppError net.no-range where what is held is not there to be compared
 */
export function expectAllAgain(transfer: Pick<Transfer, 'counters' | 'ports'>, sink: ByteSink): void {
  transfer.counters.startsFromZero = true;
  if (!sink.comparesAll) {
    const message = 'streaming to stdout: the connection was lost and the server cannot resume';
    throw new AppError('net.no-range', message, { hint: 'run again with -o FILE' });
  }
  warn(transfer, {
    code: 'resume.from-zero',
    message:
      'the server cannot resume: it sends the image again from the start, and what is already here is compared with it',
  });
}
