/** The first bytes of a body that is a web page or an error document whatever its Content-Type says. */
export function looksLikeDocument(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 512)).toString('latin1');
  return (
    /^(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html[\s>])/i.test(text) ||
    // S3 and its likes call the element Error, Java servers name theirs after themselves.
    /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:\w+:)?(?:\w*[a-z])?Error[\s/>]/.test(text)
  );
}
