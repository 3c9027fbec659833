import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud } from '../openstack/cloud.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from '../openstack/service.js';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js';
import { hasNginx } from '../support/nginx.js';
import { passcode } from '../support/passcode.js';
import { type CloudFront, startCloudFront } from './cloud-front.js';
import { expectSection, table } from './page.js';
import { atOnce, type Environment, type Line, type Names, User } from './user.js';

const GET = 'imgdl glance image small-raw';
const LAB = `${GET} --os-cloud lab`;
const OWN = '~/.config/openstack/clouds.yaml';

const BY_VARIABLES: Environment = { OS_AUTH_URL: 'http://keystone.example.com:5000/v3', OS_REGION_NAME: 'RegionOne' };
const DEMO: Environment = { OS_USERNAME: 'demo', OS_PASSWORD: 'demo-pw', OS_PROJECT_NAME: 'demo' };
const AS_DEMO = 'username: demo, password: demo-pw, project_name: demo';
const NO_PASSWORD = 'username: demo, project_name: demo';
const KEYSTONE = 'http://keystone.example.com:5000/v3';
const SITE = 'https://cloud.example.com';
const PLAIN_SITE = 'http://cloud.example.com';
/** Behind the front; the catalog's plain http is no part of it. */
const AT_SITE: Environment = {
  ...DEMO,
  OS_AUTH_URL: `${SITE}/identity/v3`,
  OS_IMAGE_ENDPOINT_OVERRIDE: `${SITE}/image`,
};

const REGION = '    region_name: RegionOne\n';

/** A clouds.yaml with one cloud. @param auth what stands in `auth`, @param rest beside it */
function lab(auth: string, rest = REGION, url = KEYSTONE): string {
  return `clouds:\n  lab:\n    auth: {auth_url: ${url}, ${auth}}\n${rest}`;
}

const MFA: Environment = { OS_USERNAME: 'mfa', OS_PASSWORD: 'mfa-pw', OS_PROJECT_NAME: 'demo' };
const FEDERATED: Environment = { OS_IDENTITY_PROVIDER: 'idp', OS_PROTOCOL: 'openid', OS_PROJECT_NAME: 'demo' };
const CLIENT: Environment = {
  OS_CLIENT_ID: 'imgdl-cli',
  OS_CLIENT_SECRET: '{client secret}',
  OS_DISCOVERY_ENDPOINT: 'http://idp.example.com/realms/lab/.well-known/openid-configuration',
};

const PASSWORDS: readonly Line[] = [
  { what: 'user and project by name', typed: GET, env: DEMO },
  {
    what: 'domains by name',
    typed: GET,
    env: { ...DEMO, OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default' },
  },
  {
    what: 'by ids',
    typed: GET,
    env: { OS_USER_ID: '{user id}', OS_PASSWORD: 'demo-pw', OS_PROJECT_ID: '{project id}' },
  },
  {
    what: 'system scope',
    typed: GET,
    env: { OS_USERNAME: 'admin', OS_PASSWORD: 'admin-pw', OS_SYSTEM_SCOPE: 'all' },
  },
  {
    what: 'domain scope',
    typed: GET,
    env: { OS_USERNAME: 'other', OS_PASSWORD: 'other-pw', OS_DOMAIN_NAME: 'Default' },
  },
  {
    what: 'domain scope, without a role in the domain',
    typed: GET,
    env: { OS_USERNAME: 'demo', OS_PASSWORD: 'demo-pw', OS_DOMAIN_NAME: 'Default' },
  },
  { what: 'no scope', typed: GET, env: { OS_USERNAME: 'demo', OS_PASSWORD: 'demo-pw' } },
  { what: 'the auth URL without /v3', typed: GET, env: { ...DEMO, OS_AUTH_URL: 'http://keystone.example.com:5000' } },
  { what: 'a wrong password', typed: GET, env: { ...DEMO, OS_PASSWORD: 'not-the-password' } },
  {
    what: 'a user without a role in the project',
    typed: GET,
    env: { ...DEMO, OS_USERNAME: 'norole', OS_PASSWORD: 'norole-pw' },
  },
  { what: 'a password and a passcode (TOTP)', typed: GET, env: { ...MFA, OS_PASSCODE: '{passcode}' } },
  {
    what: 'the same at once',
    typed: GET,
    env: { ...MFA, OS_AUTH_TYPE: 'v3multifactor', OS_AUTH_METHODS: 'v3password,v3totp', OS_PASSCODE: '{passcode}' },
  },
  {
    what: 'the same in clouds.yaml: `auth_type: v3multifactor`, `auth_methods: [v3password, v3totp]`',
    typed: LAB,
    env: { OS_PASSCODE: '{passcode}' },
    files: {
      [OWN]: lab(
        'username: mfa, password: mfa-pw, project_name: demo',
        `${REGION}    auth_type: v3multifactor\n    auth_methods: [v3password, v3totp]\n`,
      ),
    },
  },
  { what: 'the password alone, where Keystone wants both', typed: GET, env: MFA },
  {
    what: 'the passcode alone, where Keystone wants both',
    typed: GET,
    env: { OS_USERNAME: 'mfa', OS_PROJECT_NAME: 'demo', OS_AUTH_TYPE: 'v3totp', OS_PASSCODE: '{passcode}' },
  },
  { what: 'a wrong passcode', typed: GET, env: { ...MFA, OS_PASSCODE: '000000' } },
];

const OTHERS: readonly Line[] = [
  { what: 'a token', typed: GET, env: { OS_AUTH_TYPE: 'v3token', OS_TOKEN: '{token}', OS_PROJECT_NAME: 'demo' } },
  { what: 'a token, with the type left out', typed: GET, env: { OS_TOKEN: '{token}' } },
  { what: 'a revoked token', typed: GET, env: { OS_TOKEN: '{revoked token}', OS_PROJECT_NAME: 'demo' } },
  {
    what: 'a token and an endpoint, without Keystone',
    typed: GET,
    env: { OS_AUTH_TYPE: 'admin_token', OS_TOKEN: '{token}', OS_ENDPOINT: 'http://glance.example.com:9292' },
  },
  {
    what: 'an application credential by id',
    typed: GET,
    env: { OS_APPLICATION_CREDENTIAL_ID: '{credential id}', OS_APPLICATION_CREDENTIAL_SECRET: '{credential secret}' },
  },
  {
    what: 'an application credential by name',
    typed: GET,
    env: {
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_APPLICATION_CREDENTIAL_NAME: 'imgdl',
      OS_APPLICATION_CREDENTIAL_SECRET: '{credential secret}',
      OS_USERNAME: 'demo',
    },
  },
  {
    what: 'with a wrong secret',
    typed: GET,
    env: { OS_APPLICATION_CREDENTIAL_ID: '{credential id}', OS_APPLICATION_CREDENTIAL_SECRET: 'not-the-secret' },
  },
  {
    what: 'OpenID Connect: user and password',
    typed: GET,
    env: { ...FEDERATED, ...CLIENT, OS_AUTH_TYPE: 'v3oidcpassword', OS_USERNAME: 'ada', OS_PASSWORD: '{idp password}' },
  },
  {
    what: 'OpenID Connect: a client of its own',
    typed: GET,
    env: { ...FEDERATED, ...CLIENT, OS_AUTH_TYPE: 'v3oidcclientcredentials' },
  },
  {
    what: 'OpenID Connect: an access token',
    typed: GET,
    env: { ...FEDERATED, OS_AUTH_TYPE: 'v3oidcaccesstoken', OS_ACCESS_TOKEN: 'idp-token-of-ada' },
  },
  {
    what: 'OpenID Connect: a wrong password',
    typed: GET,
    env: {
      ...FEDERATED,
      ...CLIENT,
      OS_AUTH_TYPE: 'v3oidcpassword',
      OS_USERNAME: 'ada',
      OS_PASSWORD: 'not-the-password',
    },
  },
  {
    what: 'OpenID Connect: an access token that Keystone does not take',
    typed: GET,
    env: { ...FEDERATED, OS_AUTH_TYPE: 'v3oidcaccesstoken', OS_ACCESS_TOKEN: 'not-a-token' },
  },
  { what: 'a browser', typed: GET, env: { ...FEDERATED, OS_AUTH_TYPE: 'v3websso' } },
  {
    what: 'basic authentication at Glance',
    typed: GET,
    env: {
      OS_AUTH_TYPE: 'http_basic',
      OS_USERNAME: 'standalone',
      OS_PASSWORD: '{basic password}',
      OS_ENDPOINT: `${SITE}/basic`,
      OS_CACERT: '{ca.pem}',
    },
  },
  {
    what: 'with a wrong password',
    typed: GET,
    env: {
      OS_AUTH_TYPE: 'http_basic',
      OS_USERNAME: 'standalone',
      OS_PASSWORD: 'not-the-password',
      OS_ENDPOINT: `${SITE}/basic`,
      OS_CACERT: '{ca.pem}',
    },
  },
  {
    what: 'no login at all',
    typed: GET,
    env: { OS_AUTH_TYPE: 'none', OS_ENDPOINT: `${SITE}/open`, OS_CACERT: '{ca.pem}' },
  },
];

const CLOUDS: readonly Line[] = [
  { what: 'a cloud by name', typed: LAB, files: { [OWN]: lab(AS_DEMO) } },
  { what: 'by `OS_CLOUD`', typed: GET, env: { OS_CLOUD: 'lab' }, files: { [OWN]: lab(AS_DEMO) } },
  { what: 'the only one', typed: GET, files: { [OWN]: lab(AS_DEMO) } },
  { what: 'in the current directory', typed: LAB, files: { 'clouds.yaml': lab(AS_DEMO) } },
  {
    what: 'in another file',
    typed: LAB,
    env: { OS_CLIENT_CONFIG_FILE: '~/lab.yaml' },
    files: { '~/lab.yaml': lab(AS_DEMO) },
  },
  {
    what: 'its password in `secure.yaml`',
    typed: LAB,
    files: {
      [OWN]: lab(NO_PASSWORD),
      '~/.config/openstack/secure.yaml': 'clouds: {lab: {auth: {password: demo-pw}}}',
    },
  },
  {
    what: 'its password in the environment',
    typed: LAB,
    env: { OS_PASSWORD: 'demo-pw' },
    files: { [OWN]: lab(NO_PASSWORD) },
  },
  {
    what: 'the same for one in the current directory',
    typed: LAB,
    env: { OS_PASSWORD: 'demo-pw' },
    files: { 'clouds.yaml': lab(NO_PASSWORD) },
  },
  { what: 'no password anywhere', typed: LAB, files: { [OWN]: lab(NO_PASSWORD) } },
  {
    what: 'values that are not set: `null`, `~`, nothing',
    typed: LAB,
    files: {
      [OWN]: lab(
        `${AS_DEMO}, project_id: null, user_domain_id: ~`,
        `${REGION}    verify: null\n    cacert:\n    profile: ~\n`,
      ),
    },
  },
  {
    what: 'values with a type: `verify: !!bool true`, `cacert: !!null null`',
    typed: LAB,
    files: { [OWN]: lab(AS_DEMO, `${REGION}    verify: !!bool true\n    cacert: !!null null\n`) },
  },
  {
    what: 'a key that appears twice',
    typed: LAB,
    files: { [OWN]: lab(AS_DEMO, '    region_name: RegionDead\n    region_name: RegionOne\n') },
  },
  {
    what: 'another region by variable',
    typed: LAB,
    env: { OS_REGION_NAME: 'RegionTwo' },
    files: { [OWN]: lab(AS_DEMO) },
  },
  { what: 'another region by option', typed: `${LAB} --os-region RegionTwo`, files: { [OWN]: lab(AS_DEMO) } },
  {
    what: 'a region that the cloud does not have',
    typed: `${LAB} --os-region Nowhere`,
    files: { [OWN]: lab(AS_DEMO) },
  },
  {
    what: 'a region of which the image service is down',
    typed: `${LAB} --os-region RegionDead --retries 0`,
    files: { [OWN]: lab(AS_DEMO) },
  },
  { what: 'no region, where there are several', typed: LAB, files: { [OWN]: lab(AS_DEMO, '') } },
  {
    what: 'a vendor profile of `clouds-public.yaml`',
    typed: LAB,
    files: {
      [OWN]: `clouds: {lab: {profile: ours, region_name: RegionOne, auth: {${AS_DEMO}}}}`,
      '~/.config/openstack/clouds-public.yaml': `public-clouds: {ours: {auth: {auth_url: ${KEYSTONE}}}}`,
    },
  },
  {
    what: 'the profile of a vendor that openstacksdk knows (`profile: vexxhost`), with another `auth_url`',
    typed: LAB,
    files: { [OWN]: lab(AS_DEMO, `${REGION}    profile: vexxhost\n`) },
  },
  {
    what: 'the profile of a vendor that nobody knows',
    typed: LAB,
    files: { [OWN]: `clouds: {lab: {profile: nobody, auth: {${AS_DEMO}}}}` },
  },
  {
    what: 'the variables by their name as a cloud',
    typed: `${GET} --os-cloud envvars`,
    env: { OS_AUTH_URL: KEYSTONE, OS_REGION_NAME: 'RegionOne', ...DEMO },
    files: { [OWN]: lab(AS_DEMO) },
  },
  {
    what: 'a profile of ours (`os-cloud: lab`, `password-env: LAB_PW`)',
    typed: `${GET} --profile here`,
    env: { LAB_PW: 'demo-pw' },
    files: {
      [OWN]: lab(NO_PASSWORD),
      '~/.config/imgdl/config.yaml': 'profiles: {here: {os-cloud: lab, password-env: LAB_PW}}',
    },
  },
  { what: 'a cloud that no file has', typed: `${GET} --os-cloud nowhere`, files: { [OWN]: lab(AS_DEMO) } },
  { what: 'no cloud at all', typed: GET },
];

const FRONTS: readonly Line[] = [
  { what: 'a private authority', typed: GET, env: { ...AT_SITE, OS_CACERT: '{ca.pem}' } },
  { what: 'by option', typed: `${GET} --cacert {ca.pem}`, env: AT_SITE },
  { what: "among the system's", typed: GET, env: { ...AT_SITE, SSL_CERT_FILE: '{ca.pem}' } },
  { what: 'where python-requests looks for it', typed: GET, env: { ...AT_SITE, REQUESTS_CA_BUNDLE: '{ca.pem}' } },
  {
    what: '`cacert` in clouds.yaml',
    typed: LAB,
    files: {
      [OWN]: lab(
        AS_DEMO,
        `${REGION}    cacert: {ca.pem}\n    image_endpoint_override: ${SITE}/image\n`,
        `${SITE}/identity`,
      ),
    },
  },
  {
    what: '`verify` in clouds.yaml, as the path of the authority',
    typed: LAB,
    files: {
      [OWN]: lab(
        AS_DEMO,
        `${REGION}    verify: {ca.pem}\n    image_endpoint_override: ${SITE}/image\n`,
        `${SITE}/identity`,
      ),
    },
  },
  {
    what: '`verify: false` in clouds.yaml',
    typed: LAB,
    files: {
      [OWN]: lab(
        AS_DEMO,
        `${REGION}    verify: false\n    image_endpoint_override: ${SITE}/image\n`,
        `${SITE}/identity`,
      ),
    },
  },
  { what: 'an authority that nobody named', typed: GET, env: AT_SITE },
  {
    what: 'http that redirects to https',
    typed: GET,
    env: {
      ...DEMO,
      OS_AUTH_URL: `${PLAIN_SITE}/identity/v3`,
      OS_IMAGE_ENDPOINT_OVERRIDE: `${PLAIN_SITE}/image`,
      OS_CACERT: '{ca.pem}',
    },
  },
  {
    what: 'a catalog with http, for a token from https',
    typed: GET,
    env: { ...DEMO, OS_AUTH_URL: `${SITE}/identity/v3`, OS_CACERT: '{ca.pem}' },
  },
  {
    what: 'the same, allowed',
    typed: `${GET} --allow-http 127.0.0.1`,
    env: { ...DEMO, OS_AUTH_URL: `${SITE}/identity/v3`, OS_CACERT: '{ca.pem}' },
  },
  {
    what: 'a login that is redirected elsewhere',
    typed: GET,
    env: { ...AT_SITE, OS_AUTH_URL: `${SITE}/old/v3`, OS_CACERT: '{ca.pem}' },
  },
  {
    what: 'a Keystone that is down',
    typed: `${GET} --retries 0`,
    env: { ...DEMO, OS_AUTH_URL: 'http://127.0.0.1:9/v3' },
  },
  { what: 'a SOCKS proxy', typed: GET, env: { ...DEMO, ALL_PROXY: 'socks5h://127.0.0.1:9' } },
];

const LINK = 'http://glance.example.com:9292/v2/images/{image id}';
const URLS: readonly Line[] = [
  { what: 'with a login at its cloud', typed: `imgdl url ${LINK}`, env: DEMO },
  { what: 'of its data', typed: `imgdl url ${LINK}/file`, env: DEMO },
  {
    what: 'with a login at another cloud, which alone gets it',
    typed: `imgdl url ${SITE}/image/v2/images/{image id} --cacert {ca.pem}`,
    env: DEMO,
  },
  { what: 'without a login', typed: `imgdl url ${LINK}`, env: { OS_AUTH_URL: '', OS_REGION_NAME: '' } },
  { what: 'as a plain URL', typed: `imgdl url ${LINK}/file --as plain -o image.raw`, env: DEMO },
];

const skipped = noOpenStack || !hasNginx;
const why = noOpenStack ? whyNoOpenStack : hasNginx ? '' : ' [skipped: nginx is not installed]';

describe.skipIf(skipped)(`ways to log in to a real Keystone, as the page says it${why}`, { timeout: 120_000 }, () => {
  let cloud: Cloud;
  let front: CloudFront;
  let idp: IdentityProvider;

  beforeAll(async () => {
    [cloud, idp] = await Promise.all([realOpenStack(), startIdentityProvider()]);
    front = await startCloudFront(cloud);
  }, 180_000);
  afterAll(async () => {
    await front?.close();
    await idp?.close();
  });

  const names = (): Names => [
    ['http://keystone.example.com:5000', new URL(cloud.keystone).origin],
    ['http://glance.example.com:9292', cloud.glance.eventlet],
    ['{image id}', cloud.images['small-raw']?.id ?? ''],
    ['http://idp.example.com', new URL(idp.discovery).origin],
    [SITE, front.url],
    [PLAIN_SITE, front.plain],
    ['{ca.pem}', front.ca],
    ['{user id}', cloud.users.demo],
    ['{project id}', cloud.projects.demo],
    ['{token}', cloud.tokens.demo],
    ['{revoked token}', cloud.tokens.revoked],
    ['{credential id}', cloud.applicationCredential.id],
    ['{credential secret}', cloud.applicationCredential.secret],
    ['{client secret}', idp.client.secret],
    ['{idp password}', idp.user.password],
    ['{basic password}', front.user.password],
    ['{passcode}', passcode(cloud.totpSecret)],
  ];
  /** @param env set for every row but those that name a cloud */
  const tell = async (section: string, lines: readonly Line[], env: Environment = BY_VARIABLES): Promise<void> => {
    const rows = await atOnce(lines, (line) =>
      new User(names(), line.typed.includes('--os-cloud lab') ? {} : env).row(line),
    );
    expectSection(section, table(rows));
    expect(rows).toHaveLength(lines.length);
  };

  it('passwords and second factors', () => tell('glance-passwords', PASSWORDS));
  it('everything else than a password', () => tell('glance-other-logins', OTHERS));
  it('clouds.yaml', () => tell('glance-clouds', CLOUDS, {}));
  it('URLs of images', () => tell('glance-urls', URLS));
  it('TLS, redirects and proxies', () => tell('glance-fronts', FRONTS));
});
