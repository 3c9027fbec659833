/** A condition variable: wakes whoever waits for a change; they look for themselves what has changed. */
export class Condition {
  #waiting: (() => void)[] = [];

  /** Wakes everybody who waits. Bound: it can be handed on as a listener. */
  readonly notifyAll = (): void => {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  };

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
