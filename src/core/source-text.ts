import type { SourceRef } from './source.js';

/** Where an object is, as people read it: a plain URL in one piece. Not escaped. */
export function sourceText({ endpoint, ref }: Pick<SourceRef, 'endpoint' | 'ref'>): string {
  return ref.startsWith('/') ? `${endpoint}${ref}` : `${endpoint} ${ref}`;
}
