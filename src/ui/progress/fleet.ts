import type { TransferEvent } from '../../core/events.js';
import { follow, newTrack, type Track } from './track.js';

/** The images of one run as far as a reader wants to know of them. Times as in {@link Track}. */
export interface Fleet {
  /** Those on their way, the earliest first. */
  readonly active: readonly Track[];
  readonly finished: number;
  readonly failed: number;
  readonly count: number;
  /** All of them as if they were one transfer; its name says how many are done. */
  total(): Track;
  start(name: string, now: number): FleetMember;
}

export interface FleetMember {
  /** What the image is called: by the user, then by its target. */
  readonly name: string;
  on(event: TransferEvent, now: number): void;
  /** @param bytes of the complete file; null when it is not complete */
  end(bytes: number | null): void;
}

/** Before so many sizes are known, nobody can say how large the rest is. */
const ENOUGH_SIZES = 8;

/** @param count images of the run, those that have not started among them */
export function createFleet(count: number, startedAt: number): Fleet {
  const active = new Set<{ track: Track }>();
  let finished = 0;
  let failed = 0;
  let front = 0;
  let received = 0;
  let sized = { count: 0, bytes: 0 };
  let total: Track = { ...newTrack(startedAt), phase: 'transferring' };

  /** Where some sizes are not known yet, the rest is taken to be like those that are. */
  const size = (): number | undefined => {
    if (sized.count === count) return sized.bytes;
    return sized.count < ENOUGH_SIZES ? undefined : Math.round((sized.bytes / sized.count) * count);
  };
  const account = (before: Track, after: Pick<Track, 'front' | 'size'>): void => {
    front += after.front - before.front;
    const known = Number(after.size !== undefined) - Number(before.size !== undefined);
    sized = { count: sized.count + known, bytes: sized.bytes + (after.size ?? 0) - (before.size ?? 0) };
  };

  return {
    get active() {
      return [...active].map(({ track }) => track);
    },
    get finished() {
      return finished;
    },
    get failed() {
      return failed;
    },
    count,
    total: () => ({
      ...total,
      name: `${finished} of ${count} images${failed === 0 ? '' : `, ${failed} failed`}`,
      front,
      size: size(),
      connections: [...active].reduce((sum, { track }) => sum + track.connections, 0),
    }),
    start(name, now) {
      const member = { track: { ...newTrack(now), name } };
      let own = 0;
      active.add(member);
      return {
        get name() {
          return member.track.name ?? name;
        },
        on(event, at) {
          const before = member.track;
          member.track = { ...follow(before, event, at), name: named(event) ?? before.name ?? name };
          account(before, member.track);
          if (event.type !== 'bytes') return;
          received += event.received - own;
          own = event.received;
          total = follow(total, { ...event, front, received }, at);
        },
        end(bytes) {
          if (!active.delete(member)) return;
          finished += 1;
          if (bytes === null) failed += 1;
          const reached = bytes ?? member.track.front;
          account(member.track, { front: reached, size: reached });
        },
      };
    },
  };
}

function named(event: TransferEvent): string | undefined {
  return event.type === 'described' ? event.target.split('/').findLast((part) => part !== '') : undefined;
}
