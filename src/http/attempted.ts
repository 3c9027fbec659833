import { redactUrl } from '../core/redact.js';

/** Enough for the addresses of a few images and their redirects. */
const KEPT = 16;

/** What an error says was tried: `GET http://host/path`. */
export type Attempted = (method: string, url: URL) => string;

/** Remembers what it has said: the segments of one image have the same URL, and redacting is not cheap. */
export function createAttempted(): Attempted {
  const said = new Map<string, string>();
  return (method, url) => {
    const asked = `${method} ${url.href}`;
    const known = said.get(asked);
    if (known !== undefined) return known;
    if (said.size >= KEPT) said.clear();
    const text = `${method} ${redactUrl(url)}`;
    said.set(asked, text);
    return text;
  };
}
