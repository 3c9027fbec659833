/** Beside core's numbers, in words. `imgdl help`, the man page, README and docs/errors.md are made of it. */
export const EXIT_FACTS = {
  ok: { meaning: 'complete and verified, or already so, or unchanged', again: 'no need' },
  bug: { meaning: 'an internal error; never an expected outcome', again: 'report it' },
  usage: { meaning: 'the arguments or the configuration are wrong', again: 'after a fix' },
  auth: {
    meaning: 'credentials refused, permission missing, one-time key spent, or a proxy wants credentials',
    again: 'after a fix',
  },
  'not-found': { meaning: 'no such image, service or region, or a name that fits several', again: 'after a fix' },
  'not-ready': {
    meaning: 'the image exists, but there are no bytes to have (queued, being generated, deactivated, empty)',
    again: 'later, or after a fix',
  },
  network: { meaning: 'unavailable after all retries; what was received is kept', again: 'yes' },
  trust: { meaning: 'a TLS certificate is not to be trusted, or https leads to http', again: 'after a look' },
  protocol: { meaning: "the server's answer is unusable or unsafe, such as a login page", again: 'after a look' },
  integrity: {
    meaning: 'size or digest are wrong after one automatic restart, or the proof asked for cannot be had',
    again: 'after a look',
  },
  changed: { meaning: 'the remote image changed and --on-change is fail', again: 'your decision' },
  'no-space': { meaning: 'no space or quota is left; what was received is kept', again: 'after freeing space' },
  filesystem: { meaning: 'permission, read-only disk, existing target, wrong type, disk error', again: 'after a fix' },
  locked: { meaning: 'another imgdl owns this target', again: 'when it is done' },
  partial: {
    meaning: 'of several images one or more failed, perhaps all; details with --json',
    again: 'see the details',
  },
  output: { meaning: 'the result could not be written to stdout', again: 'after a fix' },
};
/** No row of its own in the table of numbers: the signal is raised again after a checkpoint. */
export const SIGNAL_FACTS = { meaning: 'ended by signal n; what was received is kept', again: 'yes' };
