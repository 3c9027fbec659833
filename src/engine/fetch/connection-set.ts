/** A connection of a transfer that has several. */
export interface Connection {
  /** Has it delivered anything yet? */
  delivers: boolean;
}

/** The connections of one transfer, from their start until nothing of them runs any more. */
export class ConnectionSet {
  readonly #running = new Set<Promise<void>>();
  #live = 0;
  #delivering = 0;

  /** Connections that have not decided to end. */
  get live(): number {
    return this.#live;
  }

  /** Connections that have delivered something. */
  get delivering(): number {
    return this.#delivering;
  }

  get isEmpty(): boolean {
    return this.#running.size === 0;
  }

  /**
   * @param work ends after leave(), and never rejects
   * @param onEnd called when it has ended
   */
  start(connection: Connection, work: (connection: Connection) => Promise<void>, onEnd: () => void): void {
    this.#live += 1;
    if (connection.delivers) this.#delivering += 1;
    const running: Promise<void> = work(connection).finally(() => {
      if (connection.delivers) this.#delivering -= 1;
      this.#running.delete(running);
      onEnd();
    });
    this.#running.add(running);
  }

  /** It has delivered its first bytes. */
  delivers(connection: Connection): void {
    connection.delivers = true;
    this.#delivering += 1;
  }

  /** A connection has decided to end. At once, so that two that see one too many do not both end. */
  leave(): void {
    this.#live -= 1;
  }

  /** Resolves when none runs any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }
}
