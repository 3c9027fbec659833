import { CANARIES, type CloudName } from '../objects.js';
import { type Tree, TYPE } from '../xml.js';

/** `credAccount`: abstract, so each cloud has its own type and, after the common elements, its own secrets. */
export function cloudAccountTree(cloud: CloudName): Tree {
  if (cloud === 'Aws') {
    return {
      [TYPE]: 'CredAccountAws',
      name: 'aws',
      targetPlatform: { name: 'Amazon', type: 'aws' },
      accessKeyId: CANARIES.accessKey,
      secretAccessKeyId: CANARIES.secretAccessKey,
    };
  }
  if (cloud === 'Docker') {
    return {
      [TYPE]: 'CredAccountDocker',
      name: 'registry',
      targetPlatform: { name: 'Docker', type: 'docker' },
      endpointUrl: 'https://registry.example.com',
      login: 'cloud-login',
      password: CANARIES.password,
    };
  }
  return {
    [TYPE]: 'CredAccountOpenStack',
    name: 'lab',
    targetPlatform: { name: 'OpenStack', type: 'openstack' },
    login: 'cloud-login',
    password: CANARIES.password,
  };
}
