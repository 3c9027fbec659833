import { describe, test } from 'vitest';
import { expectRefused, glance, IMAGE, type Mode, type Row, refusal, uforge } from './refusal.js';
import { NOBODY } from './stage.js';

const pimage = (id: string): readonly string[] => ['appliance', 'pimage', '747', id];

const UNKNOWN: readonly Row[] = [
  ['an unknown image', refusal(4, 'not-found.image', /9999.*\n.*check/is, uforge('9999'))],
  ['an image of another appliance', refusal(4, 'not-found.image', /\n.*check/i, ['appliance', 'image', '1', '1095'])],
  ['an unknown published image', refusal(4, 'not-found.image', /999.*\n.*check/is, pimage('999'))],
  [
    'an unknown container image',
    refusal(4, 'not-found.image', /\n.*check/i, ['container', 'image', '718', '130', '1']),
  ],
  ['an unknown scan image', refusal(4, 'not-found.image', /\n.*check/i, ['scan', 'image', '12', '34', '1'])],
  ['an unknown Glance name', refusal(4, 'not-found.image', /nope.*\n.*check/is, glance('nope'))],
  ['an unknown Glance id', refusal(4, 'not-found.image', /\n.*check/i, glance('00000000-0000-4000-8000-000000000000'))],
  ['a Glance image of another project', refusal(4, 'not-found.image', /\n.*check/i, glance('private-other'))],
  [
    'a name that fits two',
    refusal(4, 'not-found.ambiguous', /[0-9a-f-]{36}.*[0-9a-f-]{36}.*\n.*id/is, glance('duplicate')),
  ],
  [
    'an unknown URL',
    refusal(4, 'not-found.url', /404.*\n.*URL/s, ({ sandbox }) => ['url', `${sandbox.urls.files}/nope`]),
  ],
  [
    'a catalog without image service',
    refusal(
      4,
      'not-found.service',
      /catalog of the cloud has no.*\n.*OS_IMAGE_ENDPOINT_OVERRIDE/s,
      glance('small-raw'),
      {
        options: { imageService: false },
      },
    ),
  ],
  [
    'an unknown region',
    refusal(4, 'not-found.region', /RegionOne/, glance('small-raw'), { env: { OS_REGION_NAME: 'Nowhere' } }),
  ],
];

const REFUSED: readonly Row[] = [
  [
    'a wrong password',
    refusal(3, 'auth.refused', /\n.*(user|password)/, IMAGE, { env: { IMGDL_PASSWORD: 'canary-wrong' } }),
  ],
  [
    'wrong API keys',
    refusal(3, 'auth.refused', /\n.*key/, IMAGE, {
      env: { ...NOBODY, IMGDL_UID: 'alice', IMGDL_PUBLIC_KEY: 'PUBKEY123', IMGDL_SECRET_KEY: 'canary-key' },
    }),
  ],
  [
    'an account without the right to read images',
    refusal(3, 'auth.forbidden', /\n.*(permission|right|entitle)/, IMAGE, {
      env: { IMGDL_USER: 'carol', IMGDL_PASSWORD: 'no-entitlement' },
    }),
  ],
  [
    'images of somebody else',
    refusal(3, 'auth.forbidden', /\n.*(permission|--uid|right)/, IMAGE, { env: { IMGDL_UID: 'bob' } }),
  ],
  [
    'a wrong password of OpenStack',
    refusal(3, 'auth.refused', /\n.*password/, glance('small-raw'), { env: { OS_PASSWORD: 'canary-wrong' } }),
  ],
  [
    'an invented token',
    refusal(3, 'auth.token', /\n.*token/, glance('small-raw'), {
      env: { OS_AUTH_TYPE: 'v3token', OS_TOKEN: 'canary-token', OS_USERNAME: '', OS_PASSWORD: '' },
    }),
  ],
  [
    'a user without a role in the project',
    refusal(3, 'auth.refused', /\n.*project/, glance('small-raw'), {
      env: { OS_USERNAME: 'norole', OS_PASSWORD: 'norole-pw' },
    }),
  ],
  ...([401, 403, 404] as const).map(
    (deadKey): Row => [
      `a spent key without credentials (${deadKey})`,
      refusal(3, 'uforge.key-spent', /--download-id/, IMAGE, {
        options: { deadKey },
        env: { ...NOBODY, IMGDL_UID: 'alice', IMGDL_DOWNLOAD_ID: 'canary-spent-0123456789' },
      }),
    ],
  ),
  [
    'the key of another image',
    refusal(3, 'uforge.key-spent', /another|--download-id/, IMAGE, {
      env: ({ sandbox }) => ({
        ...NOBODY,
        IMGDL_UID: 'alice',
        IMGDL_DOWNLOAD_ID: sandbox.control.issueKey('images/1096'),
      }),
    }),
  ],
  [
    'a spent key that leads to a login page',
    refusal(8, 'proto.not-image', /login|web page|credentials/i, IMAGE, {
      options: { deadKey: 'html' },
      env: { ...NOBODY, IMGDL_UID: 'alice', IMGDL_DOWNLOAD_ID: 'canary-spent-0123456789' },
    }),
  ],
];

const NOT_READY: readonly Row[] = [
  ['an image being generated', refusal(5, 'not-ready.generating', /\n.*(again|wait)/i, uforge('1097'))],
  ['an image that failed', refusal(5, 'not-ready.failed', /\n.*generate/i, uforge('1098'))],
  ['a cancelled image', refusal(5, 'not-ready.failed', /\n.*generate/i, uforge('1099'))],
  ['an image that is not compressed', refusal(5, 'not-ready.not-compressed', /\n.*compress/, uforge('1100'))],
  ['a simulated image', refusal(5, 'not-ready.simulated', /\n.*generate/i, uforge('1101'))],
  ['a registry image', refusal(5, 'not-ready.registry', /docker pull uforge\.example\.com/, uforge('1102'))],
  ['an image that is complete with an error', refusal(5, 'not-ready.failed', /\n.*generate/i, uforge('1109'))],
  ['a queued image', refusal(5, 'not-ready.generating', /\n.*(again|wait)/i, uforge('1111'))],
  ['a published image being made', refusal(5, 'not-ready.generating', /\n.*(again|wait)/i, pimage('89'))],
  ['a published image that failed', refusal(5, 'not-ready.failed', /\n.*(publish|generate)/i, pimage('90'))],
  ['a published image that is not compressed', refusal(5, 'not-ready.not-compressed', /\n.*compress/, pimage('93'))],
  [
    'a scan image being made',
    refusal(5, 'not-ready.generating', /\n.*(again|wait)/i, ['scan', 'image', '12', '34', '57']),
  ],
  [
    'a container image in a registry',
    refusal(5, 'not-ready.registry', /docker pull/, ['container', 'image', '718', '130', '591']),
  ],
  ['a Glance image without data', refusal(5, 'not-ready.queued', /\n.*(wait|again)/i, glance('queued-nodata'))],
  ['a Glance image being saved', refusal(5, 'not-ready.queued', /\n.*(wait|again)/i, glance('saving'))],
  ['a deactivated Glance image', refusal(5, 'not-ready.deactivated', /\n.*reactivate/i, glance('deactivated'))],
  ['a Glance image whose data are lost (204)', refusal(5, 'not-ready.no-data', /\n.*owner/, glance('lost-data'))],
  [
    'a Glance image with an unknown algorithm',
    refusal(9, 'integrity.algorithm', /shake_999.*--checksum/s, glance('weird-algo')),
  ],
  ['a Glance image that is corrupt', refusal(9, 'integrity.digest', /\n.*owner/, glance('corrupt'))],
  [
    'an image without a link, by key',
    refusal(8, 'uforge.no-uri', /\n.*--via credentials/, [...uforge('1103'), '--via', 'key']),
  ],
];

describe.each<[string, readonly Row[], readonly Mode[]]>([
  ['what nobody knows', UNKNOWN, ['-v']],
  ['whom nobody lets in', REFUSED, ['-v', '--json']],
  ['what cannot be had yet', NOT_READY, ['--json']],
])('%s:', (_, rows, modes) => {
  test.each(rows)('%s', async (_sentence, row) => {
    await expectRefused(row, modes);
  });
});
