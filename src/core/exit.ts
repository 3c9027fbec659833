/**
 * Exit codes (`imgdl --help`, docs/errors.md). A script asks one question of them: is it worth running again?
 * 128+n of a signal is not listed: the signal is raised again after the checkpoint.
 */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  auth: 3,
  'not-found': 4,
  'not-ready': 5,
  network: 6,
  trust: 7,
  protocol: 8,
  integrity: 9,
  changed: 10,
  'no-space': 11,
  filesystem: 12,
  locked: 13,
  partial: 14,
  output: 15,
} as const;
export type ExitName = keyof typeof EXIT;
