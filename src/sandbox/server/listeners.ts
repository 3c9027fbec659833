import { type Listener, listen, type ServerState, type TlsIdentity } from './http-server.js';

/** The origins of one sandbox: the main one, another with the same services, and http beside https. */
export class Listeners {
  readonly #tls: TlsIdentity | undefined;
  readonly #open: Listener[] = [];

  constructor(tls: TlsIdentity | undefined) {
    this.#tls = tls;
  }

  /** Empty until it listens, as all of these. */
  get origin(): string {
    return this.#open[0]?.origin ?? '';
  }

  get otherOrigin(): string {
    return this.#open[1]?.origin ?? '';
  }

  /** Undefined where everything is http. */
  get plainOrigin(): string | undefined {
    return this.#open[2]?.origin;
  }

  /**
   * @param port of the main origin; 0: a free one
   * @throws Error when it is taken; nothing listens then
   */
  async open(state: ServerState, port: number): Promise<void> {
    try {
      this.#open.push(await listen(state, 'main', port, this.#tls));
      this.#open.push(await listen(state, 'other', 0, this.#tls));
      if (this.#tls !== undefined) this.#open.push(await listen(state, 'plain', 0, undefined));
    } catch (error) {
      // Whoever is told that there is none has nothing to close.
      await this.close();
      throw error;
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close()));
  }
}
