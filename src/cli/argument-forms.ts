import type { ProviderCommand } from '../core/provider.js';

/** What an argument looks like, whatever service it is for. */

const ID = '(?:\\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
const ID_ALONE = new RegExp(`^${ID}$`, 'i');
const ID_LIST = new RegExp(`^${ID}(?:,${ID})+,?$`, 'i');
/** `cloud.example.com/x.qcow2`, as curl takes it. */
const WITHOUT_SCHEME = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/\S/i;

export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** `1095,1096`: ids as they stand in a list elsewhere. */
export function isIdList(text: string): boolean {
  return ID_LIST.test(text);
}

/** The ids of such a list; anything else is one. */
export function idsOf(text: string): readonly string[] {
  return isIdList(text) ? text.split(',').filter((id) => id !== '') : [text];
}

/** An id or a URL: what it is for is certain, and it is no secret. */
export function isCertain(text: string): boolean {
  return ID_ALONE.test(text) || isIdList(text) || isUrl(text) || WITHOUT_SCHEME.test(text);
}

/** A URL that lacks its scheme gets one. */
export function withScheme(text: string): string {
  return WITHOUT_SCHEME.test(text) ? `https://${text}` : text;
}

/** Arguments that commander takes, and that are likely to be a slip: ids with commas, a file name behind URLs. */
export function isOdd(command: ProviderCommand, args: readonly string[]): boolean {
  if (command.kind !== 'download') return false;
  if (command.anyUrl === true) return args.length > 1 && !isUrl(args.at(-1) ?? '');
  return command.several === true && args.some(isIdList);
}
