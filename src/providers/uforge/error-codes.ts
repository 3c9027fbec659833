import { errorKinds } from '../../core/error-kind.js';

/** Failures that only an AppCenter knows. */
export const UFORGE_CODES = errorKinds({
  'uforge.key-spent': {
    exit: 'auth',
    cause: 'The one-time download id was used already or has expired; there are no credentials to get another.',
    cure: 'Get a new id and run the same command with --download-id NEW; what was received is kept.',
  },
  'uforge.uri': {
    exit: 'protocol',
    cause: 'The server sent a download link that leaves its own base URL.',
    cure: 'Check the base URL; imgdl does not follow such links.',
  },
  'uforge.no-uri': {
    exit: 'protocol',
    cause: 'The image is complete and compressed but has no download link.',
    cure: 'Use credentials with --via credentials, or generate it again.',
  },
  'uforge.wrong-resource': {
    exit: 'protocol',
    cause: 'The one-time id belongs to another resource.',
    cure: 'Get the id of this image.',
  },
});
