import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { expectSection, table } from './page.js';
import { atOnce, type Environment, type Names, type Story, User } from './user.js';

const BASE = 'https://uforge.example.com/api';
const GET = 'imgdl appliance image 747 1095';
const LINK = `${BASE}/users/alice/appliances/747/images/1095`;
const ALICE: Environment = { IMGDL_USER: 'alice', IMGDL_PASSWORD: '{password}' };
const DATA = `${LINK}/downloads/dev-env_1.0rev1_targz.tar.gz`;
const KEYS: Environment = { IMGDL_PUBLIC_KEY: '{public key}', IMGDL_SECRET_KEY: '{secret key}' };
const HAMMR = '~/.hammr/credentials.yml';
const HAMMRS = `user: alice\npassword: "{password}"\nurl: ${BASE}\nacceptAutoSigned: false\n`;
const CONFIG = '~/.config/imgdl/config.yaml';
const PROD = `profiles:\n  prod:\n    url: ${BASE}\n    user: alice\n    password-file: pw\n`;

/** `IMGDL_URL` is set. */
const LOGINS: readonly Story[] = [
  [{ what: 'a password in the environment', typed: GET, env: ALICE }],
  [{ what: 'in a file', typed: `${GET} --user alice --password-file pw`, files: { pw: '{password}\n' } }],
  [
    {
      what: 'in a file that others can read',
      typed: `${GET} --user alice --password-file pw`,
      files: { pw: '{password}\n' },
      before: ({ cwd }) => chmodSync(join(cwd, 'pw'), 0o644),
    },
  ],
  [{ what: 'from a pipe', typed: `${GET} --user alice --password-file - <pw`, stdin: '{password}\n' }],
  [{ what: 'a wrong password', typed: GET, env: { ...ALICE, IMGDL_PASSWORD: 'not-the-password' } }],
  [{ what: 'API keys in the environment', typed: `${GET} --uid alice`, env: KEYS }],
  [
    {
      what: 'the secret key in a file',
      typed: `${GET} --uid alice --public-key {public key} --secret-key-file key`,
      files: { key: '{secret key}\n' },
    },
  ],
  [{ what: 'a wrong secret key', typed: `${GET} --uid alice`, env: { ...KEYS, IMGDL_SECRET_KEY: 'not-the-key' } }],
  [
    { what: 'a one-time download id', typed: `${GET} --uid alice`, env: { IMGDL_DOWNLOAD_ID: '{download id}' } },
    {
      what: 'the same id again',
      typed: `${GET} --uid alice -o again.tar.gz`,
      env: { IMGDL_DOWNLOAD_ID: '{download id}' },
    },
  ],
  [{ what: 'nothing', typed: `${GET} --uid alice` }],
  [{ what: 'a user without a password', typed: `${GET} --user alice` }],
];

/** `IMGDL_URL` is not set. */
const FILES: readonly Story[] = [
  [
    {
      what: 'a profile',
      typed: `${GET} --profile prod`,
      files: { [CONFIG]: PROD, '~/.config/imgdl/pw': '{password}\n' },
    },
  ],
  [
    {
      what: 'a profile whose secret is in a variable (`password-env: PROD_PW`)',
      typed: `${GET} --profile prod`,
      env: { PROD_PW: '{password}' },
      files: { [CONFIG]: PROD.replace('password-file: pw', 'password-env: PROD_PW') },
    },
  ],
  [
    {
      what: 'a profile, and a password in the environment that is for another server',
      typed: `${GET} --profile prod`,
      env: { IMGDL_PASSWORD: 'another-password' },
      files: { [CONFIG]: PROD, '~/.config/imgdl/pw': '{password}\n' },
    },
  ],
  [{ what: 'a profile that nobody has', typed: `${GET} --profile test`, files: { [CONFIG]: PROD } }],
  [
    {
      what: 'server and user in the configuration, the password in the environment',
      typed: GET,
      env: { IMGDL_PASSWORD: '{password}' },
      files: { [CONFIG]: `url: ${BASE}\nuser: alice\n` },
    },
  ],
  [{ what: "hammr's file", typed: GET, files: { [HAMMR]: HAMMRS } }],
  [
    {
      what: "hammr's file as JSON, with API keys",
      typed: `${GET} --uid alice`,
      files: {
        '~/.hammr/credentials.json': `{"url": "${BASE}", "publickey": "{public key}", "secretkey": "{secret key}", "password": null}`,
      },
    },
  ],
  [{ what: 'with keys that are not set', typed: GET, files: { [HAMMR]: `${HAMMRS}publickey: null\nsecretkey: ~\n` } }],
  [{ what: 'with a key that appears twice', typed: GET, files: { [HAMMR]: `user: bob\n${HAMMRS}` } }],
  [
    {
      what: 'with a password and API keys',
      typed: GET,
      files: { [HAMMR]: `${HAMMRS}publickey: P\nsecretkey: secret-1\n` },
    },
  ],
  [
    {
      what: 'that others can read',
      typed: GET,
      files: { [HAMMR]: HAMMRS },
      before: ({ home }) => chmodSync(join(home, '.hammr/credentials.yml'), 0o644),
    },
  ],
  [{ what: 'no server at all', typed: GET }],
];

const URLS: readonly Story[] = [
  [{ what: 'the URL of an image, with a login', typed: `imgdl url ${LINK}`, env: { IMGDL_URL: BASE, ...ALICE } }],
  [{ what: 'without a login', typed: `imgdl url ${LINK}` }],
  [
    {
      what: 'the login is for another server, which alone gets it',
      typed: `imgdl url ${LINK}`,
      env: { IMGDL_URL: 'https://other.example.com/api', ...ALICE },
    },
  ],
  [
    { what: 'a link with a one-time download id', typed: `imgdl url '${DATA}?downloadId={download id}'` },
    { what: 'the same link again', typed: `imgdl url '${DATA}?downloadId={download id}' -o again.tar.gz` },
  ],
  [{ what: 'as a plain URL', typed: `imgdl url ${LINK} --as plain -o image.tar.gz` }],
];

describe('ways to log in to UForge, as the page says it', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ size: 100_000, smallSize: 50_000, generationMs: 3_600_000, exportMs: 0 });
  });
  afterAll(() => sandbox.close());

  const tell = async (section: string, stories: readonly Story[], env: Environment = {}): Promise<void> => {
    const { SANDBOX_PUBLIC_KEY = '', SANDBOX_SECRET_KEY = '', IMGDL_PASSWORD = '' } = sandbox.environment;
    const rows = await atOnce(stories, (story) => {
      const names: Names = [
        ['{download id}', sandbox.control.issueKey('images/1095')],
        [BASE, sandbox.urls.uforge],
        ['{password}', IMGDL_PASSWORD],
        ['{public key}', SANDBOX_PUBLIC_KEY],
        ['{secret key}', SANDBOX_SECRET_KEY],
      ];
      return new User(names, env).tell(story);
    });
    expectSection(section, table(rows.flat()));
  };

  it('logins', () => tell('uforge-logins', LOGINS, { IMGDL_URL: BASE }));
  it('profiles and files of other tools', () => tell('uforge-files', FILES));
  it('URLs', () => tell('uforge-urls', URLS));
});
