import type { Recorded } from './fake-transport.js';
import type { Answer } from './keystone-fake.js';

/** A record as Glance shows it, and with whom it is shared. */
export interface FakeImage {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly visibility: string;
  readonly owner: string | null;
  readonly created_at: string;
  readonly os_hidden?: boolean | undefined;
  readonly tags?: readonly string[];
  readonly members?: Readonly<Record<string, string>>;
  readonly [property: string]: unknown;
}

export interface GlanceTraits {
  /** The project of the token; that of the fake Keystone without it. */
  readonly project?: string;
  /** An administrator is shown the images of all projects. */
  readonly admin?: boolean;
  /** It looks at no parameter but those of pages: nothing is left out, and nothing is in order. */
  readonly careless?: boolean;
  /** It has no operators: `eq:x` is a name. */
  readonly literal?: boolean;
  /** A policy forbids to ask with whom an image is shared. */
  readonly discreet?: boolean;
  /** Visibilities that it refuses with a 400. */
  readonly unknown?: readonly string[];
  /** Entries of a page, whatever is asked for. */
  readonly page?: number;
}

const PARAMETERS = ['limit', 'marker', 'sort', 'visibility', 'member_status', 'os_hidden', 'tag', 'name'];

/** The lists, records and memberships of an image service at any base, as Glance (Zed) answers. */
export function glanceAnswers(images: readonly FakeImage[], traits: GlanceTraits = {}): (call: Recorded) => Answer {
  const project = traits.project ?? 'p1';
  return ({ url }) => {
    const [, id, member] = /\/v2\/images(?:\/([^/]+)(?:\/members\/([^/]+))?)?$/.exec(url.pathname) ?? [];
    if (id === undefined) return listed(images, url.searchParams, project, traits);
    const image = images.find((one) => one.id === id);
    if (image === undefined) return { status: 404 };
    if (member === undefined) return { status: 200, json: recordOf(image) };
    if (traits.discreet === true) return { status: 403 };
    const status = member === project ? image.members?.[member] : undefined;
    return status === undefined ? { status: 404 } : { status: 200, json: { status, member_id: member } };
  };
}

function recordOf({ members: _, ...record }: FakeImage): object {
  return record;
}

function listed(images: readonly FakeImage[], query: URLSearchParams, project: string, traits: GlanceTraits): Answer {
  const wanted = query.get('visibility');
  if (traits.unknown?.includes(wanted ?? '') === true) {
    return { status: 400, json: { message: `Invalid visibility value: ${wanted}` } };
  }
  const name = nameOf(query.get('name'), traits.literal === true);
  if (typeof name === 'object' && name !== null) return name;
  const found = traits.careless === true ? images : images.filter((one) => isFound(one, query, name, project, traits));
  const sorted = traits.careless === true ? found : [...found].sort(newestFirst);
  const size = traits.page ?? Math.min(1000, Number(query.get('limit') ?? 25));
  const from = sorted.findIndex(({ id }) => id === query.get('marker')) + 1;
  const page = sorted.slice(from, from + size);
  const next = new URLSearchParams([...query].filter(([key]) => key !== 'marker'));
  next.append('marker', page.at(-1)?.id ?? '');
  const more = page.length === size ? { next: `/v2/images?${next}` } : {};
  return { status: 200, json: { images: page.map(recordOf), first: '/v2/images', ...more } };
}

/** What precedes a colon is an operator. */
function nameOf(given: string | null, literal: boolean): string | null | Answer {
  if (given === null || literal || !given.includes(':')) return given;
  if (given.startsWith('eq:')) return given.slice('eq:'.length);
  return { status: 400, json: { message: `Unable to filter by unknown operator '${given.split(':')[0]}'.` } };
}

function isFound(
  image: FakeImage,
  query: URLSearchParams,
  name: string | null,
  project: string,
  { admin = false }: GlanceTraits,
): boolean {
  const wanted = query.get('visibility');
  if (name !== null && image.name !== name) return false;
  if ((image.os_hidden === true) !== (query.get('os_hidden') === 'true')) return false;
  if (!query.getAll('tag').every((tag) => image.tags?.includes(tag) === true)) return false;
  for (const [key, value] of query) if (!PARAMETERS.includes(key) && image[key] !== value) return false;
  const own = image.owner === project;
  if (wanted === null ? image.visibility === 'community' && !own : wanted !== 'all' && wanted !== image.visibility) {
    return false;
  }
  if (admin || own || image.visibility === 'public' || image.visibility === 'community') return true;
  // Since there are shared images, a private one has no members (nor did any release before say what is hidden).
  if (image.visibility === 'private' && image.os_hidden !== undefined) return false;
  const status = image.members?.[project];
  const asked = query.get('member_status') ?? 'accepted';
  return status !== undefined && (asked === 'all' || asked === status);
}

function newestFirst(a: FakeImage, b: FakeImage): number {
  return b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id);
}
