import type { Contents } from './contents.js';
import { imageId } from './openstack/glance-image.js';
import { APPLICATION_CREDENTIAL } from './openstack/keystone-accounts.js';
import { UFORGE_ACCOUNTS } from './uforge/auth.js';
import { OWNER } from './uforge/objects.js';
import { downloadPath } from './uforge/shown-key.js';

/** Where everything of a sandbox is. */
export interface SandboxUrls {
  readonly origin: string;
  /** Another origin with the same services. */
  readonly otherOrigin: string;
  /** http beside https. */
  readonly plainOrigin: string | undefined;
  readonly uforge: string;
  readonly keystone: string;
  readonly glance: string;
  readonly files: string;
}

/** Command lines that work in that environment: what there is, then downloads by name, by id, by URL. */
export const EXAMPLES: readonly string[] = [
  'imgdl appliance list',
  'imgdl glance list',
  'imgdl appliance pimage web-server@1.2 latest',
  'imgdl appliance image web-server@1.2 latest --format qcow2',
  "imgdl glance image 'ubuntu-24.04*' --newest",
  'imgdl glance image small-raw -o small.raw',
  'imgdl appliance export web-server@1.2',
  'imgdl appliance image $SANDBOX_APPLIANCE $SANDBOX_IMAGE',
  'imgdl container image $SANDBOX_BUNDLE $SANDBOX_TEMPLATE $SANDBOX_CONTAINER_IMAGE',
  'imgdl scan image $SANDBOX_INSTANCE $SANDBOX_SCAN $SANDBOX_SCAN_IMAGE',
  'imgdl url "$SANDBOX_URL"',
  'imgdl url "$SANDBOX_FILE_URL"',
];

/** What a shell needs to use it. Issues a one-time key. */
export function environmentOf(
  urls: SandboxUrls,
  contents: Contents,
  caFile: string | undefined,
): Readonly<Record<string, string>> {
  const alice = UFORGE_ACCOUNTS.find(({ login }) => login === OWNER);
  return {
    IMGDL_URL: urls.uforge,
    IMGDL_USER: OWNER,
    IMGDL_PASSWORD: alice?.password ?? '',
    ...(caFile === undefined ? {} : { IMGDL_CACERT: caFile, OS_CACERT: caFile }),
    OS_AUTH_URL: urls.keystone,
    OS_USERNAME: 'demo',
    OS_PASSWORD: 'demo-pw',
    OS_PROJECT_NAME: 'demo',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
    SANDBOX_APPLIANCE: '747',
    SANDBOX_IMAGE: '1095',
    SANDBOX_PIMAGE: '88',
    SANDBOX_BUNDLE: '718',
    SANDBOX_TEMPLATE: '130',
    SANDBOX_CONTAINER_IMAGE: '590',
    SANDBOX_INSTANCE: '12',
    SANDBOX_SCAN: '34',
    SANDBOX_SCAN_IMAGE: '56',
    SANDBOX_GLANCE_IMAGE: imageId('big-raw'),
    SANDBOX_URL: keyedUrl(urls, contents),
    SANDBOX_FILE_URL: `${urls.files}/image.raw`,
    SANDBOX_PUBLIC_KEY: alice?.publicKey ?? '',
    SANDBOX_SECRET_KEY: alice?.secretKey ?? '',
    SANDBOX_APPLICATION_CREDENTIAL_ID: APPLICATION_CREDENTIAL.id,
    SANDBOX_APPLICATION_CREDENTIAL_SECRET: APPLICATION_CREDENTIAL.secret,
  };
}

/** A link as UForge's pages have it, to its main image. */
function keyedUrl(urls: SandboxUrls, { uforgeImages, keys }: Contents): string {
  const main = uforgeImages.at('appliances/747/images/1095');
  return main === undefined ? '' : `${urls.uforge}/${downloadPath(main)}?downloadId=${keys.issue(main.object.name)}`;
}
