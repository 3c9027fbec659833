import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { remember } from './vault.js';

/** May it be sent there? @throws AppError that says why not */
export type Guard = (url: URL) => void;

/**
 * A value that prints as `***` wherever it might leak: String(), template literals, JSON, util.inspect.
 * Only {@link Secret.reveal} gives it, at the one place that sends it. From the moment it is made, its value
 * is masked in all text that is shown, whoever wrote it: a server may send it back.
 */
export class Secret {
  readonly #value: string;
  readonly #guard: Guard | undefined;

  /** @param guard where it must not go is known to whoever made it, and travels with it */
  constructor(value: string, guard?: Guard) {
    this.#value = value;
    this.#guard = guard;
    remember(value);
  }

  /** Asked for every request that it is part of, those of redirects too. @throws AppError where it must not go */
  checkDestination(url: URL): void {
    this.#guard?.(url);
  }

  reveal(): string {
    return this.#value;
  }

  /** A short name for comparisons and logs that does not allow to guess the value of a random secret. */
  fingerprint(): string {
    return createHash('sha256').update(this.#value).digest('hex').slice(0, 8);
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

/** Header values as a ticket holds them: the secret ones are wrapped until they are sent. */
export type SecretHeaders = Readonly<Record<string, string | Secret>>;
