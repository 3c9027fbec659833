import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * How many columns a terminal gives to a text without control characters. Where terminals differ the larger number
 * is taken: a row that is a cell too short looks fine, one that is too long wraps and floods the screen.
 */
export function cellsOf(text: string): number {
  if (isAscii(text)) return text.length;
  return ruler()
    .clusters(text)
    .reduce((sum, { cells }) => sum + cells, 0);
}

/** The text in at most `cells` columns, the cut marked with `…`. What is read as one character is never cut apart. */
export function fitCells(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (cellsOf(text) <= cells) return text;
  if (isAscii(text)) return `${text.slice(0, cells - 1)}…`;
  let fitted = '';
  let used = 1;
  for (const cluster of ruler().clusters(text)) {
    used += cluster.cells;
    if (used > cells) break;
    fitted += cluster.text;
  }
  return `${fitted}…`;
}

interface Ruler {
  /** Grapheme clusters (Unicode TR 29) with their cells. */
  clusters(text: string): readonly { readonly text: string; readonly cells: number }[];
}

let made: Ruler | undefined;

/** Made for the first row that is shown: the tables and the segmenter take as long to load as a short run takes. */
function ruler(): Ruler {
  made ??= createRuler();
  return made;
}

function createRuler(): Ruler {
  const { default: stringWidth } = require('string-width') as typeof import('string-width');
  const segmenter = new Intl.Segmenter();
  /** A terminal that knows nothing of clusters shows a family of three emoji as three, and may show what joins them. */
  const apart = (cluster: string): number => {
    let cells = 0;
    for (const char of cluster) cells += /^\p{M}$/u.test(char) ? 0 : Math.max(1, stringWidth(char));
    return cells;
  };
  return {
    clusters: (text) =>
      Array.from(segmenter.segment(text), ({ segment }) => ({
        text: segment,
        cells: isAscii(segment) ? segment.length : Math.max(stringWidth(segment), apart(segment)),
      })),
  };
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
