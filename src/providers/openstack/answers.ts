/** What Keystone and Glance answer, as far as it is used: other keys are dropped. */
import * as v from 'valibot';
import { jsonObject } from '../json-object.js';

const text = v.nullish(v.string());
/** What a download can do without: of another type it counts as absent. */
const nicety = v.fallback(text, undefined);

/** Of a list, the entries that can be read: an oddity of one service must not lose the log-in to another. */
function readable<const Entry extends v.GenericSchema>(entry: Entry) {
  const ifReadable = (one: unknown): readonly v.InferOutput<Entry>[] => {
    const parsed = v.safeParse(entry, one);
    return parsed.success ? [parsed.output] : [];
  };
  return v.pipe(
    v.array(v.unknown()),
    v.transform((all) => all.flatMap(ifReadable)),
  );
}

/** `publicURL` and its kin are how catalogs of v2.0 have it: one endpoint for all interfaces of a region. */
const endpoint = jsonObject({
  interface: nicety,
  region_id: nicety,
  region: nicety,
  url: nicety,
  publicURL: nicety,
  internalURL: nicety,
  adminURL: nicety,
});
const service = jsonObject({ type: v.string(), endpoints: v.fallback(readable(endpoint), []) });
/** Of `POST /v3/auth/tokens` (Identity API v3). */
export const tokenAnswer = jsonObject({
  token: jsonObject({
    expires_at: nicety,
    issued_at: nicety,
    catalog: v.nullish(readable(service)),
    project: v.fallback(v.nullish(jsonObject({ id: v.string() })), undefined),
  }),
});

/** Of the same request, where one factor is not enough. */
export const receiptAnswer = jsonObject({ required_auth_methods: v.array(v.array(v.string())) });

/** OpenID Connect Discovery 1.0, section 4.2. */
export const discoveryAnswer = jsonObject({
  token_endpoint: text,
  grant_types_supported: v.nullish(v.array(v.string())),
});
/** RFC 6749 section 5.1, OpenID Connect Core 1.0 section 3.1.3.3. */
export const oidcTokenAnswer = jsonObject({ access_token: text, id_token: text });
/** RFC 6749 section 5.2. */
export const oauthError = jsonObject({ error: v.string(), error_description: text });

/** Other properties stand beside these and are dropped, `locations` and `direct_url` with their secrets among them. */
export const imageAnswer = jsonObject({
  id: v.pipe(v.string(), v.uuid()),
  name: text,
  status: v.string(),
  size: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  disk_format: text,
  container_format: text,
  /** Of a vmdk: `preallocated` is a flat disk. */
  vmware_disktype: nicety,
  checksum: text,
  os_hash_algo: text,
  os_hash_value: text,
  created_at: text,
  updated_at: nicety,
  owner: nicety,
  visibility: nicety,
  os_hidden: v.fallback(v.nullish(v.boolean()), undefined),
  tags: v.fallback(v.array(v.string()), []),
  /** JSON. Nova sets it for snapshots of servers that boot from a volume. */
  block_device_mapping: nicety,
  img_signature: nicety,
});
/** Of `GET /v2/images/{id}/members/{project}`. */
export const memberAnswer = jsonObject({ status: v.string() });
/** Of `GET /v2/images`. */
export const pageAnswer = jsonObject({ images: v.array(v.unknown()), next: text });

export type CatalogService = v.InferOutput<typeof service>;

/** An image as `GET /v2/images/{id}` describes it. All text is the server's. */
export type ImageRecord = v.InferOutput<typeof imageAnswer>;
