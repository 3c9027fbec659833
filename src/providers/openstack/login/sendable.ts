import { AppError } from '../../../core/errors.js';
import type { Secret } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';

/** A token as long as a header line may be for Glance (eventlet's `max_header_line`), printable, without blanks. */
const TOKEN = /^[\x21-\x7e]{1,16000}$/;

export function isSendable(token: string): boolean {
  return TOKEN.test(token);
}

/** A token with a line break in it would be a header of the file's choice. @throws AppError auth.token */
export function sendable(token: Secret): Secret {
  if (isSendable(token.reveal())) return token;
  throw new AppError(OPENSTACK_CODES['auth.token'], 'the given token is too long or contains invalid characters', {
    hint: 'get a new one, for example with openstack token issue -f value -c id',
  });
}
