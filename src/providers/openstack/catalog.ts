import { AppError } from '../../core/errors.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import type { CatalogService } from './answers.js';
import { OPENSTACK_CODES } from './error-codes.js';
import { type Cloud, named, spelt } from './login/cloud.js';
import { listNames } from './login/cloud-files.js';
import { noRegion } from './login/cloud-regions.js';
import type { Grant } from './login/session.js';

/**
 * The service-types authority knows no alias of `image`; services are often *named* glance, which says nothing.
 * `imagev2` was written into catalogs when v1 was still about.
 */
const IMAGE_TYPES = ['image', 'imagev2'];

const OVERRIDE = 'image_endpoint_override';
const DOING = 'looking for the image service';

interface Endpoint {
  readonly interface: string;
  readonly region: string;
  readonly url: string;
}

/**
 * The base of the image service: what precedes `/v2`. An override comes before the catalog.
 * @throws AppError config.cloud, not-found.service, not-found.region, usage.missing, proto.answer
 */
export function imageEndpoint(cloud: Cloud, grant: Grant): URL {
  checkOverriddenRegion(cloud, grant);
  const base =
    cloud.imageEndpoint === undefined
      ? endpointBase(chosen(cloud, requireImageEndpoints(cloud, grant)).url, grant.projectId)
      : endpointBase(cloud.imageEndpoint, undefined);
  if (base === undefined) {
    throw cloud.imageEndpoint === undefined
      ? new AppError('proto.answer', 'reading the catalog: the URL of the image service is not an http(s) URL', {
          hint: `tell the operator, or set ${spelt(cloud, OVERRIDE)}`,
        })
      : new AppError(
          OPENSTACK_CODES['config.cloud'],
          `${cloud.where}: the given image endpoint is not an http(s) URL`,
          {
            hint: 'write it as https://HOST:9292, without user and password',
          },
        );
  }
  return base;
}

/**
 * Is this the base of an image service that the log-in vouches for, in whatever region or interface? Then the token
 * may go there.
 */
export function vouchedFor(base: URL, cloud: Cloud, grant: Grant): boolean {
  const urls = imageEndpoints(grant.catalog ?? []).map((endpoint) => endpoint.url);
  if (cloud.imageEndpoint !== undefined) urls.push(cloud.imageEndpoint);
  return urls.some((url) => endpointBase(url, grant.projectId)?.href === base.href);
}

/**
 * Catalogs have `https://h:9292`, `https://h/image`, `https://h/image/v2`, `…/v1`, `…/v2/` and project-suffixed URLs
 * (gophercloud's blind `+ "v2/"` is a known trap). Undefined for what is no http(s) URL or has userinfo.
 */
export function endpointBase(text: string, projectId: string | undefined): URL | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  // Somebody copied it from a list of images.
  const path = url.pathname.replace(/(\/v2(?:\.\d{1,3})?)\/images\/?$/, '$1');
  const segments = path.split('/').filter((segment) => segment !== '');
  const last = segments.at(-1);
  if (projectId !== undefined && (last === projectId || last === `AUTH_${projectId}`)) segments.pop();
  if (/^v[12](?:\.\d{1,3})?$/.test(segments.at(-1) ?? '')) segments.pop();
  return new URL(`/${segments.join('/')}`, url.origin);
}

/** `https://host:9292`, `https://host/image`: without a slash at the end, as a reference is compared by its text. */
export function endpointText(base: URL): string {
  return redactUrl(base).replace(/\/$/, '');
}

/** A URL below the base: `v2/images/…`. */
export function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
  return url;
}

/**
 * An override is about the regions that the description speaks of. Where it speaks of none, the one that is asked for
 * must at least be in the catalog, if there is one.
 */
function checkOverriddenRegion({ imageEndpoint, region, regions, where }: Cloud, grant: Grant): void {
  if (imageEndpoint === undefined || region === undefined || regions.includes(region)) return;
  if (regions.length > 0) {
    throw noRegion(`${where}: its ${OVERRIDE} is not for region ${quoteForeign(region)}`, regions);
  }
  const known = (grant.catalog ?? [])
    .flatMap((service) => service.endpoints.map(regionOf))
    .filter((name) => name !== '');
  if (known.length > 0 && !known.includes(region)) {
    throw noRegion(`${where} has no region ${quoteForeign(region)}`, [...new Set(known)]);
  }
}

function requireImageEndpoints(cloud: Cloud, grant: Grant): readonly Endpoint[] {
  if (grant.catalog === undefined) {
    throw new AppError(
      OPENSTACK_CODES['config.cloud'],
      `${cloud.where}: the token is not scoped to a project, so it has no catalog`,
      {
        hint: `name a project (${spelt(cloud, 'project_name')}), or set ${spelt(cloud, OVERRIDE)}`,
      },
    );
  }
  const endpoints = imageEndpoints(grant.catalog);
  if (endpoints.length > 0) return endpoints;
  const types = [...new Set(grant.catalog.map((service) => service.type))];
  if (types.some((type) => IMAGE_TYPES.includes(type))) {
    throw new AppError(
      OPENSTACK_CODES['not-found.service'],
      `${DOING}: the catalog of ${named(cloud)} has no URL for it`,
      { hint: `set ${spelt(cloud, OVERRIDE)}, or ask the operator` },
    );
  }
  throw new AppError(
    OPENSTACK_CODES['not-found.service'],
    `${DOING}: the catalog of ${named(cloud)} has no image service`,
    {
      hint:
        types.length === 0
          ? 'check that the user has a role in the project: the catalog is empty'
          : `if there is one anyway, set ${spelt(cloud, OVERRIDE)}; the catalog has ${listNames(types)}`,
    },
  );
}

function imageEndpoints(catalog: readonly CatalogService[]): readonly Endpoint[] {
  const type = IMAGE_TYPES.find((name) => catalog.some((service) => service.type === name));
  return catalog
    .filter((service) => service.type === type)
    .flatMap((service) => service.endpoints)
    .flatMap(spreadOut)
    .filter((endpoint) => endpoint.url !== '');
}

/** One for each interface. Names of interfaces are written in several ways: `public`, `publicURL`. */
function spreadOut(listed: ListedEndpoint): readonly Endpoint[] {
  const { publicURL, internalURL, adminURL, url } = listed;
  const region = regionOf(listed);
  const own = { interface: interfaceOf(listed.interface ?? ''), region, url: url ?? '' };
  const others = Object.entries({ publicURL, internalURL, adminURL });
  return [own, ...others.map(([name, its]) => ({ interface: interfaceOf(name), region, url: its ?? '' }))];
}

function interfaceOf(text: string): string {
  return text.replace(/URL$/, '').toLowerCase();
}

type ListedEndpoint = CatalogService['endpoints'][number];

/** An empty `region_id` is none, as for keystoneauth (access/service_catalog.py). */
function regionOf({ region_id, region }: ListedEndpoint): string {
  return region_id || (region ?? '');
}

/** keystoneauth's rules, but for the region: it takes the first of several, and so the wrong image. */
function chosen(cloud: Cloud, endpoints: readonly Endpoint[]): Endpoint {
  const regions = [...new Set(endpoints.map((endpoint) => endpoint.region))].filter((region) => region !== '');
  const here =
    cloud.region === undefined ? endpoints : endpoints.filter((endpoint) => endpoint.region === cloud.region);
  if (here.length === 0) {
    throw noRegion(`${DOING}: ${named(cloud)} has none in region ${quoteForeign(cloud.region ?? '')}`, regions);
  }
  for (const wanted of cloud.interfaces) {
    const matches = here.filter((endpoint) => endpoint.interface === wanted);
    const [first] = matches;
    if (first === undefined) continue;
    if (new Set(matches.map((endpoint) => endpoint.url)).size === 1 || cloud.region !== undefined) return first;
    const among = [...new Set(matches.map((endpoint) => endpoint.region))];
    if (among.length === 1) return first;
    throw new AppError('usage.missing', `${DOING}: ${named(cloud)} has it in several regions and none is selected`, {
      hint: `use --os-region (or OS_REGION_NAME) with one of ${listNames(among)}`,
      details: { regions: among },
    });
  }
  const interfaces = [...new Set(here.map((endpoint) => endpoint.interface))].filter((name) => name !== '');
  throw new AppError(
    OPENSTACK_CODES['not-found.service'],
    `${DOING}: ${named(cloud)} has no ${cloud.interfaces.join(' or ')} endpoint for it there`,
    {
      hint:
        interfaces.length === 0
          ? `its endpoints there name no interface: set ${spelt(cloud, OVERRIDE)} to the URL`
          : `set ${spelt(cloud, 'interface')} to one of ${listNames(interfaces)}`,
    },
  );
}
