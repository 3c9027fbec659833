import { createHash } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import { content, type FaultServer, type Seen, type Step, startFaultServer } from '../support/fault-server.js';
import { imageXml, sample } from '../support/uforge-server.js';
import type { Canaries } from './canaries.js';

/**
 * A server whose every answer can be scripted, byte by byte: plain files, an AppCenter, or a Keystone with a Glance,
 * all with one object. Where no script says otherwise it answers as the real service does.
 */

export type Service = 'url' | 'uforge' | 'glance';
/** What is asked for: a log-in, what the server knows of the object, or the object's bytes. */
export type Place = 'log-in' | 'facts' | 'data';

/** A request, and all that an answer to it may need. */
export interface Ask {
  readonly origin: Origin;
  readonly place: Place;
  readonly request: Seen;
  /** First byte wanted, and the end, where a Range field says them. */
  readonly from: number;
  readonly to: number;
  readonly ranged: boolean;
  /** How many requests for this place came before. */
  readonly count: number;
}

export type Reply = (ask: Ask) => readonly Step[];

/** What is remote: a revision of generated content. */
export interface RemoteObject {
  readonly rev: number;
  readonly size: number;
}

export interface Script {
  /** Answers to the first requests for a place; a sound server answers the rest. */
  readonly replies: Readonly<Partial<Record<Place, readonly Reply[]>>>;
  /** The last of the answers is given for ever. */
  readonly persists: boolean;
  /** Elements of the AppCenter's image, keys of Glance's record: added, replaced, or left out where undefined. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** Keys of the token's body. */
  readonly token?: Readonly<Record<string, unknown>>;
  /** Said on every connection, unasked. */
  readonly greeting?: readonly Step[];
  /** Fields of every answer with data, in place of ETag and Last-Modified. */
  readonly validators?: readonly string[];
}

/** Small enough to be hashed at once, large enough that an overlap is not the whole. */
export const SIZE = 600_001;
export const IMAGE_ID = '1095';
export const GLANCE_ID = 'b7c10000-0000-4000-8000-000000000001';
const SOUND: Script = { replies: {}, persists: false };

const digests = new Map<string, string>();

export function digestOf({ rev, size }: RemoteObject, algorithm: string): string {
  const name = `${algorithm} ${rev} ${size}`;
  const hex = digests.get(name) ?? createHash(algorithm).update(bytesOf({ rev, size })).digest('hex');
  digests.set(name, hex);
  return hex;
}

const made = new Map<string, Buffer>();

/** Made once: the same few objects serve all cases. */
export function bytesOf({ rev, size }: RemoteObject, from = 0, to = size): Buffer {
  const name = `${rev} ${size}`;
  const bytes = made.get(name) ?? content(rev, 0, size);
  made.set(name, bytes);
  return bytes.subarray(from, to);
}

export class Origin {
  object: RemoteObject = { rev: 1, size: SIZE };
  /** Bytes of the object that went out. */
  sent = 0;
  readonly canaries: Canaries;
  readonly server: FaultServer;
  /** Where clients find it: another server may stand in front. */
  url: string;
  /** Answers whatever no page is for. */
  otherwise: (request: Seen) => readonly Step[] = () => reply(404, 'no such page');
  private greeting: readonly Step[] = [];
  #script: Script = SOUND;
  readonly #counts: Record<Place, number> = { 'log-in': 0, facts: 0, data: 0 };
  readonly #keys = new Set<string>();
  #minted = 0;

  static async start(canaries: Canaries, tls?: TlsOptions, host?: string): Promise<Origin> {
    let origin: Origin | undefined;
    const server = await startFaultServer((request) => origin?.answer(request) ?? [], {
      greet: () => origin?.greeting ?? [],
      ...(tls === undefined ? {} : { tls }),
      ...(host === undefined ? {} : { host }),
    });
    origin = new Origin(server, canaries);
    return origin;
  }

  private constructor(server: FaultServer, canaries: Canaries) {
    this.server = server;
    this.canaries = canaries;
    this.url = server.url;
  }

  /** The words of the command that downloads the object. */
  words(service: Service): readonly string[] {
    if (service === 'uforge') return ['appliance', 'image', '747', IMAGE_ID];
    if (service === 'glance') return ['glance', 'image', GLANCE_ID];
    return ['url', `${this.url}/files/disk.img?sig=${this.canaries.signature}`];
  }

  environment(service: Service): Readonly<Record<string, string>> {
    const { password } = this.canaries;
    if (service === 'uforge') return { IMGDL_URL: `${this.url}/api`, IMGDL_USER: 'alice', IMGDL_PASSWORD: password };
    if (service === 'url') return {};
    return {
      OS_AUTH_URL: `${this.url}/v3`,
      OS_USERNAME: 'demo',
      OS_PASSWORD: password,
      OS_PROJECT_NAME: 'lab',
      OS_USER_DOMAIN_ID: 'default',
      OS_PROJECT_DOMAIN_ID: 'default',
    };
  }

  use(script: Script): void {
    this.#script = script;
    this.greeting = script.greeting ?? [];
    for (const place of ['log-in', 'facts', 'data'] as const) this.#counts[place] = 0;
  }

  /** From now on it is a sound server, with the object that it has. */
  heal(rest: Pick<Script, 'record' | 'token' | 'validators'> = {}): void {
    this.use({ ...SOUND, ...rest });
  }

  requests(place: Place): readonly Seen[] {
    return this.server.requests.filter((request) => placeOf(request) === place);
  }

  private answer(request: Seen): readonly Step[] {
    const place = placeOf(request);
    if (place === undefined) return this.otherwise(request);
    const count = this.#counts[place];
    this.#counts[place] += 1;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? [];
    const ask: Ask = {
      origin: this,
      place,
      request,
      ranged: from !== undefined,
      from: Number(from ?? 0),
      to: to === undefined || to === '' ? this.object.size : Number(to) + 1,
      count,
    };
    const replies = this.#script.replies[place] ?? [];
    const scripted = replies[count] ?? (this.#script.persists ? replies.at(-1) : undefined);
    return (scripted ?? sound)(ask);
  }

  /** What the service would answer. */
  truth(ask: Ask): readonly Step[] {
    const { place, request } = ask;
    if (place === 'log-in') return this.#token();
    const service = serviceOf(request);
    if (place === 'facts') return service === 'uforge' ? this.#image(request) : this.#record(request);
    if (service === 'uforge' && !this.#mayDownload(request)) return reply(403, 'no');
    if (service === 'glance' && request.headers.get('x-auth-token') !== this.canaries.token) return reply(401, 'no');
    return dataReply(ask, this.dataFields(ask));
  }

  /** Fields that a sound answer with data has besides its length and range. */
  dataFields({ request }: Pick<Ask, 'request'>): readonly string[] {
    const { object } = this;
    const { validators } = this.#script;
    if (serviceOf(request) === 'glance') {
      const md5 = this.#script.record?.['checksum'] === null ? [] : [`Content-MD5: ${digestOf(object, 'md5')}`];
      return ['Content-Type: application/octet-stream', ...md5, ...(validators ?? [])];
    }
    const usual = [`ETag: "rev-${object.rev}"`, 'Last-Modified: Mon, 02 Nov 2026 08:00:00 GMT'];
    return ['Content-Type: application/octet-stream', 'Accept-Ranges: bytes', ...(validators ?? usual)];
  }

  #token(): readonly Step[] {
    const now = Date.now();
    const token = {
      expires_at: new Date(now + 3_600_000).toISOString(),
      issued_at: new Date(now).toISOString(),
      project: { id: 'p1' },
      catalog: [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'One', url: `${this.url}/glance` }] }],
      ...this.#script.token,
    };
    const fields = [`X-Subject-Token: ${this.canaries.token}`, `Date: ${new Date(now).toUTCString()}`];
    return reply(201, JSON.stringify({ token }), 'Content-Type: application/json', ...fields);
  }

  #record(request: Seen): readonly Step[] {
    if (request.headers.get('x-auth-token') !== this.canaries.token) return reply(401, 'no');
    const { object } = this;
    const record = {
      id: GLANCE_ID,
      name: 'disk.img',
      status: 'active',
      visibility: 'private',
      owner: 'p1',
      disk_format: 'raw',
      container_format: 'bare',
      size: object.size,
      checksum: digestOf(object, 'md5'),
      os_hash_algo: 'sha512',
      os_hash_value: digestOf(object, 'sha512'),
      os_hidden: false,
      tags: [],
      created_at: '2026-11-02T08:00:00Z',
      updated_at: '2026-11-02T08:00:00Z',
      file: `/v2/images/${GLANCE_ID}/file`,
      ...this.#script.record,
    };
    return reply(200, JSON.stringify(record), 'Content-Type: application/json');
  }

  #image(request: Seen): readonly Step[] {
    if (!this.#knowsUser(request)) return reply(401, 'no');
    this.#minted += 1;
    const key = `${this.canaries.key}${this.#minted}`;
    this.#keys.add(key);
    const path = `users/alice/appliances/747/images/${IMAGE_ID}`;
    const elements = {
      ...sample(IMAGE_ID, key, path),
      md5sum: undefined,
      fileSize: String(this.object.size),
      revision: String(this.object.rev),
      downloadUri: `${path}/downloads/disk.img?downloadId=${key}`,
      fullName: 'disk.img',
      ...(this.#script.record as Readonly<Record<string, string | undefined>> | undefined),
    };
    return reply(200, imageXml(elements), 'Content-Type: application/xml');
  }

  #knowsUser(request: Seen): boolean {
    const basic = Buffer.from(`alice:${this.canaries.password}`).toString('base64');
    return request.headers.get('authorization') === `Basic ${basic}`;
  }

  /** A key opens one connection, once. */
  #mayDownload(request: Seen): boolean {
    const query = new URLSearchParams(request.target.split('?')[1]);
    const key = query.get('downloadId');
    return key === null ? this.#knowsUser(request) : this.#keys.delete(key);
  }
}

/** As the service answers. */
export const sound: Reply = (ask) => ask.origin.truth(ask);

/** The object, or the range of it that was asked for. */
export function dataReply(ask: Ask, fields: readonly string[]): readonly Step[] {
  const { origin, ranged, from } = ask;
  const { size } = origin.object;
  const to = Math.min(ask.to, size);
  if (ranged && from >= size) return reply(416, '', `Content-Range: bytes */${size}`);
  return [...headOf(ask, fields, to), ...bytes(origin, ranged ? from : 0, to)];
}

/** Status line and fields for [from, to) of the object, as a sound server writes them. */
export function headOf(ask: Ask, fields: readonly string[], to: number): readonly Step[] {
  const { origin, ranged, from } = ask;
  const { size } = origin.object;
  const range = ranged ? [`Content-Range: bytes ${from}-${to - 1}/${size}`] : [];
  const length = `Content-Length: ${ranged ? to - from : size}`;
  const text = [`HTTP/1.1 ${ranged ? '206 Partial Content' : '200 OK'}`, length, ...range, ...fields, '', ''];
  return [{ do: 'send', data: text.join('\r\n') }];
}

/** Bytes [from, to) of the object as it is now. */
export function bytes(origin: Origin, from: number, to: number): readonly Step[] {
  origin.sent += Math.max(0, to - from);
  return [{ do: 'send', data: bytesOf(origin.object, from, to) }];
}

/** A complete answer. */
export function reply(status: number, text: string, ...fields: readonly string[]): readonly Step[] {
  const head = [`HTTP/1.1 ${status} Status`, `Content-Length: ${Buffer.byteLength(text)}`, ...fields, '', ''];
  return [{ do: 'send', data: Buffer.from(head.join('\r\n') + text) }];
}

function serviceOf({ target }: Seen): Service {
  return target.startsWith('/api/') ? 'uforge' : target.startsWith('/glance/') ? 'glance' : 'url';
}

function placeOf({ target }: Seen): Place | undefined {
  const path = target.split('?')[0] ?? '';
  if (path.endsWith('/v3/auth/tokens')) return 'log-in';
  if (path.startsWith('/files/')) return 'data';
  if (path.startsWith('/api/')) return path.includes('/downloads') ? 'data' : 'facts';
  if (path.startsWith('/glance/v2/images')) return path.endsWith('/file') ? 'data' : 'facts';
  return undefined;
}
