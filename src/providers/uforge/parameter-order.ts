/** `usual`: the parameter that the link or the documentation names. */
export type ParameterChoice = 'usual' | 'other';

/** A key that is refused once may have been stale: a fresh one under the same parameter comes before another parameter. */
const TRIES_OF_FIRST = 2;

/**
 * Under which parameter a fresh key is sent. A round begins with the one that was accepted last; a refused key is
 * followed by a fresh one under the same parameter, then by one under the other; then the round is over.
 */
export class ParameterOrder {
  #now: ParameterChoice = 'usual';
  #first: ParameterChoice = 'usual';
  #refusals = 0;
  #skipped = false;

  get now(): ParameterChoice {
    return this.#now;
  }

  /** In this round the server had no other key to try under the first parameter. */
  get skipped(): boolean {
    return this.#skipped;
  }

  /** The key before was not refused, or the round is over. */
  newRound(): void {
    this.#first = this.#now;
    this.#refusals = 0;
    this.#skipped = false;
  }

  /** A key was refused. @returns what a fresh one is tried under; `nothing`: the round is over */
  refused(): 'same' | 'other' | 'nothing' {
    this.#refusals += 1;
    if (this.#refusals < TRIES_OF_FIRST) return 'same';
    if (this.#now === this.#first) {
      this.#now = this.#first === 'usual' ? 'other' : 'usual';
      return 'other';
    }
    this.#now = this.#first;
    return 'nothing';
  }

  /** There is no fresh key to try under this parameter. @returns false where it is not a refusal that wants one */
  skip(): boolean {
    if (this.#refusals === 0 || this.#now !== this.#first) return false;
    this.#skipped = true;
    this.#refusals = TRIES_OF_FIRST;
    this.#now = this.#first === 'usual' ? 'other' : 'usual';
    return true;
  }
}
