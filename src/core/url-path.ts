/** The segments of a URL's path, decoded: what a server calls directories and a file. Raw and untrusted. */
export function segmentsOf(url: Pick<URL, 'pathname'>): readonly string[] {
  return url.pathname.split('/').slice(1).map(decodedSegment);
}

/** The last of them; empty where the path ends with a slash. */
export function lastSegmentOf(url: Pick<URL, 'pathname'>): string {
  return segmentsOf(url).at(-1) ?? '';
}

function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not percent-encoding after all: the text itself is the name.
    return segment;
  }
}
