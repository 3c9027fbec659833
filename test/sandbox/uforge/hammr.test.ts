import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { ALICE, get } from '../client.js';
import { HAMMR, type HammrRequest } from './hammr-requests.js';
import { type Element, elementsAt, parseXml, textAt } from './xml-tree.js';

/** Images without sizes are there for our own client: no AppCenter was seen to have them, and hammr would crash. */
const WITHOUT_SIZES: readonly string[] = ['1107'];

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ size: 3000, smallSize: 2000, images: 2 });
  sandbox.control.stages('exports/5001', [42, 'complete']);
});
afterEach(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

/** What hammr would miss in an answer. */
function missing(request: HammrRequest, root: Element): readonly string[] {
  const things = request.each === undefined ? [root] : elementsAt(root, request.each);
  expect(things.length, request.path).toBeGreaterThan(0);
  return things.flatMap((thing) =>
    Object.entries(request.reads ?? {})
      .filter(([path, form]) => !form.test(textAt(thing, path) ?? ''))
      .filter(([path]) => !(path === 'fileSize' && WITHOUT_SIZES.includes(textAt(thing, 'dbId') ?? '')))
      .map(([path]) => `${request.path}: ${path} of ${textAt(thing, 'dbId')} is ${textAt(thing, path)}`),
  );
}

test.each(Object.entries(HAMMR))('hammr %s finds all that it takes for granted', async (_, requests) => {
  const known: Record<string, string> = {};
  for (const request of requests) {
    const path = request.path.replace(/\{(\w+)\}/g, (_whole, name: string) => known[name] ?? '');
    const credentials = request.anonymous ? {} : ALICE;
    // Its SDK asks for XML by name everywhere; the transfer itself is python-requests with its own headers.
    const accept = request.path === '{link}' ? '*/*' : 'application/xml';
    const answer = await get(`${sandbox.urls.uforge}/${path}`, {
      method: request.method,
      headers: { ...credentials, accept },
    });
    expect([path, answer.status]).toEqual([path, request.status]);
    // Read without a question where something is downloaded.
    if (request.reads === undefined && request.status === 200) {
      expect(answer.headers['content-length']).toBe(String(answer.body.length));
      continue;
    }
    if (request.status === 204) continue;
    const root = parseXml(answer.text);
    expect(missing(request, root)).toEqual([]);
    for (const [name, element] of Object.entries(request.remembers ?? {})) {
      known[name] =
        textAt(request.each === undefined ? root : (elementsAt(root, request.each)[0] ?? root), element) ?? '';
    }
  }
});

test('what hammr asks of a Docker image is there: where to pull it, and its entrypoint', async () => {
  const { text } = await get(`${sandbox.urls.uforge}/users/alice/images`, { headers: ALICE });
  const docker = elementsAt(parseXml(text), 'images/image').filter(
    (image) => textAt(image, 'targetFormat/format/name') === 'docker',
  );
  expect(docker.length).toBeGreaterThan(2);
  expect(docker.filter((image) => textAt(image, 'entrypoint') === undefined)).toEqual([]);
  expect(
    docker.some((image) => /^[\w.-]+\/software\/\d+\/\d+\/[0-9a-f]{40}$/.test(textAt(image, 'registeringName') ?? '')),
  ).toBe(true);
  const published = await get(`${sandbox.urls.uforge}/users/alice/pimages`, { headers: ALICE });
  const [pushed] = elementsAt(parseXml(published.text), 'publishImages/publishImage').filter(
    (image) => textAt(image, 'format/name') === 'docker',
  );
  for (const name of ['namespace', 'repositoryName', 'tagName']) {
    expect(textAt(pushed ?? { name: '', children: [], text: '' }, name)).toMatch(/./);
  }
});

test('an image that is not finished says how large it is: 0', async () => {
  const { text } = await get(`${sandbox.urls.uforge}/users/alice/images`, { headers: ALICE });
  const unfinished = elementsAt(parseXml(text), 'images/image').filter(
    (image) => textAt(image, 'status/complete') === 'false',
  );
  expect(unfinished.length).toBeGreaterThan(3);
  expect(new Set(unfinished.map((image) => textAt(image, 'fileSize')))).toEqual(new Set(['0']));
});

test('a download with a key that hammr has used once is refused the second time', async () => {
  const { text } = await get(`${sandbox.urls.uforge}/users/alice/images`, { headers: ALICE });
  const link = textAt(elementsAt(parseXml(text), 'images/image')[0] ?? parseXml(text), 'downloadUri');
  expect((await get(`${sandbox.urls.uforge}/${link}`)).status).toBe(200);
  expect((await get(`${sandbox.urls.uforge}/${link}`)).status).toBe(401);
});
