/** Where a checksum file is, and what lies beside it. */
export interface ChecksumPlace {
  /** What the user calls it, without secrets and made safe. */
  readonly shown: string;
  /** Its file name: `SHA256SUMS`. */
  readonly name: string;
  /** What comes from here nobody on the way could have changed. */
  readonly authenticated: boolean;
  /** @throws AppError usage.option, net.*, auth.*, not-found.url, proto.*; the signal's reason */
  read(signal: AbortSignal): Promise<Uint8Array>;
  /** The file whose name has `suffix` behind it; undefined where there is none. @throws AppError as read() does */
  beside(suffix: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** 16 MiB: the largest of a distribution's whole archive are smaller. */
export const CHECKSUM_FILE_BYTES = 16 * 1024 * 1024;
