import { AppError } from '../../../core/errors.js';
import type { ProviderPorts } from '../../../core/provider.js';
import { quoteForeign } from '../../../core/redact.js';
import { Secret } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { Cloud } from './cloud.js';
import { KeystoneSession } from './keystone-session.js';
import type { Grant, Session } from './session.js';

/** A session of no credentials at all. */
export function anonymousSession(): Session {
  const grant: Grant = { token: undefined, catalog: undefined, projectId: undefined };
  return {
    by: 'none',
    grant: async () => grant,
    renewed: async () => {
      throw new AppError('auth.missing', 'asking the image service without credentials: it requires them', {
        hint: 'name a cloud with --os-cloud or OS_CLOUD whose image endpoint this is',
      });
    },
  };
}

/** A session of a configured cloud. Nothing is sent before the first grant(). */
export function cloudSession(cloud: Cloud, ports: ProviderPorts): Session {
  switch (cloud.login.method) {
    case 'none':
      return anonymousSession();
    case 'fixed-token':
      return fixedSession(cloud.login.token);
    case 'http-basic':
      return basicSession(cloud.login.username, cloud.login.password);
    default:
      return new KeystoneSession(cloud.login, ports);
  }
}

/** RFC 7617: the pair in UTF-8. */
function basicSession(username: string, password: Secret): Session {
  const pair = Buffer.from(`${username}:${password.reveal()}`, 'utf8').toString('base64');
  const authorization = new Secret(`Basic ${pair}`);
  const grant: Grant = { token: undefined, authorization, catalog: undefined, projectId: undefined };
  return {
    by: 'basic',
    grant: async () => grant,
    renewed: async () => {
      throw new AppError('auth.refused', `asking the image service: it refused user ${quoteForeign(username)}`, {
        hint: 'check user and password, and that the image service takes basic authentication',
      });
    },
  };
}

function fixedSession(token: Secret): Session {
  const grant: Grant = { token, catalog: undefined, projectId: undefined };
  return {
    by: 'token',
    grant: async () => grant,
    renewed: async () => {
      throw new AppError(
        OPENSTACK_CODES['auth.token'],
        'asking the image service: it rejected the given token, which cannot be renewed',
        {
          hint: 'get a new token, or log in with auth_url and a password or an application credential',
        },
      );
    },
  };
}
