import { errorKinds } from '../../core/error-kind.js';

/** Failures that only an AppCenter knows. */
export const UFORGE_CODES = errorKinds({
  'uforge.key-spent': {
    exit: 'auth',
    cause: 'The one-time download id was already used or has expired, and there are no credentials to get another one.',
    cure: 'Get a new id and run the same command with --download-id NEW_ID; the partial download is kept.',
  },
  'uforge.uri': {
    exit: 'protocol',
    cause: 'The server sent a download link that leads outside its own base URL.',
    cure: 'Check the base URL; imgdl does not follow such links.',
  },
  'uforge.no-uri': {
    exit: 'protocol',
    cause: 'The image is complete and compressed, but it has no download link.',
    cure: 'Use --via credentials, or generate the image again.',
  },
  'uforge.export-unknown': {
    exit: 'network',
    cause: 'The server was asked for an export, but its answer was lost: it may or may not be making one.',
    cure: 'Look for the export in the AppCenter and delete it there, then run the command again.',
  },
  'uforge.wrong-resource': {
    exit: 'protocol',
    cause: 'The one-time download id is for a different image.',
    cure: 'Get a download id for this image.',
  },
});
