import type { Socket } from 'node:net';
import { whenAborted } from '../../core/abort.js';

/** RFC 8305 section 5: so long an address has the field to itself before the next one is tried beside it. */
const STAGGER_MS = 250;

export interface RaceOptions {
  /** In the order in which they are tried; at least one. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** For each address, in milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** A socket that has begun to connect to the address. */
  start(address: string): Socket;
}

export interface RaceEnd {
  /** In the very turn in which its connection came up: nothing of it can have been missed. */
  won(socket: Socket, address: string): void;
  /** @param error an AggregateError of what each address came to, or the reason of the signal */
  lost(error: unknown): void;
  /** Addresses that were being tried when the race was over, or had failed. */
  late(addresses: readonly string[]): void;
}

/**
 * Connects to whichever address answers first ("Happy Eyeballs", RFC 8305): the next one is tried beside those before it
 * every 250 ms, and at once where one fails. Every socket but the winner's is destroyed.
 */
export class Race {
  readonly #options: RaceOptions;
  readonly #end: RaceEnd;
  readonly #waiting: string[];
  readonly #running = new Map<string, { readonly socket: Socket; readonly stop: () => void }>();
  readonly #failures: Error[] = [];
  readonly #failed: string[] = [];
  #stagger: NodeJS.Timeout | undefined;
  #unlisten = (): void => {};

  constructor(options: RaceOptions, end: RaceEnd) {
    this.#options = options;
    this.#end = end;
    this.#waiting = [...options.addresses];
  }

  run(): void {
    this.#startNext();
    this.#unlisten = whenAborted(this.#options.signal, () => {
      this.#over();
      this.#end.lost(this.#options.signal.reason);
    });
  }

  #startNext(): void {
    clearTimeout(this.#stagger);
    const address = this.#waiting.shift();
    if (address === undefined) return;
    this.#begin(address);
    if (this.#waiting.length === 0) return;
    this.#stagger = setTimeout(() => this.#startNext(), STAGGER_MS);
    this.#stagger.unref();
  }

  #begin(address: string): void {
    const { start, limitMs, port } = this.#options;
    const socket = start(address);
    const onConnect = (): void => this.#won(address);
    const onError = (error: Error): void => this.#fail(address, error);
    const onClose = (): void => onError(failure('ECONNRESET', address, port));
    const timer = setTimeout(() => onError(failure('ETIMEDOUT', address, port, limitMs)), limitMs);
    timer.unref();
    socket.once('connect', onConnect).once('error', onError).once('close', onClose);
    // Errors may come late, after what counted; between two requests nobody else listens.
    socket.on('error', () => undefined);
    const stop = (): void => {
      clearTimeout(timer);
      socket.off('connect', onConnect).off('error', onError).off('close', onClose);
    };
    this.#running.set(address, { socket, stop });
  }

  #won(address: string): void {
    const winner = this.#running.get(address);
    if (winner === undefined) return;
    winner.stop();
    this.#running.delete(address);
    this.#end.late([...this.#failed, ...this.#running.keys()]);
    this.#over();
    this.#end.won(winner.socket, address);
  }

  #fail(address: string, error: Error): void {
    const loser = this.#running.get(address);
    loser?.stop();
    loser?.socket.destroy();
    this.#running.delete(address);
    this.#failed.push(address);
    this.#failures.push(error);
    if (this.#waiting.length > 0) this.#startNext();
    else if (this.#running.size === 0) {
      this.#over();
      this.#end.lost(new AggregateError(this.#failures));
    }
  }

  #over(): void {
    clearTimeout(this.#stagger);
    this.#unlisten();
    this.#waiting.length = 0;
    for (const { socket, stop } of this.#running.values()) {
      stop();
      socket.destroy();
    }
    this.#running.clear();
  }
}

function failure(code: string, address: string, port: number, limitMs?: number): Error {
  return Object.assign(new Error(code), { code, address, port, ...(limitMs === undefined ? {} : { limitMs }) });
}
