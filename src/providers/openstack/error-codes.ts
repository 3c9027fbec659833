import { errorKinds } from '../../core/error-kind.js';

/** Failures that only a cloud knows: of its description, its Keystone, its catalog. */
export const OPENSTACK_CODES = errorKinds({
  'config.cloud': {
    exit: 'usage',
    cause: 'The cloud asked for is not described, or its description is incomplete.',
    cure: 'Correct clouds.yaml or the OS_* variables as the message says.',
  },
  'auth.token': {
    exit: 'auth',
    cause: 'A token is expired or revoked and cannot be renewed.',
    cure: 'Get a new token, or use a password or an application credential.',
  },
  'auth.mfa': {
    exit: 'auth',
    cause: 'The account needs a second factor.',
    cure: 'Use an application credential, or a token made with openstack token issue.',
  },
  'not-found.service': {
    exit: 'not-found',
    cause: 'The cloud has no image service in its catalog.',
    cure: 'Check region and interface, or set OS_IMAGE_ENDPOINT_OVERRIDE.',
  },
  'not-found.region': {
    exit: 'not-found',
    cause: 'The region asked for does not exist.',
    cure: 'Use one of the regions that the message lists.',
  },
  'keystone.token': {
    exit: 'protocol',
    cause: 'Keystone accepted the log-in but sent no usable token.',
    cure: 'Check the auth URL.',
  },
});
