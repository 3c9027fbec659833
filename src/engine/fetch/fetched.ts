import type { Adoption, Identity } from '../../core/source.js';
import type { KnownObject } from './known-object.js';

/** What is known before the first answer: of the bytes in hand, by the user, by metadata, by an earlier run's answers. */
export interface Expected extends KnownObject {
  /** Ask first whether the object is still this one: the answer may be that nothing changed. */
  readonly unless?: Identity | undefined;
  /** The bytes in hand came from another URL: what shows that they are of this object. */
  readonly adopts?: Adoption | undefined;
}

export interface Unchanged {
  readonly kind: 'unchanged';
}

export interface Fetched extends KnownObject {
  readonly kind: 'fetched';
  /** Total bytes of the object. */
  readonly size: number;
  /** Was the size promised by metadata or a header, or only seen at the end of the body? */
  readonly sizeKnown: boolean;
}

export type FetchResult = Fetched | Unchanged;
