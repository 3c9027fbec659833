/** Answers of the services. */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '#imgdl/core/errors.js';
import { defaultName } from '#imgdl/core/names.js';
import { responseHeaders } from '#imgdl/http/headers.js';
import { JsonList } from '#imgdl/providers/json-list.js';
import { imageEndpoint } from '#imgdl/providers/openstack/catalog.js';
import { recordOf } from '#imgdl/providers/openstack/images.js';
import { itemOf } from '#imgdl/providers/openstack/list-item.js';
import type { Cloud } from '#imgdl/providers/openstack/login/cloud.js';
import { issuedToken } from '#imgdl/providers/openstack/login/keystone.js';
import { remoteOf } from '#imgdl/providers/openstack/remote.js';
import { parseDocument } from '#imgdl/providers/uforge/document.js';
import { readImage } from '#imgdl/providers/uforge/image.js';
import { imageEntry } from '#imgdl/providers/uforge/listed-image.js';
import { type Tree, XmlReader } from '#imgdl/providers/uforge/xml.js';
import { fakePorts } from '../../support/keystone-fake.js';
import { refusal, requirePlain, requireShowable, type Target } from '../target.js';

const DOCUMENT = /^proto\.(?:xml|doctype|answer|body-limit)$/;
const WORDS = ['image', 'images', 'dbId', 'name', 'status', 'complete', 'true', 'fileSize', 'credAccount', 'format'];
const XML = [
  '<',
  '</',
  '/>',
  '>',
  '&amp;',
  '&#0;',
  '&#x1b;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<!DOCTYPE x>',
  '<?xml',
  'xmlns:a=""',
];
const JSON_WORDS = ['{', '}', '[', ']', ',', ':', 'null', 'true', '1e5', '"\\u0000"', '"__proto__"', '"constructor"'];

/** What stands in a name that a server gave is one component of a path, or no name. */
function requireSafeName(name: string | undefined): void {
  const safe = defaultName(name, 'image.img');
  if (
    safe === undefined ||
    /[/\0\\\p{Cc}\p{Default_Ignorable_Code_Point}]|^[.~-]/u.test(safe) ||
    Buffer.byteLength(safe) > 200
  ) {
    throw new Error(`not a safe name: ${JSON.stringify(safe)}`);
  }
}

const document: Target = {
  name: 'uforge-answer',
  words: [...WORDS, ...XML, ...JSON_WORDS],
  check(input) {
    try {
      const parsed = parseDocument(input.toString(), 'reading it');
      requirePlain(parsed.value);
      const image = readImage(parsed, '1095', 'reading it');
      requireSafeName(image.fileName ?? image.name);
      return `image: ${Object.keys(image).sort().join(' ')}`;
    } catch (error) {
      return refusal(error, DOCUMENT);
    }
  },
};

/** An answer in pieces is the answer. */
function readInPieces(text: string, length: number): { readonly entries: readonly Tree[]; readonly rest: unknown } {
  const entries: Tree[] = [];
  const reader = new XmlReader('listing', { path: 'images/images/image', found: (entry) => void entries.push(entry) });
  for (let at = 0; at < text.length; at += length) reader.write(text.slice(at, at + length));
  return { entries, rest: reader.close() };
}

const xmlList: Target = {
  name: 'uforge-list',
  words: [...WORDS, ...XML],
  check(input) {
    const text = input.toString();
    const pieces = (length: number) => {
      try {
        return readInPieces(text, length);
      } catch (error) {
        return refusal(error, DOCUMENT);
      }
    };
    const [whole, cut] = [pieces(Math.max(1, text.length)), pieces(7)];
    if (typeof whole === 'string' || typeof cut === 'string') {
      if (typeof whole !== typeof cut) throw new Error('refused in one piece or in several, but not both');
      return String(whole);
    }
    if (!isDeepStrictEqual(whole, cut)) throw new Error('it depends on how the answer is cut');
    requirePlain(whole);
    const read = whole.entries.map((entry) => imageEntry(entry, { segment: 'images' }, 'image'));
    return `list: ${[...new Set(read.map((entry) => (entry.kind === 'unusable' ? entry.why : entry.kind)))].join(' ')}`;
  },
};

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function jsonEntries(bytes: Uint8Array, length: number) {
  const notJson = () => new AppError('proto.answer', 'listing: it is not JSON');
  const list = new JsonList(chunksOf(bytes, length), { path: ['images'], attempted: 'listing', status: 200, notJson });
  const entries: unknown[] = [];
  try {
    for await (const entry of list) entries.push(entry);
    return { entries, rest: list.rest };
  } catch (error) {
    return refusal(error, /^proto\.(?:answer|charset|body-limit)$/);
  }
}

const jsonList: Target = {
  name: 'json-list',
  words: [...JSON_WORDS, '"images"', '"next"'],
  async check(input) {
    const whole = await jsonEntries(input, Math.max(1, input.length));
    const cut = await jsonEntries(input, 3);
    // Which of two faults is found first may depend on it.
    if (typeof whole === 'string' && typeof cut === 'string') return whole;
    if (typeof whole === 'string' || !isDeepStrictEqual(whole, cut))
      throw new Error('it depends on how the answer is cut');
    requirePlain(whole.entries);
    return `${Math.min(whole.entries.length, 3)} ${typeof whole.rest}`;
  },
};

const record: Target = {
  name: 'glance-record',
  words: [
    ...JSON_WORDS,
    '"id"',
    '"name"',
    '"size"',
    '"disk_format"',
    '"container_format"',
    '"os_hash_value"',
    '"tags"',
  ],
  check(input) {
    let value: unknown;
    try {
      value = JSON.parse(input.toString());
    } catch {
      return 'not JSON';
    }
    const image = recordOf(value);
    if (image === undefined) return 'no record';
    const item = itemOf(image);
    const remote = remoteOf(image, new URL('https://glance'));
    requireSafeName(remote.name);
    requireSafeName(remote.fallbackName);
    for (const { message } of remote.warnings) requireShowable(message);
    for (const { hex } of remote.digests) if (!/^[0-9a-f]+$/.test(hex)) throw new Error(`not a digest: ${hex}`);
    return `${Object.keys(image).length} ${item.reason === null} ${remote.format?.said.length} ${remote.warnings.map(({ code }) => code)}`;
  },
};

const CLOUD: Cloud = {
  where: 'cloud lab',
  from: 'environment',
  login: { method: 'none' } as unknown as Cloud['login'],
  regions: [],
  interfaces: ['public'],
};

const token: Target = {
  name: 'keystone-token',
  words: [
    ...JSON_WORDS,
    '"token"',
    '"catalog"',
    '"endpoints"',
    '"url"',
    '"type"',
    '"image"',
    'javascript:',
    '//h',
    '$(project_id)s',
  ],
  check(input) {
    const url = new URL('https://keystone/v3/auth/tokens');
    const headers = responseHeaders(['X-Subject-Token', 'gAAAA-token']);
    try {
      const issued = issuedToken('logging in', url, { status: 201, headers, text: input.toString() }, fakePorts());
      requirePlain(issued.catalog);
      const grant = { token: issued.value, catalog: issued.catalog, projectId: issued.projectId };
      const endpoint = imageEndpoint(CLOUD, grant);
      if (!/^https?:$/.test(endpoint.protocol) || endpoint.username !== '') throw new Error(`it leads to ${endpoint}`);
      return `token: ${endpoint.protocol} ${issued.lifeMs === undefined}`;
    } catch (error) {
      return refusal(error, /^(?:proto\.answer|not-found\.(?:service|region)|usage\.missing|config\.cloud)$/);
    }
  },
};

export const ANSWERS: readonly Target[] = [document, xmlList, jsonList, record, token];
