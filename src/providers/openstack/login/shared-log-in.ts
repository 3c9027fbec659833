import { AppError } from '../../../core/errors.js';

/** One log-in at a time for all who ask, and none after one that was refused. */
export class SharedLogIn<Granted> {
  #current: Promise<Granted> | undefined;
  /** Keystone said no, and would say it again: an account may be locked after some tries. */
  #refused: AppError | undefined;

  get underway(): boolean {
    return this.#current !== undefined;
  }

  /**
   * What the log-in that is under way gives, else that of `logIn`. One that died of another caller's signal is not this
   * caller's failure.
   * @throws AppError what logIn() throws; the reason of `signal`
   */
  async run(logIn: () => Promise<Granted>, signal: AbortSignal): Promise<Granted> {
    while (this.#current !== undefined) {
      try {
        return await this.#current;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AppError) throw error;
      }
    }
    const mine = this.#unlessRefused(logIn).finally(() => {
      if (this.#current === mine) this.#current = undefined;
    });
    this.#current = mine;
    return await mine;
  }

  async #unlessRefused(logIn: () => Promise<Granted>): Promise<Granted> {
    if (this.#refused !== undefined) throw this.#refused;
    try {
      return await logIn();
    } catch (error) {
      if (error instanceof AppError && error.kind.exit === 'auth') this.#refused = error;
      throw error;
    }
  }
}
