/** Room for a file, in bytes. */
export interface Room {
  /** Of the whole file. */
  readonly size: number;
  /** What the disk has of it. */
  readonly held: number;
  readonly free: number;
  /** Of what is free, what other images of this run still need. */
  readonly promised?: number;
}

/** Why the rest of a file does not fit, in words; undefined where it does. */
export function lackOfRoom({ size, held, free, promised = 0 }: Room): string | undefined {
  const needed = size - Math.min(held, size);
  if (needed === 0 || needed <= free - promised) return undefined;
  const others = promised === 0 ? '' : `, ${promised} of them for other images of this run`;
  return `${needed} bytes are needed, ${free} are free${others}`;
}
