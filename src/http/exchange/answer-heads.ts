import { HEADER_BYTES } from '../limits.js';

const END = '\r\n\r\n';
/** Of the status in `HTTP/1.1 100`: where its last digit stands. */
const LAST_DIGIT = 11;
const TWO = 0x32;

/**
 * The heads of an answer as they pass on their way to the parser: interim ones, then the final one.
 *
 * undici ends the connection at a `100 Continue` that was not asked for. A client has to be able to read one, and may
 * ignore it (RFC 9110 section 15.2), as it does every other interim answer: so it becomes one of those.
 */
export class AnswerHeads {
  /** The head that is passing, or the last one: what an error can be explained by. */
  #text = '';
  #over = false;

  /** @param bytes of the connection, in order; changed in place */
  pass(bytes: Uint8Array): void {
    let at = 0;
    while (!this.#over && at < bytes.length) {
      const before = this.#text.length;
      const piece = bytes.subarray(at, at + HEADER_BYTES - before);
      this.#text += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
      if (before <= LAST_DIGIT && /^HTTP\/1\.\d 100/.test(this.#text)) bytes[at + LAST_DIGIT - before] = TWO;
      const end = this.#text.indexOf(END, Math.max(0, before - END.length));
      if (end === -1) {
        // The parser refuses what is longer.
        this.#over = this.#text.length >= HEADER_BYTES;
        return;
      }
      const length = end + END.length;
      this.#over = !/^HTTP\/1\.\d 1(?!01)/.test(this.#text);
      this.#text = this.#over ? this.#text.slice(0, length) : '';
      at += length - before;
    }
  }

  /** What is wrong with the head, in words; undefined: nothing that is known here. */
  get flaw(): string | undefined {
    return headFlaw(this.#text);
  }
}

/**
 * Why a parser refuses a head (RFC 9112 sections 2.2, 5 and 6.3), in the words of a sentence that begins with "the
 * response".
 */
export function headFlaw(head: string): string | undefined {
  const lines = head.split(END, 1).join().split('\r\n');
  if (lines.some((line) => /[\x00-\x08\x0a-\x1f\x7f]/.test(line))) return 'has a control character in its headers';
  if (lines.some((line) => /^[ \t]/.test(line))) return 'has a header that is folded over several lines';
  const valuesOf = (name: string): readonly string[] =>
    lines.flatMap((line) => (line.toLowerCase().startsWith(`${name}:`) ? [line.slice(name.length + 1).trim()] : []));
  const lengths = valuesOf('content-length');
  if (lengths.some((value) => !/^\d+$/.test(value))) return 'has a Content-Length that is not a number';
  const encodings = valuesOf('transfer-encoding');
  return lengths.length + encodings.length > 1 ? 'has contradictory lengths' : undefined;
}
