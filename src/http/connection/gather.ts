/** So much is handed on at once, without waiting for more. */
const ENOUGH_BYTES = 256 * 1024;

export interface Gather {
  take(bytes: Uint8Array): void;
  /** Something was taken and not handed on yet. */
  waits(): boolean;
  /** Hands on what waits. */
  flush(): void;
}

/**
 * Puts together what was read into memory side by side, in one turn of the event loop: every call of `hand`
 * costs the same, whatever the number of bytes. Nothing waits for a later turn, and nothing is copied.
 */
export function gather(hand: (bytes: Uint8Array) => void): Gather {
  let waiting: Uint8Array | undefined;
  let turn: NodeJS.Immediate | undefined;
  const flush = (): void => {
    clearImmediate(turn);
    turn = undefined;
    const bytes = waiting;
    waiting = undefined;
    if (bytes !== undefined) hand(bytes);
  };
  return {
    take(bytes) {
      if (waiting !== undefined && follows(waiting, bytes)) {
        waiting = Buffer.from(waiting.buffer, waiting.byteOffset, waiting.length + bytes.length);
      } else {
        flush();
        waiting = bytes;
      }
      if (waiting.length >= ENOUGH_BYTES) flush();
      else turn ??= setImmediate(flush);
    },
    waits: () => waiting !== undefined,
    flush,
  };
}

function follows(first: Uint8Array, next: Uint8Array): boolean {
  return first.buffer === next.buffer && first.byteOffset + first.length === next.byteOffset;
}
