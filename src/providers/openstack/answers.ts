/** What Keystone and Glance answer, as far as it is used: other keys are dropped. Loading zod takes 50 ms: import() it. */
import { z } from 'zod';

const endpoint = z.object({
  interface: z.string().nullish(),
  region_id: z.string().nullish(),
  region: z.string().nullish(),
  url: z.string().nullish(),
});
const service = z.object({ type: z.string(), name: z.string().nullish(), endpoints: z.array(endpoint) });
/** Of `POST /v3/auth/tokens` (Identity API v3). */
export const tokenAnswer = z.object({
  token: z.object({
    expires_at: z.string().nullish(),
    issued_at: z.string().nullish(),
    catalog: z.array(service).nullish(),
    project: z.object({ id: z.string() }).nullish(),
  }),
});

/** Custom properties stand beside these and are dropped, `locations` and `direct_url` with their secrets among them. */
export const imageAnswer = z.object({
  id: z.guid(),
  name: z.string().nullish(),
  status: z.string(),
  size: z.int().nonnegative().nullish(),
  disk_format: z.string().nullish(),
  container_format: z.string().nullish(),
  checksum: z.string().nullish(),
  os_hash_algo: z.string().nullish(),
  os_hash_value: z.string().nullish(),
  created_at: z.string().nullish(),
});
/** Of `GET /v2/images`. */
export const pageAnswer = z.object({ images: z.array(z.unknown()), next: z.string().nullish() });

export type CatalogService = z.infer<typeof service>;

/** An image as `GET /v2/images/{id}` describes it. All text is the server's. */
export type ImageRecord = z.infer<typeof imageAnswer>;
