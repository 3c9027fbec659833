/** Text in the language of manual pages, man(7): what is literal stays literal in every formatter. */
const SPECIAL = {
  '\\': '\\e',
  // A plain hyphen may be printed as a typographic one, which nobody can paste into a shell; so with quotes.
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};
/** Longest line of source: mandoc's lint complains beyond 80 bytes. */
const WIDTH = 78;
/** Characters as themselves; what is not ASCII by its code point, so that the page reads in every locale. */
export function escapeRoff(text) {
  return text
    .replace(/[\\\-'`^~"]/g, (char) => SPECIAL[char] ?? char)
    .replace(
      /[^\u0000-\u007f]/gu,
      (char) => `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
export function bold(text) {
  return `\\fB${escapeRoff(text)}\\fR`;
}
export function italic(text) {
  return `\\fI${escapeRoff(text)}\\fR`;
}
/** A paragraph as lines of source; none of them starts with a control character of roff. */
export function fill(text) {
  const lines = [];
  let line = '';
  for (const word of escapeRoff(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map(protect);
}
/** Lines that keep their breaks, between .nf and .fi. */
export function literal(text) {
  return text.split('\n').map((line) => protect(escapeRoff(line)));
}
/** The tag of an entry; what follows is indented below it. The markup is the caller's. */
export function term(markup) {
  return ['.TP', protect(markup)];
}
function protect(line) {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
