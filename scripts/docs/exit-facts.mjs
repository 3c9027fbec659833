/** Beside core's numbers, in words. `imgdl help`, the man page, README and docs/errors.md are made of it. */
export const EXIT_FACTS = {
  ok: { meaning: 'the image is complete and verified', again: 'no need' },
  bug: { meaning: 'an internal error; this should never happen', again: 'report it' },
  usage: { meaning: 'the arguments or the configuration are wrong', again: 'after a fix' },
  auth: {
    meaning:
      'the credentials were refused, a permission is missing, a one-time download id is spent, or a proxy requires credentials',
    again: 'after a fix',
  },
  'not-found': {
    meaning: 'there is no such image, service or region, or a name matches several',
    again: 'after a fix',
  },
  'not-ready': {
    meaning: 'the image exists but has no data to download (queued, being generated, deactivated or empty)',
    again: 'later, or after a fix',
  },
  network: {
    meaning: 'the network or the server is still down after all retries; the partial download is kept',
    again: 'yes',
  },
  trust: { meaning: 'a TLS certificate is not trusted, or https redirects to http', again: 'find out why first' },
  protocol: {
    meaning: "the server's response is unusable or unsafe, such as a login page, or --inspect fail refuses the image",
    again: 'find out why first',
  },
  integrity: {
    meaning:
      'the size or a digest is still wrong after one automatic restart, --checksums does not list the image or its ' +
      'signature is bad, or --require cannot be met',
    again: 'find out why first',
  },
  changed: { meaning: 'the remote image has changed, and --on-change is fail', again: 'your decision' },
  'no-space': {
    meaning: 'the disk is full or the quota is used up; the partial download is kept',
    again: 'after freeing space',
  },
  filesystem: {
    meaning: 'permission denied, read-only disk, target already exists or has the wrong type, or disk error',
    again: 'after a fix',
  },
  locked: { meaning: 'another imgdl is using this target', again: 'when it has finished' },
  partial: {
    meaning: 'one or more of several images failed, perhaps all; --json has the details',
    again: 'see the details',
  },
  output: { meaning: 'the result could not be written to stdout', again: 'after a fix' },
};
/** No row of its own in the table of numbers: the signal is raised again after a checkpoint. */
export const SIGNAL_FACTS = { meaning: 'stopped by signal n; the partial download is kept', again: 'yes' };
