import type { GlanceStatus } from './openstack/glance-image.js';
import type { ImageState } from './uforge/objects.js';

/** How far something is that takes time: percent, or the state that it has reached. */
export type Stage = number | ImageState | GlanceStatus;

/**
 * What takes time: images that are generated or saved, exports. A test says which stages an object goes through, one
 * for each look at it; where it has said nothing, the clock decides.
 */
export class Stages {
  readonly #now: () => number;
  readonly #startedMs: number;
  readonly #stages = new Map<string, Stage[]>();
  readonly #begunMs = new Map<string, number>();

  /** @param now in milliseconds, from any beginning */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#startedMs = now();
  }

  /** Each look at the object of this name takes the next one; the last stays. Objects need not be there yet. */
  set(name: string, stages: readonly Stage[]): void {
    this.#stages.set(name, [...stages]);
  }

  /** What a test has set; `look` goes on to the next one. */
  at(name: string, look: boolean): Stage | undefined {
    const stages = this.#stages.get(name);
    if (stages === undefined) return undefined;
    return look && stages.length > 1 ? stages.shift() : stages[0];
  }

  /**
   * Percent of `durationMs` that have passed, 100 when it is over.
   * @param since the start of the sandbox, or the first look at the object of this name; before that it is 0
   */
  percent(name: string, durationMs: number, since: 'start' | 'asked', look: boolean): number {
    const nowMs = this.#now();
    if (since === 'asked' && look && !this.#begunMs.has(name)) this.#begunMs.set(name, nowMs);
    const begunMs = since === 'start' ? this.#startedMs : this.#begunMs.get(name);
    if (begunMs === undefined) return 0;
    return durationMs <= 0 ? 100 : Math.min(100, Math.floor(((nowMs - begunMs) * 100) / durationMs));
  }
}
