import { whenAborted } from '../core/abort.js';
import type { Clock } from '../core/clock.js';

/** The real clock. Sleeping does not keep the process alive longer than what it sleeps for. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  busy: () => performance.eventLoopUtilization().active,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        unlisten();
        resolve();
      }, ms);
      const unlisten = whenAborted(signal, () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};
