import { Writable } from 'node:stream';

/**
 * What cli-progress draws on: it takes the parts of a frame and hands them on as one write, so that a frame is never
 * seen, or left behind by `kill -9`, half drawn.
 *
 * It says it is endlessly wide: cli-progress would else cut rows by counting the bytes of colour codes. Rows come
 * cut to the real width already.
 */
export class FrameStream extends Writable {
  readonly isTTY = true;
  readonly columns = Number.MAX_SAFE_INTEGER;
  readonly #emit: (frame: string) => void;
  #frame = '';

  constructor(emit: (frame: string) => void) {
    super({ decodeStrings: false });
    this.#emit = emit;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.#frame += String(chunk);
    done();
  }

  /** Hands the frame on. */
  flush(): void {
    const frame = this.#frame;
    this.#frame = '';
    if (frame !== '') this.#emit(frame);
  }
}
