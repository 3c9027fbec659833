import { isAbsolute, resolve } from 'node:path';
import type { OptionSpec } from '../core/option.js';
import { isUrl } from '../core/user-url.js';

/** Is the value a path that some directory must be joined to? `-` is stdin or stdout. */
export function isRelativePath(option: OptionSpec<unknown>, text: string): boolean {
  if (option.value === undefined || !/^(?:URL\|)?(?:FILE|PATH|DIR)/.test(option.value)) return false;
  if (option.value.startsWith('URL|') && isUrl(text)) return false;
  return text !== '' && text !== '-' && !isAbsolute(text);
}

/** A relative path as an absolute one. resolve() would drop a trailing slash, which says "this is a directory". */
export function anchoredAt(directory: string, path: string): string {
  return `${resolve(directory, path)}${path.endsWith('/') ? '/' : ''}`;
}
