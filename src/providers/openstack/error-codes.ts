import { errorKinds } from '../../core/error-kind.js';

/** Failures that only a cloud knows: of its description, its Keystone, its catalog. */
export const OPENSTACK_CODES = errorKinds({
  'config.cloud': {
    exit: 'usage',
    cause: 'The selected cloud is not defined, or its definition is incomplete.',
    cure: 'Correct clouds.yaml or the OS_* variables as the message says.',
  },
  'auth.token': {
    exit: 'auth',
    cause: 'A token has expired, was revoked or is not good for the project, and it cannot be renewed.',
    cure: 'Get a new token, or use a password or an application credential.',
  },
  'auth.mfa': {
    exit: 'auth',
    cause: 'The account needs a second factor.',
    cure: 'Set OS_PASSCODE, or use an application credential or a token made with openstack token issue.',
  },
  'tls.plain-http': {
    exit: 'trust',
    cause: 'A token that was issued over https would travel over plain http.',
    cure: 'Use the https URL of the image service, or allow the host with --allow-http HOST.',
  },
  'not-found.service': {
    exit: 'not-found',
    cause: 'The cloud has no image service in its catalog.',
    cure: 'Check the region and interface, or set OS_IMAGE_ENDPOINT_OVERRIDE.',
  },
  'not-found.region': {
    exit: 'not-found',
    cause: 'The selected region does not exist.',
    cure: 'Use one of the regions in the message.',
  },
  'not-ready.volume-snapshot': {
    exit: 'not-ready',
    cause: 'The image has no data of its own: it stands for volume snapshots (a server that boots from a volume).',
    cure: 'Make a volume of the snapshot and an image of the volume, as the message shows, then download that image.',
  },
  'keystone.token': {
    exit: 'protocol',
    cause: 'Keystone accepted the login but sent no usable token.',
    cure: 'Check the auth URL.',
  },
});
