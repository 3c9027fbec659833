import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { signApiKey } from '#imgdl/sandbox/uforge/auth.js';
import { CANARIES } from '#imgdl/sandbox/uforge/objects.js';
import { ALICE, basic, type Got, get } from '../client.js';
import { field } from './asking.js';

const SIZE = 300_000;
const APPLIANCE = 'users/alice/appliances/747';
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox({ size: SIZE, smallSize: 50_000 });
});
afterEach(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const ask = (path: string, headers: Readonly<Record<string, string>> = ALICE): Promise<Got> =>
  get(`${sandbox.urls.uforge}/${path}`, { headers });

async function keyOf(path: string): Promise<string> {
  return field((await ask(path)).text, 'downloadKey') ?? '';
}

describe('metadata', () => {
  test('are XML whose root alone has the namespace, with the recorded header fields', async () => {
    const answer = await ask(`${APPLIANCE}/images/1095`);
    expect(answer.text).toContain('<ns0:image xmlns:ns0="http://www.usharesoft.com/uforge"><created>');
    expect(answer.text.match(/ns0:/g)).toHaveLength(2);
    expect(answer.headers['transfer-encoding']).toBe('chunked');
    expect(answer.headers['version']).toBe('3.8.13');
    expect(answer.headers['content-language']).toBe('en');
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^JSESSIONID=[0-9A-F]{32}; Path=\/ufws\/; HttpOnly$/);
    expect(answer.headers.etag).toBe(`"${field(answer.text, 'digest')}"`);
    const object = sandbox.control.object('images/1095');
    expect(field(answer.text, 'fileSize')).toBe(String(SIZE));
    expect(field(answer.text, 'md5sum')).toBe(object.digest('md5'));
    expect(field(answer.text, 'sha256sum')).toBe(object.digest('sha256'));
    expect(field(answer.text, 'downloadKey')).toMatch(/^[0-9a-f]{32}$/);
    expect(field(answer.text, 'downloadUri')).toBe(
      `${APPLIANCE}/images/1095/downloads/dev-env_1.0rev1_targz.tar.gz?downloadId=${field(answer.text, 'downloadKey')}`,
    );
  });

  test('of lists have a doubled wrapper with the total first; published images are typed and carry canaries', async () => {
    const { text } = await ask(`${APPLIANCE}/pimages`);
    expect(text).toMatch(/<ns0:publishImages [^>]+><total>\d+<\/total><publishImages><publishImage xsi:type="ns0:Publ/);
    expect(text).toContain('xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"');
    for (const secret of Object.values(CANARIES)) expect(text).toContain(secret);
  });

  test('are JSON, wrapped in the name of the root, for who asks for it', async () => {
    const answer = await ask(`${APPLIANCE}/images`, { ...ALICE, accept: 'application/json' });
    const list = JSON.parse(answer.text);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(list.images.images.image[0]).toMatchObject({ dbId: 1095, compress: true, status: { complete: true } });
    expect(list.images.total).toBe(list.images.images.image.length);
    expect(answer.text).not.toContain('@type');
  });

  test('answer a matching conditional request with 304', async () => {
    const etag = String((await ask(`${APPLIANCE}/images/1095`)).headers.etag);
    expect((await ask(`${APPLIANCE}/images/1095`, { ...ALICE, 'if-none-match': etag })).status).toBe(304);
  });

  test.each([
    ['an image', `${APPLIANCE}/images/1095`, 200],
    ['its status', `${APPLIANCE}/images/1095/status`, 200],
    ['a published image, below its source image', `${APPLIANCE}/images/1095/pimages/88`, 200],
    ['a published image, below the appliance: only its bytes are there', `${APPLIANCE}/pimages/88`, 404],
    ['the published images of an appliance', `${APPLIANCE}/pimages`, 200],
    ['the images of an appliance', `${APPLIANCE}/images`, 200],
    ['all images of a user', 'users/alice/images', 200],
    ['all published images of a user', 'users/alice/pimages', 200],
    ['the appliances', 'users/alice/appliances', 200],
    ['an appliance', APPLIANCE, 200],
    ['the scanned instances', 'users/alice/scannedinstances', 200],
    ['the images of a scan', 'users/alice/scannedinstances/12/scans/34/images', 200],
    ['an image of a scan', 'users/alice/scannedinstances/12/scans/34/images/56', 200],
    ['the container templates', 'users/alice/mysoftware/718/templates', 200],
    ['a list of container images, which does not exist', 'users/alice/mysoftware/718/templates/130/images', 404],
    ['a container image', 'users/alice/mysoftware/718/templates/130/images/590', 200],
    ['an image of another appliance', 'users/alice/appliances/748/images/1095', 404],
    ['an unknown image', `${APPLIANCE}/images/99999999`, 404],
    ['the service status', 'status', 200],
  ])('%s: %s gives %i', async (_, path, status) => {
    expect((await ask(path)).status).toBe(status);
  });

  test('name what is missing in the language of the request', async () => {
    const { text } = await ask(`${APPLIANCE}/images/99999999`);
    expect(text).toContain('<ns0:uforgeError ');
    expect(text).toContain('with id [99,999,999] not found.');
    expect(field(text, 'statusCode')).toBe('404');
  });

  test.each<[string, number, Readonly<Record<string, string>>]>([
    ['generating', 1097, { complete: 'false', percentage: '42' }],
    ['in error', 1098, { error: 'true', complete: 'false' }],
    ['cancelled', 1099, { cancelled: 'true' }],
    ['not compressed', 1100, { compress: 'false', complete: 'true' }],
    ['simulated', 1101, { simulated: 'true', complete: 'true' }],
    [
      'of a registry',
      1102,
      { registeringName: 'uforge.example.com/software/718/130590/0123456789abcdef0123456789abcdef01234567' },
    ],
    ['complete and in error at once', 1109, { complete: 'true', error: 'true' }],
    ['of size 0 but with a right fileSize', 1105, { size: '0', fileSize: '50000' }],
    ['empty', 1106, { fileSize: '0' }],
    ['with a fileSize that is wrong', 1110, { fileSize: '50001' }],
  ])('an image %s', async (_, id, fields) => {
    const { text } = await ask(`${APPLIANCE}/images/${id}`);
    for (const [name, value] of Object.entries(fields)) expect(field(text, name)).toBe(value);
  });
});

describe('authentication', () => {
  test.each([
    ['nobody', {}, 401],
    ['alice', ALICE, 200],
    ['alice with a wrong password', basic('alice', 'guess'), 401],
    ['another user', basic('bob', 'builder'), 403],
    ['a user without entitlement for the images', basic('carol', 'no-entitlement'), 403],
    ['the supervisor', basic('root', 'welcome'), 200],
    ['the supervisor as alice', basic('root\\alice', 'welcome'), 200],
    ['a plain user as alice', basic('bob\\alice', 'builder'), 401],
    ['a scheme in other letters', { authorization: ALICE['authorization']?.replace('Basic', 'bAsIc') ?? '' }, 200],
    ['an unencoded password', { authorization: 'Basic alice:wonderland' }, 401],
  ])('%s gets the right status', async (_, headers, status) => {
    const answer = await ask(`${APPLIANCE}/images/1095`, headers);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.text).toContain('ERROR.AUTHENTICATION.INVALID');
  });

  test.each([
    ['bob, who has none', basic('bob', 'builder'), 'bob', 200],
    ['carol, who lacks the entitlement', basic('carol', 'no-entitlement'), 'carol', 403],
    ['the supervisor, who may see them', basic('root', 'welcome'), 'bob', 200],
  ])('own images of %s', async (_, headers, uid, status) => {
    const answer = await ask(`users/${uid}/images`, headers);
    expect(answer.status).toBe(status);
    if (status === 200) expect(field(answer.text, 'total')).toBe('0');
  });

  test.each([
    ['users/myUser?apiKey=PUBKEY123', 'IMXeTEbZINTFD1F1ez3+8uQD1V0='],
    ['users/alice/images?apiKey=PUBKEY123', 'aZhIpMLLjqRh+9jYPFNSzh4xFjA='],
    ['users/alice/appliances?query=name%3D%3D%27web%27&apiKey=PUBKEY123', 'D7nQ3fVsjQvrDJ31BQejt6gVIcI='],
  ])('signs %s as the published vector', (target, signature) => {
    expect(signApiKey('SECRET456', target)).toBe(signature);
  });

  test.each([
    ['the right secret', 'SECRET456', 'users/alice/images?apiKey=PUBKEY123', 200],
    ['a wrong secret', 'SECRET457', 'users/alice/images?apiKey=PUBKEY123', 401],
    ['the encoded query', 'SECRET456', 'users/alice/appliances?query=name%3D%3D%27web%27&apiKey=PUBKEY123', 200],
    ['an unknown key', 'SECRET456', 'users/alice/images?apiKey=NOBODY', 401],
    ["another user's key", 'SECRETBOB', 'users/alice/images?apiKey=PUBKEYBOB', 403],
  ])('an API key with %s', async (_, secret, target, status) => {
    const signed = `${target}&signature=${encodeURIComponent(signApiKey(secret, target))}`;
    expect((await ask(signed, {})).status).toBe(status);
  });

  test('a signature of another path is refused', async () => {
    const signature = encodeURIComponent(signApiKey('SECRET456', 'users/alice/images?apiKey=PUBKEY123'));
    expect((await ask(`users/alice/appliances?apiKey=PUBKEY123&signature=${signature}`, {})).status).toBe(401);
  });
});

describe('one-time download ids', () => {
  const data = `${APPLIANCE}/images/1095/downloads`;

  test('open their image once, without credentials', async () => {
    const key = await keyOf(`${APPLIANCE}/images/1095`);
    const first = await ask(`${data}/any-name?downloadId=${key}`, {});
    expect(first.status).toBe(200);
    expect(first.body.equals(sandbox.control.object('images/1095').bytes(0, SIZE))).toBe(true);
    expect((await ask(`${data}?downloadId=${key}`, {})).status).toBe(401);
    expect(sandbox.control.keys).toMatchObject({ spent: 1, refused: 1 });
  });

  test('are spent by a HEAD and by a ranged GET as well', async () => {
    const key = await keyOf(`${APPLIANCE}/images/1095`);
    await get(`${sandbox.urls.uforge}/${data}?downloadId=${key}`, { method: 'HEAD' });
    expect((await ask(`${data}?downloadId=${key}`, {})).status).toBe(401);
    const other = await keyOf(`${APPLIANCE}/images/1095`);
    expect((await ask(`${data}?downloadId=${other}`, { range: 'bytes=5-9' })).status).toBe(206);
    expect((await ask(`${data}?downloadId=${other}`, {})).status).toBe(401);
  });

  test('do not open another image', async () => {
    const key = await keyOf(`${APPLIANCE}/images/1096`);
    expect((await ask(`${data}?downloadId=${key}`, {})).status).toBe(401);
    expect((await ask(`${APPLIANCE}/images/1096/downloads?downloadId=${key}`, {})).status).toBe(200);
  });

  test('can be used again in the mode of old servers', async () => {
    sandbox.control.modes.keyUse = 'many';
    const key = await keyOf(`${APPLIANCE}/images/1095`);
    for (let use = 0; use < 3; use += 1) expect((await ask(`${data}?downloadId=${key}`, {})).status).toBe(200);
  });

  test.each([
    ['after-use', true],
    ['per-get', false],
  ] as const)('minted %s: two GETs show the same key: %s', async (mint, same) => {
    sandbox.control.modes.keyMint = mint;
    const [first, second] = [await keyOf(`${APPLIANCE}/images/1095`), await keyOf(`${APPLIANCE}/images/1095`)];
    expect(first === second).toBe(same);
    for (const key of new Set([first, second])) expect((await ask(`${data}?downloadId=${key}`, {})).status).toBe(200);
  });

  test('minted voiding: a GET shows a new key, and the one before is dead', async () => {
    sandbox.control.modes.keyMint = 'voiding';
    const [first, second] = [await keyOf(`${APPLIANCE}/images/1095`), await keyOf(`${APPLIANCE}/images/1095`)];
    expect((await ask(`${data}?downloadId=${first}`, {})).status).toBe(401);
    expect((await ask(`${data}?downloadId=${second}`, {})).status).toBe(200);
  });

  test.each([
    [401, 401, 'uforgeError'],
    [403, 403, 'uforgeError'],
    [404, 404, 'uforgeError'],
    ['html', 200, 'type="password"'],
  ] as const)('dead ones get %s', async (mode, status, text) => {
    sandbox.control.modes.deadKey = mode;
    const answer = await ask(`${data}?downloadId=00000000000000000000000000000000`, {});
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  test.each([
    ['id', 'id', 200],
    ['id', 'downloadId', 401],
    ['downloadId', 'downloadId', 200],
    ['downloadId', 'id', 401],
    ['both', 'id', 200],
    ['both', 'downloadId', 200],
  ] as const)('of a published image where %s is right, sent as %s: %i', async (mode, parameter, status) => {
    sandbox.control.modes.pimageParameter = mode;
    const key = await keyOf(`${APPLIANCE}/images/1095/pimages/88`);
    expect((await ask(`${APPLIANCE}/pimages/88/downloads?${parameter}=${key}`, {})).status).toBe(status);
    expect(sandbox.control.keys.spent).toBe(status === 200 ? 1 : 0);
  });

  test.each([
    ['keyed', /downloads\/dev-env_1\.0rev1_targz\.tar\.gz\?downloadId=[0-9a-f]{32}$/],
    ['bare', /images\/1095\/downloads$/],
    ['absent', undefined],
  ] as const)('downloadUri can be %s', async (mode, pattern) => {
    sandbox.control.modes.downloadUri = mode;
    const uri = field((await ask(`${APPLIANCE}/images/1095`)).text, 'downloadUri');
    if (pattern === undefined) expect(uri).toBeUndefined();
    else expect(uri).toMatch(pattern);
  });

  test('are the only way with keysOnly', async () => {
    expect((await ask(data)).status).toBe(200);
    sandbox.control.modes.keysOnly = true;
    expect((await ask(data)).status).toBe(401);
    expect((await ask(`${data}?downloadId=${sandbox.control.issueKey('images/1095')}`, {})).status).toBe(200);
  });
});

describe('downloads', () => {
  test.each([1097, 1098, 1099, 1100, 1101, 1102, 1109, 1111])('image %i has no bytes to have', async (id) => {
    const answer = await ask(`${APPLIANCE}/images/${id}/downloads`);
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('uforgeError');
  });

  test('of a hostile name have it encoded in the URI', async () => {
    const uri = field((await ask(`${APPLIANCE}/images/1104`)).text, 'downloadUri');
    expect(uri).toContain('/downloads/..%2F..%2Fetc%2Fcron.d%2Fx?downloadId=');
    expect((await ask(String(uri), {})).body.length).toBe(50_000);
  });

  test.each([
    ['scan-images/56', 'scannedinstances/12/scans/34/images/56'],
    ['container-images/590', 'mysoftware/718/templates/130/images/590'],
  ])('of %s work by key and by credentials', async (name, path) => {
    const uri = field((await ask(`users/alice/${path}`)).text, 'downloadUri');
    const expected = sandbox.control.object(name).bytes(0, SIZE);
    expect((await ask(String(uri), {})).body.equals(expected)).toBe(true);
    expect((await ask(`users/alice/${path}/downloads`)).body.equals(expected)).toBe(true);
  });

  test('never answer 406, whatever Accept says', async () => {
    const answer = await ask(`${APPLIANCE}/images/1095/downloads`, { ...ALICE, accept: 'application/xml' });
    expect([answer.status, answer.body.length]).toEqual([200, SIZE]);
  });

  test.each([
    ['xml', 'application/xml', /^<\?xml .*uforgeError/s],
    ['json', 'application/json', /^\{"uforgeError":/],
    ['html', 'text/html', /^<html>/],
    ['empty', undefined, /^$/],
  ] as const)('errors can be %s', async (form, type, body) => {
    sandbox.control.modes.errorBody = form;
    const answer = await ask(`${APPLIANCE}/images/1095/downloads`, {});
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe(type);
    expect(answer.text).toMatch(body);
  });
});

describe('a replaced image', () => {
  test('changes bytes, sums, digest, dates and ETag together', async () => {
    const before = await ask(`${APPLIANCE}/images/1095`);
    const old = await ask(`${APPLIANCE}/images/1095/downloads`);
    sandbox.control.replace('images/1095', SIZE + 10);
    const after = await ask(`${APPLIANCE}/images/1095`);
    const young = await ask(`${APPLIANCE}/images/1095/downloads`);
    for (const name of ['md5sum', 'sha256sum', 'digest', 'lastModified', 'fileSize']) {
      expect(field(after.text, name)).not.toBe(field(before.text, name));
    }
    expect(young.headers.etag).not.toBe(old.headers.etag);
    expect(young.headers['last-modified']).not.toBe(old.headers['last-modified']);
    expect(young.body.length).toBe(SIZE + 10);
    expect(young.body.subarray(0, 1000).equals(old.body.subarray(0, 1000))).toBe(false);
  });
});

describe('the root context', () => {
  test.each(['/api', '/ufws', '/', 'deep/er/'])('can be %s', async (rootContext) => {
    const other = await startSandbox({ size: 1000, rootContext });
    const path = `${APPLIANCE}/images/1095/downloads?apiKey=PUBKEY123`;
    const signature = encodeURIComponent(signApiKey('SECRET456', path));
    const answer = await get(`${other.environment['IMGDL_URL']}/${path}&signature=${signature}`);
    expect([answer.status, answer.body.length]).toEqual([200, 1000]);
    await other.close();
  });
});
