import { remember, rememberUserinfo } from '../core/vault.js';

const SECRET = /^(?:IMGDL|OS)_(?:\w+_)?(?:PASSWORD|PASSCODE|TOKEN|SECRET|SECRET_KEY|DOWNLOAD_ID)$/;
const PROXY = /^(?:https?|all|imgdl)_proxy$/i;

/**
 * What the environment holds as a secret is one from the first moment on, whatever becomes of it: an exception may
 * carry it before anybody has read it.
 */
export function rememberVariables(env: ReadonlyMap<string, string>): void {
  for (const [name, value] of env) {
    if (SECRET.test(name)) remember(value);
    else if (PROXY.test(name)) rememberUserinfo(value);
  }
}
