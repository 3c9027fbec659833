/** What Keystone and Glance answer, as far as it is used: other keys are dropped. */
import * as v from 'valibot';
import { jsonObject } from '../json-object.js';

const text = v.nullish(v.string());
/** What a download can do without: of another type it counts as absent. */
const nicety = v.fallback(text, undefined);

const endpoint = jsonObject({ interface: text, region_id: text, region: text, url: text });
const service = jsonObject({ type: v.string(), name: text, endpoints: v.array(endpoint) });
/** Of `POST /v3/auth/tokens` (Identity API v3). */
export const tokenAnswer = jsonObject({
  token: jsonObject({
    expires_at: text,
    issued_at: text,
    catalog: v.nullish(v.array(service)),
    project: v.nullish(jsonObject({ id: v.string() })),
  }),
});

/** Other properties stand beside these and are dropped, `locations` and `direct_url` with their secrets among them. */
export const imageAnswer = jsonObject({
  id: v.pipe(v.string(), v.uuid()),
  name: text,
  status: v.string(),
  size: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  disk_format: text,
  container_format: text,
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
