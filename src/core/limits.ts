/** Limits that all images of a run share. */

/** A limit of bytes per second that all connections of all images share. */
export interface RateLimit {
  readonly bytesPerS: number;
  /** Resolves when the next `bytes` may be taken. Rejects with the signal's reason when aborted. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** Connections beside the first of each image that may be open at once, over all images. */
export interface ConnectionBudget {
  /** True: one is taken, and giveBack() is due. */
  take(): boolean;
  giveBack(): void;
}
