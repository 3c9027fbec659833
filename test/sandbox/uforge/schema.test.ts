import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { type Asked, basic, get } from '../client.js';
import { askUforge } from './asking.js';
import { complaints, hasXmllint, SCHEMA } from './xmllint.js';

interface Answer {
  readonly what: string;
  readonly xml: string;
}

/** What a document is: the name of its root. */
const rootOf = (xml: string): string => /<ns0:(\w+)/.exec(xml)?.[1] ?? '';

describe.skipIf(!hasXmllint)('every XML answer of the sandbox', () => {
  let sandbox: Sandbox;
  const answers: Answer[] = [];

  async function take(path: string, asked: Asked = {}): Promise<string> {
    const { text, headers } = await askUforge(sandbox, path, asked);
    if (headers['content-type'] === 'application/xml')
      answers.push({ what: `${asked.method ?? 'GET'} ${path}`, xml: text });
    return text;
  }

  /** Everything that can be reached by the URIs in answers, beginning with the user. */
  async function crawl(): Promise<void> {
    const seen = new Set<string>();
    const waiting = ['users/alice'];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const text = await take(path);
      for (const [, uri = ''] of text.matchAll(/>(users\/alice[^<]*)</g)) {
        if (!/\/downloads(\/|$|\?)/.test(uri)) waiting.push(uri);
      }
    }
    expect(seen.size).toBeGreaterThan(100);
  }

  beforeAll(async () => {
    sandbox = await startSandbox({ size: 3000, smallSize: 2000, images: 3, exportMs: 0 });
    await crawl();
    for (const path of [
      'status',
      'users/alice/images/status',
      'users/alice/pimages/status',
      'users/alice/targetformats',
      'users/alice/scannedinstances?includeScans=true',
      'users/alice/appliances?query=name%3D%3D%27nobody%27',
      'users/alice/appliances?query=wrong',
      'users/alice/images?count=1&offset=2',
      'users/alice/appliances/99999999',
    ]) {
      await take(path);
    }
    for (const parent of ['users/alice/appliances/752', 'users/alice/mysoftware/718']) await exportOf(parent);
    await states();
    await refusals();
  }, 60_000);
  afterAll(() => sandbox.close());

  /** An export in all its states. */
  async function exportOf(parent: string): Promise<void> {
    const id = 5001 + sandbox.control.exports.length;
    const path = `${parent}/exports/${id}`;
    const stages = ['queued', 42, 'error', 'cancelled', 'complete'] as const;
    sandbox.control.stages(`exports/${id}`, stages);
    await take(`${parent}/exports`, { method: 'POST' });
    for (const _ of stages) for (const tail of ['', '/status']) await take(`${path}${tail}`);
    await take('users/alice/exports');
    await take('users/alice/exports/statuses');
    await take(`${path}/downloads`, { method: 'PUT' });
    await take(path, { method: 'DELETE' });
    await take(path);
  }

  /** An image and a published image in all their states, alone and in lists. */
  async function states(): Promise<void> {
    for (const stage of ['queued', 0, 99, 'error', 'cancelled', 'complete-with-error', 'complete'] as const) {
      for (const name of ['images/1095', 'pimages/88', 'container-images/590']) sandbox.control.stages(name, [stage]);
      await take('users/alice/appliances/747/images/1095');
      await take('users/alice/appliances/747/images/1095/pimages/88');
      await take('users/alice/appliances/747/pimages');
      await take('users/alice/mysoftware/718/templates/130');
    }
    for (const mode of ['absent', 'bare', 'keyed'] as const) {
      Object.assign(sandbox.control.modes, { downloadUri: mode, pimageUri: mode, sums: 'wrong' });
      await take('users/alice/images');
      await take('users/alice/pimages');
    }
  }

  async function refusals(): Promise<void> {
    await take('users/alice', { headers: basic('alice', 'wrong') });
    await take('users/alice', { headers: basic('bob', 'builder') });
    await take('users/bob/images', { headers: basic('bob', 'builder') });
    await take('status', { headers: basic('alice', 'wrong') });
    await take('users/alice/images', { method: 'POST' });
    const dead = await get(`${sandbox.urls.uforge}/users/alice/appliances/747/images/1095/downloads?downloadId=x`);
    answers.push({ what: 'a dead key', xml: dead.text });
    sandbox.control.modes.wideLists = 403;
    await take('users/alice/images');
  }

  test('is as the schema says, in the order of its elements too', () => {
    const found = complaints(answers.map(({ xml }) => xml));
    expect(answers.map(({ what }, index) => `${what}: ${found[index]}`).filter((line) => !line.endsWith(': '))).toEqual(
      [],
    );
  });

  test('was seen of each kind', () => {
    const known = [...readFileSync(SCHEMA, 'utf8').matchAll(/^ {2}<xs:element name="(\w+)"/gm)].map(([, name]) => name);
    const single = ['targetFormat']; // only in a list
    const seen = new Set(answers.map(({ xml }) => rootOf(xml)));
    expect(known.filter((name = '') => !seen.has(name) && !single.includes(name))).toEqual([]);
    expect(known.length).toBeGreaterThan(20);
  });

  // What was wrong once, and what could be: the schema must notice.
  test.each<[sentence: string, of: string, change: (xml: string) => string]>([
    ['registeringName before revision', 'images/1102', move('registeringName', 'before', 'revision')],
    ['entrypoint after registeringName', 'images/1102', move('entrypoint', 'after', 'registeringName')],
    ['a uri after version', 'images/1095', move('uri', 'after', 'version')],
    ['two elements of the base type the other way round', 'images/1095', move('dbId', 'after', 'digest')],
    ['own elements before those of the base type', 'images/1095', move('fileSize', 'before', 'uploaded')],
    ['cloudId before version', 'images/1095/pimages/88', move('cloudId', 'before', 'version')],
    [
      'an access key under another name',
      'images/1096/pimages/92',
      (xml) => xml.replaceAll('accessKeyId>', 'accessKey>'),
    ],
    [
      'a published image without a type',
      'images/1095/pimages/88',
      (xml) => xml.replace(/ xsi:type="ns0:Publish\w+"/, ''),
    ],
    ['an account without a type', 'images/1095/pimages/88', (xml) => xml.replace(/ xsi:type="ns0:Cred\w+"/, '')],
    ['an unknown element', 'images/1095', (xml) => xml.replace('<name>', '<nom>x</nom><name>')],
    ['a size that is no number', 'images/1095', (xml) => xml.replace(/<fileSize>\d+/, '<fileSize>much')],
    ['a time without a date', 'images/1095', (xml) => xml.replace(/<created>[^<]+/, '<created>noon')],
    ['an unknown format', 'images/1095', (xml) => xml.replaceAll('>targz<', '>tgz<')],
    ['children in the namespace', 'images/1095', (xml) => xml.replaceAll(/(<\/?)uri>/g, '$1ns0:uri>')],
    ['a root without the namespace', 'images/1095', (xml) => xml.replaceAll('ns0:image', 'image')],
    ['a list whose total comes last', 'images', (xml) => xml.replace(/(<total>\d+<\/total>)(.*)(<\/ns0:)/s, '$2$1$3')],
    ['a list without the inner wrapper', 'images', (xml) => xml.replaceAll(/<\/?images>/g, '')],
  ])('would not be valid with %s', async (_, of, change) => {
    const { text } = await askUforge(sandbox, `users/alice/appliances/747/${of}`);
    const changed = change(text);
    expect(changed).not.toBe(text);
    const [before, after] = complaints([text, changed]);
    expect(before).toBe('');
    expect(after).toMatch(/Schemas validity error/);
  });

  test.each<[sentence: string, path: string, change: (xml: string) => string]>([
    ['imagesUri after status', 'scannedinstances/12/scans/34', move('imagesUri', 'after', 'name')],
    ['uri after containerTemplatesUri', 'mysoftware/718', move('uri', 'after', 'containerTemplatesUri')],
    ['admin before active', '', move('admin', 'before', 'active')],
    ['the base URIs after uri', '', move('baseImagesUri', 'after', 'uri')],
    ['a version before the status', 'status', move('version', 'before', 'alive')],
  ])('would not be valid with %s', async (_, path, change) => {
    const { text } = await askUforge(sandbox, path === 'status' ? path : `users/alice/${path}`.replace(/\/$/, ''));
    expect(change(text)).not.toBe(text);
    expect(complaints([change(text)])[0]).toMatch(/Schemas validity error/);
  });
});

/** Moves the last element of one name, without elements in it, next to the last one of another. */
function move(name: string, where: 'before' | 'after', anchor: string): (xml: string) => string {
  return (xml) => {
    const last = (text: string, element: string) =>
      [...text.matchAll(new RegExp(`<${element}>[^<]*</${element}>`, 'g'))].at(-1);
    const moved = last(xml, name);
    if (moved === undefined) throw new Error(`there is no ${name}`);
    const rest = xml.slice(0, moved.index) + xml.slice(moved.index + moved[0].length);
    const target = last(rest, anchor);
    if (target === undefined) throw new Error(`there is no ${anchor}`);
    const at = target.index + (where === 'after' ? target[0].length : 0);
    return rest.slice(0, at) + moved[0] + rest.slice(at);
  };
}
