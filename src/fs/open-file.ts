import type { BigIntStats } from 'node:fs';

/** An open file as far as this folder uses one: Node's FileHandle, or a descriptor of our own. */
export interface OpenFile {
  readonly fd: number;
  stat(options: { readonly bigint: true }): Promise<BigIntStats>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  /** Fills `into`, from memory. False: that may take time, or it cannot be filled. Only where calls are direct. */
  readNow?(into: Uint8Array, position: number): boolean;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  writev(buffers: readonly Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  chmod(mode: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  utimes(accessed: Date, modified: Date): Promise<void>;
  truncate(size: number): Promise<void>;
  /** A second call does nothing. */
  close(): Promise<void>;
}
