/**
 * Does a text fit a pattern of `*` (any text) and `?` (one character)? Case counts, and nothing else is special. Takes
 * time in proportion to the product of the lengths at most.
 */
export function fitsGlob(text: string, pattern: string): boolean {
  const chars = [...text];
  const wanted = [...pattern];
  let at = 0;
  let next = 0;
  /** The last star and where in the text it was met: it may take one character more. */
  let star = -1;
  let taken = 0;
  while (at < chars.length) {
    if (wanted[next] === '*') {
      star = next;
      taken = at;
      next += 1;
    } else if (wanted[next] === '?' || (next < wanted.length && wanted[next] === chars[at])) {
      at += 1;
      next += 1;
    } else if (star !== -1) {
      taken += 1;
      at = taken;
      next = star + 1;
    } else {
      return false;
    }
  }
  return wanted.slice(next).every((char) => char === '*');
}
