import { describe, expect, it } from 'vitest';
import { redactText } from '#imgdl/core/redact.js';
import type { Cloud } from '#imgdl/providers/openstack/login/cloud.js';
import { cloudTls, configuredCloud } from '#imgdl/providers/openstack/login/configured-cloud.js';
import { type FakeOptions, fakePorts, PASSWORD_ENV } from '../../../support/keystone-fake.js';

const OWN = '/home/alice/.config/openstack/clouds.yaml';
const HERE = '/srv/clouds.yaml';

/** A clouds.yaml of one cloud `lab`; `rest` is indented below it. */
const lab = (auth: string, rest = '') => `clouds:\n  lab:\n    auth:\n      auth_url: http://k/v3\n${auth}${rest}`;
const PASSWORD = '      username: demo\n      password: hunter2\n      project_name: p\n';

/** The cloud with its secrets revealed, for comparisons. */
async function configured(options: FakeOptions): Promise<unknown> {
  const cloud = await configuredCloud(fakePorts(options));
  return cloud === undefined ? undefined : revealed(cloud);
}

function revealed(cloud: Cloud): unknown {
  const show = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'reveal' in value ? (value as { reveal(): string }).reveal() : value;
  return { ...cloud, login: Object.fromEntries(Object.entries(cloud.login).map(([k, v]) => [k, show(v)])) };
}

const DEFAULT = { id: 'default' };
const OIDC_ENV = {
  OS_AUTH_URL: 'https://k/v3',
  OS_IDENTITY_PROVIDER: 'keycloak',
  OS_PROTOCOL: 'openid',
  OS_CLIENT_ID: 'cli',
} as const;
const demo = { name: 'demo', domain: DEFAULT };

describe('what a description comes to', () => {
  const cases: readonly (readonly [string, FakeOptions, object])[] = [
    [
      'the OS_* variables alone are a cloud, in the default domain',
      { env: PASSWORD_ENV },
      {
        where: 'the OS_* variables',
        login: {
          method: 'password',
          authUrl: 'http://keystone:5000/v3',
          user: demo,
          password: 'hunter2',
          scope: { project: { name: 'lab', domain: DEFAULT } },
        },
        interfaces: ['public'],
      },
    ],
    [
      'old spellings of project, interface and token variables',
      {
        env: { OS_AUTH_URL: 'http://k', OS_AUTH_TOKEN: 't', OS_TENANT_ID: '007', OS_ENDPOINT_TYPE: 'internalURL' },
      },
      { login: { method: 'token', token: 't', scope: { project: { id: '007' } } }, interfaces: ['internal'] },
    ],
    [
      'variables from a file with the ends of lines of DOS',
      {
        env: {
          OS_AUTH_URL: 'http://k/v3\r',
          OS_USERNAME: 'demo\r',
          OS_PASSWORD: 'hunter2\r',
          OS_PROJECT_NAME: 'p\r',
          OS_INTERFACE: '\r',
        },
      },
      { login: { authUrl: 'http://k/v3', user: demo, password: 'hunter2' }, interfaces: ['public'] },
    ],
    [
      'variables that end with a line break, as a secret of Kubernetes made with echo does',
      { env: { OS_AUTH_URL: 'http://k/v3\n', OS_TOKEN: 't\n', OS_PROJECT_NAME: 'p\r\n', OS_INTERFACE: '\n' } },
      { login: { method: 'token', token: 't', scope: { project: { name: 'p' } } }, interfaces: ['public'] },
    ],
    [
      'an unquoted project_id keeps its digits',
      { osCloud: 'lab', files: { [OWN]: lab('      user_id: 1e3\n      password: 0123\n      project_id: 012345\n') } },
      { login: { user: { id: '1e3' }, password: '0123', scope: { project: { id: '012345' } } } },
    ],
    [
      'dashes in keys, and auth keys beside auth',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    user-domain-name: Staff\n    region-name: One\n') } },
      { login: { user: { name: 'demo', domain: { name: 'Staff' } } }, region: 'One' },
    ],
    [
      'merge keys and anchors, as people write them',
      {
        osCloud: 'lab',
        files: {
          [OWN]: `base: &base\n  auth_url: http://k/v3\n  username: demo\n  password: x\nclouds:\n  lab:\n    auth:\n      <<: *base\n      project_name: p\n`,
        },
      },
      { login: { method: 'password', authUrl: 'http://k/v3', user: demo } },
    ],
    [
      'the ends of lines of DOS and of old Macs',
      { osCloud: 'lab', files: { [OWN]: `${lab(PASSWORD, '    regions: [One]').replaceAll('\n', '\r\n')}\r` } },
      { login: { method: 'password', authUrl: 'http://k/v3', user: demo }, region: 'One' },
    ],
    [
      'a password in a block without the line break',
      { osCloud: 'lab', files: { [OWN]: lab('      username: demo\n      password: |-\n        hunter2\n') } },
      { login: { user: demo, password: 'hunter2' } },
    ],
    [
      'no XDG_CONFIG_HOME that leads below the current directory',
      {
        osCloud: 'lab',
        env: { XDG_CONFIG_HOME: 'conf' },
        files: { 'conf/openstack/clouds.yaml': 'clouds: {lab: {auth: {auth_url: http://evil}}}', [OWN]: lab(PASSWORD) },
      },
      { login: { authUrl: 'http://k/v3', user: demo } },
    ],
    [
      'XDG_CONFIG_HOME before the home directory',
      {
        osCloud: 'lab',
        env: { XDG_CONFIG_HOME: '/conf' },
        files: { '/conf/openstack/clouds.yaml': lab(PASSWORD), [OWN]: 'clouds: {lab: {auth: {auth_url: http://x}}}' },
      },
      { login: { authUrl: 'http://k/v3', user: demo } },
    ],
    [
      'domain_name fills both domains when a project is named',
      { env: { ...PASSWORD_ENV, OS_DOMAIN_NAME: 'Staff' } },
      {
        login: {
          user: { name: 'demo', domain: { name: 'Staff' } },
          scope: { project: { name: 'lab', domain: { name: 'Staff' } } },
        },
      },
    ],
    [
      'an application credential is recognised without auth_type, and has no scope even if a project is named',
      {
        env: {
          OS_AUTH_URL: 'http://k',
          OS_APPLICATION_CREDENTIAL_ID: 'ac',
          OS_APPLICATION_CREDENTIAL_SECRET: 'ac-secret',
          OS_PROJECT_NAME: 'p',
        },
      },
      {
        login: { method: 'application_credential', authUrl: 'http://k', credential: { id: 'ac' }, secret: 'ac-secret' },
      },
    ],
    [
      'an application credential by name needs its user',
      {
        osCloud: 'lab',
        files: {
          [OWN]: lab(
            '      application_credential_name: ac\n      application_credential_secret: s\n      username: demo\n',
            '    auth_type: v3applicationcredential\n',
          ),
        },
      },
      { login: { method: 'application_credential', credential: { name: 'ac', user: demo } } },
    ],
    [
      'a passcode makes it totp',
      { env: { OS_AUTH_URL: 'http://k', OS_USERNAME: 'demo', OS_PASSCODE: '123456' } },
      { login: { method: 'totp', passcode: '123456' } },
    ],
    [
      'admin_token needs no Keystone, only an endpoint',
      { env: { OS_AUTH_TYPE: 'admin_token', OS_TOKEN: 't', OS_ENDPOINT: 'http://g:9292' } },
      { login: { method: 'fixed-token', token: 't' }, imageEndpoint: 'http://g:9292' },
    ],
    [
      'a token and an endpoint without Keystone are admin_token',
      { env: { OS_TOKEN: 't', OS_URL: 'http://g:9292' } },
      { login: { method: 'fixed-token', token: 't' }, imageEndpoint: 'http://g:9292' },
    ],
    [
      'a token and an endpoint beside a Keystone are not',
      { env: { OS_AUTH_URL: 'http://k', OS_TOKEN: 't', OS_ENDPOINT: 'http://g:9292' } },
      { login: { method: 'token', authUrl: 'http://k', token: 't' }, imageEndpoint: 'http://g:9292' },
    ],
    [
      'secure.yaml is laid over clouds.yaml',
      {
        osCloud: 'lab',
        files: {
          [OWN]: lab('      username: demo\n'),
          '/etc/openstack/secure.yaml': 'clouds: {lab: {auth: {password: s3cret}}}',
        },
      },
      { login: { password: 's3cret' } },
    ],
    [
      'a profile of clouds-public.yaml lies under the cloud',
      {
        osCloud: 'lab',
        files: {
          [OWN]: 'clouds:\n  lab:\n    profile: vendor\n    auth: {username: demo, password: x}\n',
          '/etc/openstack/clouds-public.yaml':
            'public-clouds: {vendor: {auth: {auth_url: "https://{region_name}.v/v3", username: no}, region_name: west}}',
        },
      },
      { login: { authUrl: 'https://west.v/v3', user: demo }, region: 'west' },
    ],
    [
      'a profile that openstacksdk ships',
      {
        osCloud: 'lab',
        files: { [OWN]: 'clouds:\n  lab:\n    profile: vexxhost\n    auth: {username: demo, password: hunter2}\n' },
      },
      { login: { authUrl: 'https://auth.vexxhost.net/v3', user: demo } },
    ],
    [
      'a profile that openstacksdk ships, with an address in each region, under the old name of the key',
      {
        osCloud: 'lab',
        env: { OS_REGION_NAME: 'eu-nl' },
        files: { [OWN]: 'clouds:\n  lab:\n    cloud: otc\n    auth: {username: demo, password: hunter2}\n' },
      },
      { region: 'eu-nl', regions: ['eu-de', 'eu-nl'], login: { authUrl: 'https://iam.eu-nl.otc.t-systems.com/v3' } },
    ],
    [
      'a profile of a clouds-public.yaml before one that is shipped, with its regions',
      {
        osCloud: 'lab',
        files: {
          [OWN]: 'clouds:\n  lab:\n    profile: otc\n    auth: {username: demo, password: hunter2}\n',
          '/etc/openstack/clouds-public.yaml':
            'public-clouds: {otc: {auth: {auth_url: "https://mine/v3"}, regions: [{name: only, values: {interface: internal}}]}}',
        },
      },
      { region: 'only', interfaces: ['internal'], login: { authUrl: 'https://mine/v3' } },
    ],
    [
      'what the cloud says itself before a profile, its regions too',
      {
        osCloud: 'lab',
        files: { [OWN]: lab(PASSWORD, '    profile: otc\n    regions: [mine]\n') },
      },
      { region: 'mine', regions: ['mine'], login: { authUrl: 'http://k/v3' } },
    ],
    [
      'a shipped profile for a cloud of the current directory: there is nothing of the user in it',
      {
        osCloud: 'lab',
        files: { [HERE]: 'clouds: {lab: {profile: elastx, auth: {username: demo, password: hunter2}}}' },
      },
      { region: 'se-sto', login: { authUrl: 'https://ops.elastx.cloud:5000/v3' } },
    ],
    [
      'the environment chooses among the regions, whose values come last',
      {
        osCloud: 'lab',
        env: { OS_REGION_NAME: 'two' },
        files: {
          [OWN]: lab(
            PASSWORD,
            '    regions:\n    - one\n    - name: two\n      values: {auth: {project_name: q}, interface: internal}\n',
          ),
        },
      },
      { region: 'two', interfaces: ['internal'], login: { scope: { project: { name: 'q', domain: DEFAULT } } } },
    ],
    [
      'with a named cloud the environment gives only the secret the file lacks',
      {
        osCloud: 'lab',
        env: { OS_PASSWORD: 'from-env', OS_TOKEN: 'stale', OS_USERNAME: 'other', OS_AUTH_URL: 'http://evil' },
        files: { [OWN]: lab('      username: demo\n') },
      },
      { login: { method: 'password', authUrl: 'http://k/v3', user: demo, password: 'from-env' } },
    ],
    [
      'the only cloud of the file is used when nothing else says which',
      { files: { [OWN]: lab(PASSWORD) } },
      { where: 'cloud "lab"' },
    ],
    [
      'OS_CLIENT_CONFIG_FILE goes before every place, relative to the current directory',
      {
        osCloud: 'lab',
        env: { OS_CLIENT_CONFIG_FILE: 'my.json' },
        files: {
          [OWN]: lab(PASSWORD),
          [HERE]: lab(PASSWORD),
          '/srv/my.json': '{"clouds": {"lab": {"auth": {"auth_url": "http://j", "username": "j", "password": "x"}}}}',
        },
      },
      { login: { authUrl: 'http://j' } },
    ],
    [
      'a password and a passcode: the passcode is kept for a Keystone that asks for it',
      { env: { ...PASSWORD_ENV, OS_PASSCODE: '123456' } },
      { login: { method: 'password', password: 'hunter2', passcode: '123456' } },
    ],
    [
      'the passcode of the environment, for a named cloud with a password',
      { osCloud: 'lab', env: { OS_PASSCODE: '123456' }, files: { [OWN]: lab(PASSWORD) } },
      { login: { method: 'password', password: 'hunter2', passcode: '123456' } },
    ],
    [
      'several factors of a file, their secrets from the environment',
      {
        osCloud: 'lab',
        env: { OS_PASSWORD: 'hunter2', OS_PASSCODE: '123456' },
        files: {
          [OWN]: lab(
            '      username: demo\n      project_name: p\n',
            '    auth_type: v3multifactor\n    auth_methods:\n    - v3password\n    - v3totp\n',
          ),
        },
      },
      {
        login: {
          method: 'multifactor',
          factors: [
            { method: 'password', user: demo },
            { method: 'totp', user: demo },
          ],
          scope: { project: { name: 'p', domain: DEFAULT } },
        },
      },
    ],
    [
      'several factors of a variable, one of them a credential that has its own scope',
      {
        env: {
          ...PASSWORD_ENV,
          OS_AUTH_TYPE: 'v3multifactor',
          OS_AUTH_METHODS: 'applicationcredential, totp',
          OS_APPLICATION_CREDENTIAL_ID: 'a',
          OS_APPLICATION_CREDENTIAL_SECRET: 'ac-secret',
          OS_PASSCODE: '123456',
        },
      },
      {
        login: { method: 'multifactor', factors: [{ credential: { id: 'a' } }, { method: 'totp' }] },
      },
    ],
    [
      'one factor of several is that factor',
      { env: { ...PASSWORD_ENV, OS_AUTH_TYPE: 'v3multifactor', OS_AUTH_METHODS: 'v3password' } },
      { login: { method: 'password', password: 'hunter2' } },
    ],
    [
      'basic authentication, without Keystone',
      {
        env: {
          OS_AUTH_TYPE: 'http_basic',
          OS_USERNAME: 'alice',
          OS_PASSWORD: 'basic-pw',
          OS_ENDPOINT: 'http://g:9292',
        },
      },
      { login: { method: 'http-basic', username: 'alice', password: 'basic-pw' }, imageEndpoint: 'http://g:9292' },
    ],
    [
      'an identity provider by password, secrets from the environment',
      {
        osCloud: 'lab',
        env: { OS_PASSWORD: 'hunter2', OS_CLIENT_SECRET: 'client-secret' },
        files: {
          [OWN]: lab(
            '      username: demo\n      project_name: p\n      identity_provider: keycloak\n      protocol: openid\n      client_id: cli\n      discovery_endpoint: https://i/d\n      openid_scope: openid\n',
            '    auth_type: v3oidcpassword\n',
          ),
        },
      },
      {
        login: {
          method: 'oidc-password',
          identityProvider: 'keycloak',
          protocol: 'openid',
          username: 'demo',
          password: 'hunter2',
          client: { id: 'cli', discovery: 'https://i/d', scope: 'openid', tokenType: 'access_token' },
          scope: { project: { name: 'p', domain: DEFAULT } },
        },
      },
    ],
    [
      'an identity provider by client, with a stated endpoint',
      {
        env: {
          ...OIDC_ENV,
          OS_AUTH_TYPE: 'v3oidcclientcredentials',
          OS_CLIENT_SECRET: 'client-secret',
          OS_ACCESS_TOKEN_ENDPOINT: 'https://i/t',
          OS_ACCESS_TOKEN_TYPE: 'id_token',
        },
      },
      {
        login: {
          method: 'oidc-client',
          client: { id: 'cli', tokenEndpoint: 'https://i/t', scope: 'openid profile', tokenType: 'id_token' },
        },
      },
    ],
    [
      'the token of an identity provider',
      { env: { ...OIDC_ENV, OS_AUTH_TYPE: 'v3oidcaccesstoken', OS_ACCESS_TOKEN: 'access-token' } },
      { login: { method: 'oidc-token', accessToken: 'access-token', identityProvider: 'keycloak' } },
    ],
    [
      'envvars is the cloud of the variables, also beside a file with a single cloud',
      { osCloud: 'envvars', env: PASSWORD_ENV, files: { [OWN]: lab(PASSWORD) } },
      { where: 'the OS_* variables', from: 'environment', login: { authUrl: PASSWORD_ENV.OS_AUTH_URL } },
    ],
    [
      'OS_CLOUD_NAME is another name for it',
      { osCloud: 'mine', env: { ...PASSWORD_ENV, OS_CLOUD_NAME: 'mine' } },
      { from: 'environment' },
    ],
    [
      'a cloud of a file may have that name, where the variables are those of nobody',
      { osCloud: 'envvars', files: { [OWN]: lab(PASSWORD).replace('lab:', 'envvars:') } },
      { where: 'cloud "envvars"', from: 'own' },
    ],
    [
      'a list of interfaces keeps its order',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    interface: [internal, public]\n') } },
      { interfaces: ['internal', 'public'] },
    ],
  ];
  it.each(cases)('%s', async (_name, options, expected) => {
    expect(await configured(options)).toMatchObject(expected);
  });

  it('is nothing without any description', async () => {
    expect(await configured({})).toBeUndefined();
  });

  it.each([
    ['alone', {}],
    [
      'as one factor',
      { OS_AUTH_TYPE: 'v3multifactor', OS_AUTH_METHODS: 'totp applicationcredential', OS_PASSCODE: '123456' },
    ],
  ])('an application credential never carries a scope: %s', async (_name, more) => {
    const credential = { OS_APPLICATION_CREDENTIAL_ID: 'i', OS_APPLICATION_CREDENTIAL_SECRET: 'ac-secret' };
    const cloud = await configuredCloud(fakePorts({ env: { ...PASSWORD_ENV, ...credential, ...more } }));
    expect(cloud?.login).not.toHaveProperty('scope');
  });
});

describe('a key that a generator left empty is not there', () => {
  const plain = { [OWN]: lab(PASSWORD) };
  const keys = ['cacert', 'cert', 'key', 'verify', 'insecure', 'auth_type', 'profile', 'interface', 'region_name'];
  keys.push('regions', 'image_endpoint_override', 'identity_api_version');
  const authKeys = ['user_domain_id', 'user_domain_name', 'project_domain_id', 'project_id', 'token', 'passcode'];
  authKeys.push('domain_id', 'system_scope', 'application_credential_id', 'trust_id');
  const words = ['null', '~', ''];
  const cases = words.flatMap((word) => [
    ...keys.map((key) => [key, word, lab(PASSWORD, `    ${key}: ${word}\n`)] as const),
    ...authKeys.map((key) => [`auth: ${key}`, word, lab(`${PASSWORD}      ${key}: ${word}\n`)] as const),
  ]);
  it.each(cases)('%s: %s', async (_key, _word, text) => {
    const files = { [OWN]: text };
    expect(await configured({ osCloud: 'lab', files })).toEqual(await configured({ osCloud: 'lab', files: plain }));
    expect(await cloudTls(fakePorts({ osCloud: 'lab', files }))).toEqual({});
  });

  it.each(words)('the environment has the password that the file says is %s', async (word) => {
    const files = { [OWN]: lab(`      username: demo\n      password: ${word}\n`) };
    const ports = fakePorts({ osCloud: 'lab', env: { OS_PASSWORD: 'from-env' }, files });
    expect(revealed((await configuredCloud(ports)) as Cloud)).toMatchObject({ login: { password: 'from-env' } });
    expect(ports.warnings).toEqual([]);
  });

  it('in secure.yaml, which then takes nothing away', async () => {
    const files = {
      [OWN]: lab(PASSWORD),
      '/etc/openstack/secure.yaml': 'clouds: {lab: {auth: {password: null}, region_name: ~}}',
    };
    expect(await configured({ osCloud: 'lab', files })).toMatchObject({ login: { password: 'hunter2' } });
  });

  it('in the values of a region and in a list of interfaces', async () => {
    const rest =
      '    interface: [null, internal]\n    regions:\n    - name: one\n      values: {region_name: null, cacert: ~}\n';
    expect(await configured({ osCloud: 'lab', files: { [OWN]: lab(PASSWORD, rest) } })).toMatchObject({
      interfaces: ['internal'],
      region: 'one',
    });
  });
});

describe('a secure.yaml', () => {
  const SECURE = '/home/alice/.config/openstack/secure.yaml';
  const both = (clouds: string, secure: string): FakeOptions => ({
    osCloud: 'lab',
    files: { [OWN]: clouds, [SECURE]: secure },
  });
  const LOGIN = { login: { method: 'password', authUrl: 'http://k/v3', user: demo, password: 'hunter2' } };
  const BARE = '    auth: {username: demo, password: hunter2}\n';
  it.each<readonly [string, FakeOptions, object]>([
    ['has a whole cloud', both('clouds: {other: {}}', lab(PASSWORD)), LOGIN],
    ['has all of a cloud that is only named elsewhere', both('clouds: {lab: }', lab(PASSWORD)), LOGIN],
    ['is all there is', { osCloud: 'lab', files: { [SECURE]: lab(PASSWORD) } }, LOGIN],
    ['is all there is, and names one cloud', { files: { [SECURE]: lab(PASSWORD) } }, LOGIN],
    [
      'has the regions',
      both(lab(PASSWORD), 'clouds: {lab: {regions: [{name: One, values: {interface: internal}}]}}'),
      { ...LOGIN, region: 'One', interfaces: ['internal'] },
    ],
    [
      'has the profile',
      both(`clouds:\n  lab:\n${BARE}`, 'clouds: {lab: {profile: vexxhost}}'),
      { login: { user: demo } },
    ],
    ['adds to auth key by key', both(lab('      username: demo\n'), `clouds:\n  lab:\n${BARE}`), LOGIN],
  ])('%s', async (_name, options, expected) => {
    expect(await configured(options)).toMatchObject(expected);
  });

  it('of the current directory does not count without a clouds.yaml there', async () => {
    const files = { [OWN]: lab(PASSWORD), '/srv/secure.yaml': 'clouds: {mine: {auth: {auth_url: http://evil}}}' };
    await expect(configured({ osCloud: 'mine', files })).rejects.toMatchObject({ code: 'config.cloud' });
  });

  it('is named in a message about what both files say', async () => {
    const files = { [OWN]: lab(PASSWORD), [SECURE]: 'clouds: {lab: {auth: {password: [a]}}}' };
    await expect(configured({ osCloud: 'lab', files })).rejects.toMatchObject({
      message: `cloud "lab" of ${OWN} and ${SECURE}: password is a list or a mapping`,
    });
  });
});

describe('a cloud has its way over its profile, and a region over its cloud, in whatever spelling', () => {
  const vendor = (settings: string) => ({ '/etc/openstack/clouds-public.yaml': `public-clouds: {v: {${settings}}}` });
  const files = (rest: string, settings: string) => ({
    [OWN]: lab(PASSWORD, `    profile: v\n${rest}`),
    ...vendor(settings),
  });
  it.each<readonly [string, Record<string, string>, object]>([
    [
      'endpoint_type over interface',
      files('    endpoint_type: admin\n', 'interface: internal'),
      { interfaces: ['admin'] },
    ],
    [
      'interface over endpoint_type',
      files('    interface: admin\n', 'endpoint_type: internal'),
      { interfaces: ['admin'] },
    ],
    [
      'image_endpoint over image_endpoint_override',
      files('    image_endpoint: http://own\n', 'image_endpoint_override: http://vendor'),
      { imageEndpoint: 'http://own' },
    ],
    [
      'endpoint_type of a region over interface',
      {
        [OWN]: lab(PASSWORD, '    interface: public\n    regions: [{name: One, values: {endpoint_type: internal}}]\n'),
      },
      { interfaces: ['internal'] },
    ],
    [
      'but image_interface is more special than either',
      files('    interface: admin\n', 'image_interface: internal'),
      { interfaces: ['internal'] },
    ],
  ])('%s', async (_name, given, expected) => {
    expect(await configured({ osCloud: 'lab', files: given })).toMatchObject(expected);
  });
});

describe('a file that is not UTF-8', () => {
  const garbled = (text: string) => ({ text, groupOrWorld: false, garbled: true as const });
  it.each<[string, FakeOptions['files']]>([
    [
      'is not passed over for another one',
      { [OWN]: garbled(lab(PASSWORD)), '/etc/openstack/clouds.yaml': lab(PASSWORD) },
    ],
    [
      'has no secret',
      { [OWN]: lab(''), '/etc/openstack/secure.yaml': garbled('clouds: {lab: {auth: {password: p\ufffd}}}') },
    ],
  ])('%s', async (_name, files = {}) => {
    await expect(configured({ osCloud: 'lab', files })).rejects.toMatchObject({
      code: 'config.read',
      message: expect.stringMatching(/\.yaml: it is not UTF-8$/),
      hint: 'save it as UTF-8',
    });
  });
});

describe('what is said about a value in a list', () => {
  it('survives the mask of passwords', async () => {
    const error = await configured({ osCloud: 'lab', files: { [OWN]: lab('      password: [a]\n') } }).catch(
      (thrown: { hint: string }) => thrown,
    );
    const { hint } = error as { hint: string };
    expect(redactText(hint)).toBe(hint);
  });
});

describe('an empty list of regions is no list', () => {
  it.each(['[]', '[null]', "['']", '[~, null]'])('regions: %s', async (list) => {
    const rest = (region: string) => `    region_name: ${region}\n    regions: ${list}\n`;
    const files = { [OWN]: lab(PASSWORD, rest('One')) };
    expect(await configured({ osCloud: 'lab', files })).toMatchObject({ region: 'One', regions: ['One'] });
    const open = await configured({ osCloud: 'lab', files: { [OWN]: lab(PASSWORD, rest('~')) } });
    expect(open).toMatchObject({ regions: [] });
    expect(open).not.toHaveProperty('region');
  });
});

describe('what is written another way than it is read does not pass for what is not there', () => {
  const SECURE = '/etc/openstack/secure.yaml';
  const PUBLIC = '/etc/openstack/clouds-public.yaml';
  const regions = (text: string) => lab(PASSWORD, `    regions: ${text}\n`);
  const vendor = (text: string) => ({ [OWN]: lab(PASSWORD, '    profile: v\n'), [PUBLIC]: `public-clouds: ${text}` });
  it.each<readonly [string, Record<string, string>, RegExp]>([
    ['clouds in a list', { [OWN]: 'clouds: [{name: lab}]' }, /clouds\.yaml: clouds is not a mapping/],
    ['a cloud that is a text', { [OWN]: 'clouds: {lab: http://k/v3}' }, /clouds\.yaml: lab is not a mapping/],
    ['auth that is a text', { [OWN]: 'clouds: {lab: {auth: demo}}' }, /: auth is not a mapping/],
    ['auth in a list', { [OWN]: 'clouds: {lab: {auth: [{username: demo}]}}' }, /: auth is not a mapping/],
    ['one region as a text', { [OWN]: regions('One') }, /: regions is not a list/],
    ['regions in a mapping', { [OWN]: regions('{One: {}}') }, /: regions is not a list/],
    ['a region under another key', { [OWN]: regions('[{region_name: One}]') }, /: a region in its list has no name/],
    ['a region in a list of its own', { [OWN]: regions('[[One]]') }, /: a region in its list has no name/],
    [
      'settings of a region that are not below values',
      { [OWN]: regions('[{name: One, interface: internal}]') },
      /, region "One": interface is not below values/,
    ],
    ['values in a list', { [OWN]: regions('[{name: One, values: [x]}]') }, /, region "One": values is not a mapping/],
    [
      'auth of a region that is a text',
      { [OWN]: regions('[{name: One, values: {auth: x}}]') },
      /, region "One": auth is not a mapping/,
    ],
    ['clouds of secure.yaml in a list', { [OWN]: lab(PASSWORD), [SECURE]: 'clouds: [lab]' }, /secure\.yaml: clouds is/],
    ['a cloud of secure.yaml as a text', { [OWN]: lab(PASSWORD), [SECURE]: 'clouds: {lab: x}' }, /: lab is not a map/],
    [
      'auth of secure.yaml as a text',
      { [OWN]: lab(PASSWORD), [SECURE]: 'clouds: {lab: {auth: x}}' },
      /: auth is not a/,
    ],
    ['vendors in a list', vendor('[v]'), /clouds-public\.yaml: public-clouds is not a mapping/],
    ['a profile that is a text', vendor('{v: x}'), /profile "v" of .*clouds-public\.yaml: v is not a mapping/],
    ['regions of a profile as a text', vendor('{v: {regions: One}}'), /profile "v" of .*: regions is not a list/],
  ])('%s', async (_name, files, message) => {
    await expect(configured({ osCloud: 'lab', files })).rejects.toMatchObject({
      code: 'config.cloud',
      message: expect.stringMatching(message),
    });
  });
});

describe('a region that is asked for beside a cloud', () => {
  const ONE = '    region_name: One\n';
  const LIST = '    regions:\n    - One\n    - name: Two\n      values: {interface: internal}\n';
  const TEMPLATE = 'clouds:\n  lab:\n    auth:\n      auth_url: https://{region_name}.k/v3\n';
  const at = (path: string, rest: string, more: FakeOptions = {}): FakeOptions => ({
    osCloud: 'lab',
    files: { [path]: lab(PASSWORD, rest) },
    ...more,
  });
  const env = { OS_REGION_NAME: 'Two' };

  const obeyed: readonly (readonly [string, FakeOptions, object])[] = [
    ['by variable, above region_name of the cloud', at(OWN, ONE, { env }), { region: 'Two', regions: ['One'] }],
    ['by option, above the variable', at(OWN, ONE, { env, osRegion: 'Six' }), { region: 'Six', regions: ['One'] }],
    ['where the cloud says nothing', at(OWN, '', { env }), { region: 'Two', regions: [] }],
    [
      'from the list of the cloud, with its values, above region_name',
      at(OWN, ONE + LIST, { env }),
      { region: 'Two', regions: ['One', 'Two'], interfaces: ['internal'] },
    ],
    [
      'not in the list, to be looked for in the catalog',
      at(OWN, ONE + LIST, { osRegion: 'Six' }),
      { region: 'Six', regions: ['One', 'Two'], interfaces: ['public'] },
    ],
    ['from a list with commas', at(OWN, '    region_name: One, Two\n', { env }), { region: 'Two' }],
    ['for a cloud of the current directory', at(HERE, ONE, { env }), { region: 'Two', regions: ['One'] }],
    ['for the only cloud', { files: { [OWN]: lab(PASSWORD, ONE) }, env }, { region: 'Two' }],
    [
      'for the OS_* variables, above theirs',
      { env: { ...PASSWORD_ENV, ...env }, osRegion: 'Six' },
      { region: 'Six', regions: ['Two'] },
    ],
    [
      'in the address of a Keystone of its own',
      {
        osCloud: 'lab',
        env,
        files: { [OWN]: `${TEMPLATE}      username: u\n      password: x\n    regions: [One, Two]\n` },
      },
      { region: 'Two', login: { authUrl: 'https://Two.k/v3' } },
    ],
  ];
  it.each(obeyed)('%s, is obeyed without a word', async (_name, options, expected) => {
    const ports = fakePorts(options);
    expect(revealed((await configuredCloud(ports)) as Cloud)).toMatchObject(expected);
    expect(ports.warnings.filter((warning) => warning.code !== 'openstack.cloud-here')).toEqual([]);
  });

  it.each<[string, string]>([
    [
      'would name the host that gets the password',
      `${TEMPLATE}      username: u\n      password: x\n    regions: [One]\n`,
    ],
    [
      'has no Keystone, as each region has its own',
      'clouds:\n  lab:\n    auth: {username: u, password: x}\n    regions:\n    - {name: One, values: {auth: {auth_url: http://k1}}}\n',
    ],
  ])('and that is not in the list and %s, is not guessed', async (_name, text) => {
    await expect(configured({ osCloud: 'lab', env, files: { [OWN]: text } })).rejects.toMatchObject({
      code: 'not-found.region',
      details: { regions: ['One'] },
    });
  });
});

describe('a clouds.yaml in the current directory', () => {
  it('does not count when no cloud is named', async () => {
    expect(await configured({ files: { [HERE]: lab(PASSWORD) } })).toBeUndefined();
  });

  it('counts when its cloud is named, and says so', async () => {
    const ports = fakePorts({ osCloud: 'lab', files: { [HERE]: lab(PASSWORD) } });
    expect(await configuredCloud(ports)).toMatchObject({ login: { method: 'password' } });
    expect(ports.warnings.map((warning) => warning.code)).toEqual(['openstack.cloud-here']);
  });

  const meetsNoSecret: readonly (readonly [string, FakeOptions])[] = [
    ['of the environment', { env: { OS_PASSWORD: 'mine' } }],
    [
      "of the user's secure.yaml",
      { files: { '/home/alice/.config/openstack/secure.yaml': 'clouds: {lab: {auth: {password: mine}}}' } },
    ],
    [
      'of a file named by OS_CLIENT_SECURE_FILE',
      { env: { OS_CLIENT_SECURE_FILE: '/s.yaml' }, files: { '/s.yaml': 'clouds: {lab: {auth: {password: mine}}}' } },
    ],
    [
      "of the user's vendor profiles",
      { files: { '/etc/openstack/clouds-public.yaml': 'public-clouds: {v: {auth: {password: mine}}}' } },
    ],
  ];
  it.each(meetsNoSecret)('meets no secret %s', async (_name, options) => {
    const here = lab('      username: demo\n', '    profile: v\n');
    const ports = fakePorts({ ...options, osCloud: 'lab', files: { ...options.files, [HERE]: here } });
    await expect(configuredCloud(ports)).rejects.toMatchObject({
      code: 'config.cloud',
      message: expect.stringMatching(/^cloud "lab": the password is missing/),
    });
  });

  it("does not bend the user's own cloud with a secure.yaml", async () => {
    const files = {
      [OWN]: lab(PASSWORD),
      '/srv/secure.yaml': 'clouds: {lab: {auth: {auth_url: http://evil}}}',
    };
    expect(await configured({ osCloud: 'lab', files })).toMatchObject({ login: { authUrl: 'http://k/v3' } });
  });

  it('may not name a client key', async () => {
    const files = { [HERE]: lab(PASSWORD, '    cert: c\n    key: /home/alice/key.pem\n') };
    await expect(configured({ osCloud: 'lab', files })).rejects.toMatchObject({ code: 'config.cloud' });
    expect(await cloudTls(fakePorts({ osCloud: 'lab', files }))).toEqual({});
  });

  it("hides a cloud of the user's only when it has one of this name", async () => {
    const files = { [HERE]: 'clouds: {other: {}}', [OWN]: lab(PASSWORD) };
    expect(await configured({ osCloud: 'lab', files })).toMatchObject({ login: { authUrl: 'http://k/v3' } });
  });
});

describe('a description that cannot be used', () => {
  const TWO = lab(PASSWORD, '    regions: [one, two]\n');
  const cases: readonly (readonly [string, FakeOptions, string, RegExp])[] = [
    [
      'an unknown cloud lists the known ones',
      { osCloud: 'x', files: { [OWN]: lab(PASSWORD) } },
      'config.cloud',
      /"lab"/,
    ],
    [
      'a user of basic authentication with a colon',
      { env: { OS_AUTH_TYPE: 'http_basic', OS_USERNAME: 'a:b', OS_PASSWORD: 'hunter2', OS_ENDPOINT: 'http://g' } },
      'config.cloud',
      /the OS_\* variables: the user name contains a colon/,
    ],
    [
      'an unknown auth_type lists the known ones',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    auth_type: v3websso\n') } },
      'config.cloud',
      /v3websso.*v3applicationcredential.*v3totp.*v3oidcpassword/s,
    ],
    [
      'a shipped profile with an address in each region, for a region that it does not have',
      {
        osCloud: 'lab',
        env: { OS_REGION_NAME: 'evil.example/' },
        files: { [OWN]: 'clouds: {lab: {profile: otc, auth: {username: demo, password: hunter2}}}' },
      },
      'not-found.region',
      /"eu-de", "eu-nl"/,
    ],
    ['several clouds and none named', { files: { [OWN]: 'clouds: {a: {}, b: {}}' } }, 'usage.missing', /"a", "b"/],
    [
      'several regions and none chosen',
      { osCloud: 'lab', files: { [OWN]: TWO } },
      'usage.missing',
      /--os-region.*OS_REGION_NAME.*"one", "two"/,
    ],
    [
      'a region_name that is not in the list',
      { osCloud: 'lab', files: { [OWN]: `${TWO}    region_name: six\n` } },
      'not-found.region',
      /"one", "two"/,
    ],
    ['a user without OS_AUTH_URL', { env: { OS_USERNAME: 'demo', OS_PASSWORD: 'x' } }, 'config.cloud', /OS_AUTH_URL/],
    [
      'a verify that is neither yes nor no nor a path',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    verify: maybe\n') } },
      'config.cloud',
      /verify/,
    ],
    [
      'an interface nobody has',
      { env: { ...PASSWORD_ENV, OS_INTERFACE: 'pubic' } },
      'config.cloud',
      /"pubic".*public/s,
    ],
    [
      'a file that is no YAML',
      { osCloud: 'lab', files: { [OWN]: 'clouds:\n  lab: {password: "s3cret\n' } },
      'config.read',
      /line 3/,
    ],
    [
      'envvars without variables',
      { osCloud: 'envvars', files: { [OWN]: lab(PASSWORD) } },
      'config.cloud',
      /the OS_\* variables: the URL of Keystone is missing\nset OS_AUTH_URL$/,
    ],
    [
      'an unknown cloud beside complete variables tells how to use these',
      { osCloud: 'x', env: PASSWORD_ENV, files: { [OWN]: lab(PASSWORD) } },
      'config.cloud',
      /use one of "lab"; for the OS_\* variables, use --os-cloud envvars$/,
    ],
    [
      'a named file that does not exist',
      { osCloud: 'lab', env: { OS_CLIENT_CONFIG_FILE: '/no' } },
      'config.read',
      /OS_CLIENT_CONFIG_FILE/,
    ],
    [
      'a method of several that is none',
      {
        osCloud: 'lab',
        files: { [OWN]: lab(PASSWORD, '    auth_type: v3multifactor\n    auth_methods: [v3password, v3kerberos]\n') },
      },
      'config.cloud',
      /"v3kerberos".*v3password, v3totp/s,
    ],
    [
      'several methods without their list',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    auth_type: v3multifactor\n') } },
      'config.cloud',
      /list of methods.*auth_methods/s,
    ],
    [
      'an identity provider without an address',
      { env: { ...OIDC_ENV, OS_AUTH_TYPE: 'v3oidcclientcredentials', OS_CLIENT_SECRET: 's3cret' } },
      'config.cloud',
      /address of the identity provider.*OS_DISCOVERY_ENDPOINT or OS_ACCESS_TOKEN_ENDPOINT/s,
    ],
    [
      'a kind of token that no provider gives',
      {
        env: {
          ...OIDC_ENV,
          OS_AUTH_TYPE: 'v3oidcclientcredentials',
          OS_CLIENT_SECRET: 's3cret',
          OS_DISCOVERY_ENDPOINT: 'https://i',
          OS_ACCESS_TOKEN_TYPE: 'refresh_token',
        },
      },
      'config.cloud',
      /"refresh_token".*access_token or id_token/s,
    ],
    [
      'basic authentication without an endpoint',
      { env: { OS_AUTH_TYPE: 'http_basic', OS_USERNAME: 'alice', OS_PASSWORD: 'basic-pw' } },
      'config.cloud',
      /OS_IMAGE_ENDPOINT_OVERRIDE or OS_ENDPOINT/,
    ],
    [
      'a variable that is no URL, which is named as it is written',
      { env: { ...PASSWORD_ENV, OS_AUTH_URL: '"http://k/v3"' } },
      'config.cloud',
      /the OS_\* variables: OS_AUTH_URL is not a URL\n/,
    ],
    [
      'an auth_url without its scheme',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD).replace('http://k/v3', 'k:5000/v3') } },
      'config.cloud',
      /cloud "lab": auth_url is not http\(s\)\n/,
    ],
    [
      'an auth_url with a password',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD).replace('http://k/v3', 'http://u:s3cret@k/v3') } },
      'config.cloud',
      /cloud "lab": auth_url contains a user name or password\n/,
    ],
    [
      'a region in a list, which is not no region',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    region_name: [RegionTwo]\n') } },
      'config.cloud',
      /region_name is a list or a mapping/,
    ],
    [
      'a region in a mapping',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    region_name: {name: RegionTwo}\n    regions: [one]\n') } },
      'config.cloud',
      /region_name is a list or a mapping/,
    ],
    [
      'a template that was not filled in',
      { osCloud: 'lab', files: { [OWN]: lab('      username: {{ user }}\n      password: hunter2\n') } },
      'config.cloud',
      /username is a list or a mapping.*in quotes/s,
    ],
    [
      'a password in a list, with another one in the environment',
      {
        osCloud: 'lab',
        env: { OS_PASSWORD: 'x' },
        files: { [OWN]: lab('      username: a\n      password: [hunter2]\n') },
      },
      'config.cloud',
      /password is a list/,
    ],
    [
      'a verify in a list',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    verify: [false]\n') } },
      'config.cloud',
      /verify is a list/,
    ],
    [
      'a secure.yaml with a list',
      {
        osCloud: 'lab',
        files: { [OWN]: lab(PASSWORD), '/etc/openstack/secure.yaml': 'clouds: {lab: {auth: {password: [s3cret]}}}' },
      },
      'config.cloud',
      /password is a list/,
    ],
    [
      'the values of a region with a list',
      {
        osCloud: 'lab',
        files: { [OWN]: lab(PASSWORD, '    regions: [{name: one, values: {auth: {project_name: [q]}}}]\n') },
      },
      'config.cloud',
      /project_name is a list/,
    ],
    [
      'a password in a block, which ends with a line break',
      { osCloud: 'lab', files: { [OWN]: lab('      username: a\n      password: |\n        hunter2\n') } },
      'config.cloud',
      /password contains a line break\n.*\|-/,
    ],
    [
      'a token of a secure.yaml in two lines',
      {
        osCloud: 'lab',
        files: { [OWN]: lab(''), '/etc/openstack/secure.yaml': 'clouds: {lab: {auth: {token: "s3cret\\ns3cret"}}}' },
      },
      'config.cloud',
      /token contains a line break/,
    ],
    [
      'a file without clouds names that file',
      { osCloud: 'lab', files: { [OWN]: 'cloud: {lab: {}}' } },
      'config.cloud',
      /define it below clouds: in \/home\/alice\/.config\/openstack\/clouds\.yaml, which defines none/,
    ],
    [
      'admin_token without endpoint',
      { env: { OS_AUTH_TYPE: 'admin_token', OS_TOKEN: 't' } },
      'config.cloud',
      /endpoint/,
    ],
  ];
  it.each(cases)('%s', async (_name, options, code, text) => {
    const error = await configured(options).then(
      () => undefined,
      (thrown: { code: string; message: string; hint: string }) => thrown,
    );
    expect(error?.code).toBe(code);
    expect(`${error?.message}\n${error?.hint}`).toMatch(text);
    expect(JSON.stringify(error)).not.toMatch(/s3cret|hunter2/);
  });
});

describe('the hint at something missing names only what would count', () => {
  const USER = '      username: demo\n';
  const SECURE = 'clouds: {lab: {auth: {password: mine}}}';
  const named = (auth: string, rest: FakeOptions = {}, path = OWN, more = ''): FakeOptions => ({
    ...rest,
    osCloud: 'lab',
    files: { [path]: lab(auth, more), ...rest.files },
  });
  const NOT_JOINED = /set password in \/srv\/clouds\.yaml, or move .*neither variables nor secure\.yaml are joined/;
  const cases: readonly (readonly [string, FakeOptions, string, RegExp])[] = [
    [
      'a password that is in the environment, for a clouds.yaml of the current directory',
      named(USER, { env: { OS_PASSWORD: 'mine' } }, HERE),
      'cloud "lab": the password is missing, and OS_PASSWORD in the environment is not used for it',
      NOT_JOINED,
    ],
    [
      "a password that is in the user's secure.yaml, for the same",
      named(USER, { files: { '/home/alice/.config/openstack/secure.yaml': SECURE } }, HERE),
      'cloud "lab": the password is missing',
      NOT_JOINED,
    ],
    [
      'a secret of a cloud of the user',
      named(USER),
      'cloud "lab": the password is missing',
      /^set password in \/home\/alice\/\.config\/openstack\/clouds\.yaml, in secure\.yaml, or as OS_PASSWORD in the env/,
    ],
    [
      'a user that is in the environment, for a cloud of the user: only a secret is joined',
      named('      password: x\n', { env: { OS_USERNAME: 'demo' } }),
      'cloud "lab": the user is missing, and OS_USERNAME in the environment is not used for it',
      /^set username or user_id in \/home\/alice\/\.config\/openstack\/clouds\.yaml$/,
    ],
    [
      'the secret of another way to log in',
      named('      application_credential_id: a\n', { env: { OS_PASSWORD: 'mine' } }),
      'cloud "lab": the secret of the application credential is missing',
      /application_credential_secret.*OS_APPLICATION_CREDENTIAL_SECRET in the environment$/,
    ],
    [
      'an endpoint, for a cloud of the user',
      named('', {}, OWN, '    auth_type: none\n'),
      'cloud "lab": the image endpoint is missing',
      /^set image_endpoint_override or endpoint in \/home\/alice\/\.config\/openstack\/clouds\.yaml$/,
    ],
    [
      'of the variables',
      { env: { OS_AUTH_URL: 'http://k', OS_PASSWORD: 'x' } },
      'the OS_* variables: the user is missing',
      /^set OS_USERNAME or OS_USER_ID$/,
    ],
  ];
  it.each(cases)('%s', async (_name, options, message, hint) => {
    await expect(configured(options)).rejects.toMatchObject({ message, hint: expect.stringMatching(hint) });
  });
});

describe('what is told without stopping', () => {
  const told: readonly (readonly [string, FakeOptions, string, RegExp])[] = [
    [
      'a foreign file with a secret that others may read',
      { osCloud: 'lab', files: { [OWN]: { text: lab(PASSWORD), groupOrWorld: true } } },
      'config.permissions',
      /chmod 600/,
    ],
    [
      'variables that a named cloud does not use',
      { osCloud: 'lab', env: { OS_USERNAME: 'x', OS_PASSWORD: 'y' }, files: { [OWN]: lab(PASSWORD) } },
      'openstack.environment',
      /OS_USERNAME, OS_PASSWORD/,
    ],
    [
      'variables that a cloud of the current directory does not use, beside where it is from',
      { osCloud: 'lab', env: { OS_PASSWORD: 'y', OS_CACERT: '/ca' }, files: { [HERE]: lab(PASSWORD) } },
      'openstack.environment',
      /OS_PASSWORD, OS_CACERT/,
    ],
    [
      'a key that is there twice',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    region_name: One\n    region_name: Two\n') } },
      'config.repeated',
      /clouds\.yaml: the key "region_name" appears twice, in lines 8 and 9: the last one counts$/,
    ],
    [
      'a profile nobody describes',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    profile: nowhere\n') } },
      'openstack.profile',
      /"nowhere"/,
    ],
  ];
  it.each(told)('%s', async (_name, options, code, text) => {
    const ports = fakePorts(options);
    await configuredCloud(ports);
    const warnings = ports.warnings.filter((warning) => warning.code !== 'openstack.cloud-here');
    expect(warnings).toEqual([{ code, message: expect.stringMatching(text) }]);
  });

  it('is nothing for a readable file without a secret', async () => {
    const ports = fakePorts({
      osCloud: 'lab',
      env: { OS_PASSWORD: 'x' },
      files: { [OWN]: { text: lab('      username: demo\n      # password: none here\n'), groupOrWorld: true } },
    });
    await configuredCloud(ports);
    expect(ports.warnings).toEqual([]);
  });
});

describe('TLS settings', () => {
  const cases: readonly (readonly [string, FakeOptions, object])[] = [
    ['no cloud has none', {}, {}],
    ...['no', 'false', 'off', '0', 'False', '"no"'].map(
      (word) =>
        [
          `verify: ${word} is insecure`,
          { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, `    verify: ${word}\n`) } },
          { insecure: true },
        ] as const,
    ),
    [
      'verify: a path is an authority, as python-requests has it',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    verify: ~/ca.pem\n') } },
      { cacert: '/home/alice/ca.pem' },
    ],
    [
      'verify: a path yields to cacert',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    verify: /other.pem\n    cacert: /ca.pem\n') } },
      { cacert: '/ca.pem' },
    ],
    ['verify: yes is not insecure', { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    verify: yes\n') } }, {}],
    [
      'insecure wins over verify',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    verify: true\n    insecure: true\n') } },
      { insecure: true },
    ],
    [
      'paths: ~ is the home, the rest relative to the current directory',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    cacert: ~/ca.pem\n    cert: c.pem\n    key: /k.pem\n') } },
      { cacert: '/home/alice/ca.pem', cert: '/srv/c.pem', key: '/k.pem' },
    ],
    ['from the environment', { env: { ...PASSWORD_ENV, OS_CACERT: '/ca' } }, { cacert: '/ca' }],
    [
      'who does not verify needs no authority: it may be gone',
      { env: { ...PASSWORD_ENV, OS_CACERT: '/ca', OS_INSECURE: 'true' } },
      { insecure: true },
    ],
    [
      'nor in a file',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    verify: false\n    cacert: /gone.pem\n') } },
      { insecure: true },
    ],
    [
      'a named cloud takes OS_CACERT but not OS_INSECURE',
      { osCloud: 'lab', env: { OS_CACERT: '/ca', OS_INSECURE: '1' }, files: { [OWN]: lab(PASSWORD) } },
      { cacert: '/ca' },
    ],
    [
      'a broken description is verified like any other',
      { osCloud: 'lab', files: { [OWN]: lab(PASSWORD, '    insecure: perhaps\n') } },
      {},
    ],
  ];
  it.each(cases)('%s', async (_name, options, expected) => {
    const ports = fakePorts(options);
    expect(await cloudTls(ports)).toEqual(expected);
    expect(ports.warnings).toEqual([]);
  });
});
