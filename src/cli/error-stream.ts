import { maskKnown } from '../core/vault.js';

/** Stderr, for text: no known secret of eight characters or more gets through, whoever wrote the text. */
export interface ErrorStream {
  readonly isTTY: boolean;
  /** Of the terminal now; undefined where there is none. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  /** @param done called when the text has left this process, or never can */
  write(text: string, done?: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

/**
 * The last of three masks. The first is where a server's text is quoted, before it is cut; the second where any text
 * of a message is made fit to be shown, and where the document is made. This one is for what forgot both.
 */
export function maskedStream(stream: NodeJS.WriteStream): ErrorStream {
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    write: (text, done) => void stream.write(maskKnown(text, 'ours'), () => done?.()),
    on: (event, listener) => void stream.on(event, listener),
  };
}
