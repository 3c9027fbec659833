import { type FakeTransport, fakeTransport, type Scripted } from './fake-transport.js';

/** Knobs of a scripted AppCenter that answers metadata requests only. */
export interface UForgeScript {
  /** Elements of the image beside or instead of the usual ones; undefined leaves one out. */
  readonly image?: Readonly<Record<string, string | undefined>>;
  /** `get`: a new key in every answer. `never`: always the same. */
  readonly mint?: 'get' | 'never';
  /** downloadUri carries the key, does not, or is absent. */
  readonly uri?: 'keyed' | 'bare' | 'absent';
  readonly pimage?: boolean;
  /** Instead of the object. */
  readonly answer?: Scripted;
}

export const CLOUD_SECRET = 'cloud-secret-canary';

export interface UForgeServer extends FakeTransport {
  readonly keys: readonly string[];
}

export function xml(elements: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(elements)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
}

export function imageXml(elements: Readonly<Record<string, string | undefined>>): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ns0:image xmlns:ns0="http://www.usharesoft.com/uforge">${xml(elements)}</ns0:image>`;
}

export const READY = '<complete>true</complete><error>false</error><cancelled>false</cancelled>';

/** The fields of the reference's own sample. */
export function sample(id: string, key: string, path: string): Readonly<Record<string, string | undefined>> {
  return {
    created: '2019-05-02T08:15:00.000Z',
    dbId: id,
    digest: `etag-of-${key}`,
    lastModified: `2019-05-02T08:21:${String(key.length % 60)}.000Z`,
    md5sum: '9e107d9d372bb6826bd81d3542a419d6',
    size: '0',
    status: READY,
    compress: 'true',
    downloadKey: key,
    downloadUri: `${path}/downloads/dev-env_1.0rev1_targz.tar.gz?downloadId=${key}`,
    fileSize: '734003200',
    format: '<name>targz</name>',
    name: 'dev-env',
    revision: '1',
    simulated: 'false',
    version: '1.0',
  };
}

export function uforgeServer(script: UForgeScript = {}): UForgeServer {
  const keys: string[] = [];
  const fake = fakeTransport((request) => {
    if (script.answer !== undefined) return script.answer;
    const count = script.mint === 'never' ? 0 : keys.length;
    const key = `${String(count).padStart(4, '0')}301bd7313b9db1fa9d50ce3b85f0`;
    if (!keys.includes(key)) keys.push(key);
    const path = request.url.pathname.replace(/^\/api\//, '');
    const id = script.pimage ? '88' : (path.split('/').at(-1) ?? '');
    const own = script.pimage ? `${path}/88` : path;
    const base = sample(id, key, own);
    const uris = { keyed: base.downloadUri, bare: `${own}/downloads`, absent: undefined };
    const elements: Record<string, string | undefined> = {
      ...base,
      downloadUri: uris[script.uri ?? 'keyed'],
      ...script.image,
    };
    if (!script.pimage) return { body: imageXml(elements) };
    const cred = `<credAccount xsi:type="ns0:X"><login>${CLOUD_SECRET}</login></credAccount>`;
    const item = (fields: typeof elements): string =>
      `<publishImage xsi:type="ns0:P">${cred}${xml(fields)}</publishImage>`;
    const items = item({ ...elements, dbId: '87', name: 'other' }) + item(elements);
    return {
      body: `<ns0:publishImages xmlns:ns0="u" xmlns:xsi="x"><total>2</total><publishImages>${items}</publishImages></ns0:publishImages>`,
    };
  });
  return { ...fake, keys };
}
