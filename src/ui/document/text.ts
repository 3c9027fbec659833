/**
 * A document as one line with its end. Beyond what JSON asks for, all that may act on a terminal is escaped
 * (C1 controls, bidirectional overrides): the value stays the same.
 */
export function documentText(document: object): string {
  const text = JSON.stringify(document).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}
