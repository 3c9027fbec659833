import { AppError } from '../../core/errors.js';
import type { Headers } from '../../core/http.js';
import { parseXml } from './xml.js';

/** An answer's root element and what is in it, not validated yet. */
export interface Document {
  readonly root: string;
  readonly value: unknown;
}

/** A web page, whatever it calls itself: proxies and log-in portals answer 200 with one. */
export function isWebPage(text: string, headers: Headers): boolean {
  const type = headers.get('content-type') ?? '';
  return /^\s*(?:text\/html|application\/xhtml\+xml)/i.test(type) || /^\s*<(?:!doctype\s+html|html)\b/i.test(text);
}

/** `html`, or the media type of a JSON or XML document; undefined for what may be an image. By its header alone. */
export function documentType(headers: Headers): string | undefined {
  if (isWebPage('', headers)) return 'html';
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return /^(?:application|text)\/(?:[\w.-]+\+)?(?:json|xml)$/.test(type) ? type : undefined;
}

/**
 * Reads XML, or JSON when that is what came: the first character decides, because servers and proxies mislabel both.
 * @throws AppError proto.xml, proto.doctype, proto.answer
 */
export function parseDocument(text: string, what: string): Document {
  const body = text.replace(/^\ufeff/, '').trimStart();
  if (!body.startsWith('{')) {
    const { root, tree } = parseXml(body, what);
    return { root, value: tree };
  }
  const fail = (): AppError =>
    new AppError('proto.answer', `${what}: the response is not the expected JSON`, {
      hint: 'check the base URL (--url) and the version of the server',
    });
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw fail();
  }
  // UForge wraps the object in the name of its element: {"image": {…}}.
  const [entry, ...others] = Object.entries(json as Record<string, unknown>);
  if (entry === undefined || others.length > 0) throw fail();
  return { root: entry[0], value: entry[1] };
}
