import { whenAborted } from '../core/abort.js';

/** A request that is under way, until its body is over. */
export interface RunningRequest {
  /** Aborted by the caller's signal, or by `stop`. */
  readonly signal: AbortSignal;
  stop(reason: unknown): void;
  /** It is over: no listener stays at the caller's signal. */
  end(): void;
}

/** The requests of a transport that are under way. */
export class RunningRequests {
  readonly #stops = new Set<AbortController>();

  get count(): number {
    return this.#stops.size;
  }

  start(caller: AbortSignal): RunningRequest {
    const stop = new AbortController();
    const unlisten = whenAborted(caller, () => stop.abort(caller.reason));
    this.#stops.add(stop);
    return {
      signal: stop.signal,
      stop: (reason) => stop.abort(reason),
      end: () => {
        unlisten();
        this.#stops.delete(stop);
      },
    };
  }

  close(reason: unknown): void {
    for (const stop of this.#stops) stop.abort(reason);
    this.#stops.clear();
  }
}
