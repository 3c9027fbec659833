import { type FakeTransport, fakeTransport, type Recorded, type Scripted } from './fake-transport.js';

/** A field of an object, as XML and JSON can both say it. */
export type Field = string | number | boolean | Fields | readonly Fields[];
export interface Fields {
  readonly [name: string]: Field | undefined;
}

/** A scripted AppCenter: lists, and the objects that are in them. */
export interface Lists {
  /** Entries by the path below the user: `images`, `appliances/747/images`. What is not here is a 404. */
  readonly lists: Readonly<Record<string, readonly Fields[]>>;
  readonly json?: boolean;
  /** Answers instead, by path. */
  readonly answers?: Readonly<Record<string, Scripted>>;
  /** Entries that the server gives at most at once; it knows both dialects of paging. */
  readonly page?: number;
  /** It gives the same page for ever. */
  readonly stuck?: boolean;
  /** What the server says there is, by path; absent: the truth. Null: it does not say. */
  readonly totals?: Readonly<Record<string, number | null>>;
  /** Is a condition obeyed? Default: yes, as names are compared and `*` is any text. */
  readonly filters?: 'obeyed' | 'ignored' | 'refused' | 'broken' | 'empty';
  /** Told of every request before it is answered; may give other lists from then on. */
  readonly before?: (request: Recorded, lists: Lists['lists']) => Lists['lists'] | undefined;
}

const WRAPPERS: Readonly<Record<string, readonly [outer: string, entry: string]>> = {
  images: ['images', 'image'],
  pimages: ['publishImages', 'publishImage'],
  appliances: ['appliances', 'appliance'],
  mysoftware: ['mySoftwareList', 'mySoftware'],
  templates: ['containerTemplates', 'containerTemplate'],
  scannedinstances: ['scannedInstances', 'scannedInstance'],
  scans: ['scans', 'scan'],
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function xmlOf(fields: Fields): string {
  return Object.entries(fields)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, Field | undefined] => [name, one]),
    )
    .map(([name, value]) => {
      if (value === undefined) return '';
      const inner = typeof value === 'object' ? xmlOf(value as Fields) : escaped(String(value));
      return `<${name}>${inner}</${name}>`;
    })
    .join('');
}

export function documentOf(root: string, fields: Fields, json = false): Scripted {
  if (json) return { json: { [root]: fields } };
  return { body: `<?xml version="1.0"?>\n<ns0:${root} xmlns:ns0="u">${xmlOf(fields)}</ns0:${root}>` };
}

export function uforgeLists(script: Lists): FakeTransport {
  let { lists } = script;
  return fakeTransport((request) => {
    lists = script.before?.(request, lists) ?? lists;
    const path = request.url.pathname.replace(/^\/api\/users\/[^/]+\//, '');
    return (
      script.answers?.[path] ?? listAt(path, request, { ...script, lists }) ?? objectAt(path, { ...script, lists })
    );
  });
}

function listAt(path: string, { url }: Recorded, script: Lists): Scripted | undefined {
  const entries = script.lists[path];
  const [outer, entry] = WRAPPERS[path.split('/').at(-1) ?? ''] ?? [];
  if (entries === undefined || outer === undefined || entry === undefined) return undefined;
  const query = url.searchParams.get('query');
  const { filters = 'obeyed' } = script;
  if (query !== null && filters === 'refused') return { status: 400, body: 'no such condition' };
  if (query !== null && filters === 'broken') return { status: 500, body: 'NullPointerException' };
  const found =
    query === null || filters === 'ignored' ? entries : filters === 'empty' ? [] : entries.filter(fits(query));
  const from = script.stuck === true ? 0 : Number(url.searchParams.get('offset') ?? url.searchParams.get('index') ?? 0);
  const count = Number(url.searchParams.get('count') ?? url.searchParams.get('max') ?? found.length);
  const shown = found.slice(from, from + Math.min(count, script.page ?? count));
  const said = script.totals?.[path];
  const total = said === undefined ? found.length : said;
  return documentOf(outer, { ...(total === null ? {} : { total }), [outer]: { [entry]: shown } }, script.json);
}

function fits(query: string): (entry: Fields) => boolean {
  const [, name = '', pattern = ''] = /^(\w+)=='([^']*)'$/.exec(query) ?? [];
  const wanted = new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/\W/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
  return (entry) => name !== '' && wanted.test(String(entry[name] ?? ''));
}

/** An object that is in one of the lists, by its `uri`. */
function objectAt(path: string, { lists, json }: Lists): Scripted {
  const found = Object.values(lists)
    .flat()
    .find(({ uri }) => uri === `users/alice/${path}`);
  if (found === undefined) return { status: 404, body: '' };
  const root = path.includes('/images/') ? 'image' : (WRAPPERS[path.split('/').at(-2) ?? '']?.[1] ?? 'object');
  return documentOf(root, found, json);
}

const DONE = { complete: true, error: false, cancelled: false, percentage: 100 };

/** An image that can be downloaded. @param parent `appliances/747` */
export function imageOf(parent: string, id: number, more: Fields = {}, segment = 'images'): Fields {
  return {
    created: `2019-05-02T08:15:${String(id % 60).padStart(2, '0')}.000Z`,
    dbId: id,
    lastModified: '2019-05-02T08:21:07.000Z',
    md5sum: '9e107d9d372bb6826bd81d3542a419d6',
    status: DONE,
    parentUri: `users/alice/${parent}`,
    compress: true,
    downloadKey: `${id}`.padStart(32, 'e'),
    downloadUri: `users/alice/${parent}/${segment}/${id}/downloads/x.tar.gz?downloadId=${`${id}`.padStart(32, 'e')}`,
    fileSize: 734003200,
    format: { name: 'targz' },
    targetFormat: { name: 'Tar archive', format: { name: 'targz' } },
    name: 'dev-env',
    revision: 1,
    simulated: false,
    uri: `users/alice/${parent}/${segment}/${id}`,
    version: '1.0',
    ...more,
  };
}

/** What has images. @param path `appliances/747` */
export function thing(path: string, name: string | undefined, more: Fields = {}): Fields {
  const id = Number(path.split('/').at(-1));
  return {
    created: `2019-05-01T08:00:${String(id % 60).padStart(2, '0')}.000Z`,
    dbId: id,
    name,
    uri: `users/alice/${path}`,
    ...more,
  };
}

export const generating = (percentage: number): Fields => ({
  status: { complete: false, error: false, cancelled: false, percentage },
  fileSize: undefined,
  downloadKey: undefined,
  downloadUri: undefined,
});
