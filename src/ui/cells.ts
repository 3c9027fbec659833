/**
 * How many columns a terminal gives to a text without control characters. Where terminals differ the larger number
 * is taken: a row that is a cell too short looks fine, one that is too long wraps and floods the screen.
 */

/** Combining marks take no cell of their own; a variation selector may turn its base into a wide emoji. */
const NO_CELL = /^(?!\ufe0f)\p{M}$/u;

/** East Asian wide and fullwidth blocks, and emoji. Unicode TR 11 in broad strokes. */
const TWO_CELLS =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18fff}\u{1aff0}-\u{1b2ff}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u;

export function cellsOf(text: string): number {
  let cells = 0;
  for (const char of text) cells += charCells(char);
  return cells;
}

/** The text in at most `cells` columns, the cut marked with `…`. */
export function fitCells(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (cellsOf(text) <= cells) return text;
  let fitted = '';
  let used = 1;
  for (const char of text) {
    used += charCells(char);
    if (used > cells) break;
    fitted += char;
  }
  return `${fitted}…`;
}

function charCells(char: string): number {
  if (NO_CELL.test(char)) return 0;
  return TWO_CELLS.test(char) ? 2 : 1;
}
