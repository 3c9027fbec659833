import { oncePer } from '../core/once.js';
import { lackOfRoom } from '../core/room.js';
import type { OwnerFacts } from './lock-owner.js';
import type { DiskPart } from './part.js';

/** Of all images of a run: several may grow on one file system. */
export const reservationsOf = oncePer((_owner: OwnerFacts) => new Reservations());

/** A part that is to grow to `size` bytes. */
export interface Growth {
  readonly part: DiskPart;
  readonly size: number;
  /** Bytes of it that are there. */
  readonly held: number;
}

/** The room that the parts of a run still need. Each has it until it is closed. */
class Reservations {
  readonly #growing = new Map<DiskPart, Growth>();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Reserves it, if it fits. One after the other: two images must not both be given the same room.
   * @param freeBytes what the file system has; undefined when it does not say
   * @returns why it does not fit, in words
   */
  take(growth: Growth, freeBytes: () => Promise<number | undefined>): Promise<string | undefined> {
    const turn = this.#last.then(async () => {
      const free = await freeBytes();
      if (free === undefined) return undefined;
      const promised = await this.#promisedBeside(growth.part);
      const lack = lackOfRoom({ size: growth.size, held: await heldBy(growth), free, promised });
      if (lack === undefined) this.#growing.set(growth.part, growth);
      return lack;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #promisedBeside(part: DiskPart): Promise<number> {
    let promised = 0;
    for (const growth of this.#growing.values()) {
      if (growth.part.isClosed) this.#growing.delete(growth.part);
      else if (growth.part !== part && growth.part.inode.dev === part.inode.dev) {
        promised += Math.max(0, growth.size - (await heldBy(growth)));
      }
    }
    return promised;
  }
}

/** Where the file system compresses, fewer blocks than bytes are there; where it allocates ahead, more. */
async function heldBy({ part, held }: Growth): Promise<number> {
  const allocated = await part.allocated().catch(() => 0);
  return Math.max(held, allocated);
}
