import type { Clock } from '../core/clock.js';
import { AppError, isAppError } from '../core/errors.js';

/** Before the second and the third attempt: a resolver that is just starting, or a server, has about 3 s. */
const WAITS_MS = [1_000, 2_000];

/** Failures by which a name that is misspelled, or a server that is not there, shows. */
const NOT_THERE: ReadonlySet<string> = new Set(['net.dns', 'net.refused']);

export interface FirstContactOptions {
  readonly clock: Clock;
  /** The user says how often to try: `--retries`. */
  readonly patient: boolean;
  /** Told before each wait. */
  readonly note: ((message: string) => void) | undefined;
}

/**
 * As long as no server at all has answered in this run, a name that does not exist or a connection that is refused is
 * most likely a mistake: two quick retries, then the error is final. Whoever has once had an answer rides out the rest
 * with all retries. One for each transport: what is asked for, a log-in or an image, makes no difference.
 */
export class FirstContact {
  readonly #options: FirstContactOptions;
  #made = false;

  constructor(options: FirstContactOptions) {
    this.#options = options;
  }

  /** A server has answered, whatever it said. */
  made(): void {
    this.#made = true;
  }

  /**
   * @param attempt sends nothing before it is connected, so that it can be made again
   * @throws what attempt throws; AppError.exhausted after the last one; the reason of the signal
   */
  async reach<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let failed = 0; ; failed += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#made || this.#options.patient || !isAppError(error) || !isNotThere(error)) throw error;
        const waitMs = WAITS_MS[failed];
        if (waitMs === undefined) throw final(error, failed + 1);
        this.#options.note?.(`${error.message}; trying again in ${waitMs / 1000} s`);
        await this.#options.clock.sleep(waitMs, signal);
      }
    }
  }
}

function isNotThere({ code, details }: AppError): boolean {
  return NOT_THERE.has(code === 'net.proxy' ? String(details['reason']) : code);
}

function final(error: AppError, attempts: number): AppError {
  return new AppError(error.kind, `${error.message} (${attempts} attempts)`, {
    hint: error.hint,
    details: { ...error.details, attempts },
    cause: error,
    exhausted: true,
  });
}
