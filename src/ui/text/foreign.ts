import { escapeControls, redactText, shorten } from '../../core/redact.js';

/**
 * Text whose author is not us, fit for one line of a terminal or a CI log: secrets masked, controls escaped, cut.
 *
 * `##` is broken up as well: Azure Pipelines (`##vso[`), TeamCity (`##teamcity[`) and GitHub's old form (`##[`) look
 * for it anywhere in a line, not only at its start. GitHub's `::command::` counts at the start of a line only, where the
 * first cell of a table is.
 */
export function foreign(text: string, limit: number): string {
  // Cut first: a megabyte of text must not cost a megabyte of work.
  const safe = escapeControls(redactText(shorten(text, 4 * limit)))
    .replace(/#(?=#)/g, '\\x23')
    .replace(/^(\s*):(?=:[a-z])/i, '$1\\x3a');
  return shorten(safe, limit);
}
