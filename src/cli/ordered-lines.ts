import { writeChecked } from '../ui/document/write-checked.js';

/** Lines for stdout, of things that end in any order: written in the order given. */
export interface OrderedLines {
  /** @param line undefined: there is nothing to write at this place */
  put(at: number, line: string | undefined): void;
  /** Resolves when all that was put is written, or could not be. */
  written(): Promise<void>;
}

/**
 * Each line is written as soon as it and all before it are there.
 * @param atTheEnd write them in written() only
 * @param onFailure called once; nothing is written after it
 */
export function orderedLines(fd: number, atTheEnd: boolean, onFailure: (error: unknown) => void): OrderedLines {
  const ready = new Map<number, string | undefined>();
  let next = 0;
  let text = '';
  let writing: Promise<void> = Promise.resolve();
  let broken = false;
  const write = (): void => {
    const lines = text;
    text = '';
    if (lines === '') return;
    writing = writing
      .then(async () => {
        if (!broken) await writeChecked(fd, lines);
      })
      .catch((error: unknown) => {
        broken = true;
        onFailure(error);
      });
  };
  return {
    put(at, line) {
      ready.set(at, line);
      for (; ready.has(next); next += 1) {
        const taken = ready.get(next);
        ready.delete(next);
        if (taken !== undefined) text += `${taken}\n`;
      }
      if (!atTheEnd) write();
    },
    async written() {
      write();
      await writing;
    },
  };
}
