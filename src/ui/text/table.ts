import { cellsOf } from './cells.js';

export interface Column {
  readonly title: string;
  /** Numbers end below each other. */
  readonly right?: boolean;
}

/**
 * Rows below each other under their titles, lines with their ends. Nothing is cut or wrapped. Cells must be safe to show.
 * @param rows a cell for each column
 */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, at) => lines.reduce((most, cells) => Math.max(most, cellsOf(cells[at] ?? '')), 0));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ right }, at) => {
        const cell = cells[at] ?? '';
        const blanks = ' '.repeat(Math.max(0, (widths[at] ?? 0) - cellsOf(cell)));
        return right === true ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd();
  return lines.map((cells) => `${line(cells)}\n`).join('');
}
