import type { ForeignFlag } from '../../core/foreign-flag.js';

/** How other tools log in to a web server; `--user` is a service's own. */
export const LOGIN_FLAGS: readonly ForeignFlag[] = [
  {
    flags: ['-u', '--username', '--http-user', '-p', '--password', '--http-password'],
    takes: 'secret',
    becomes: () => [['netrc']],
    why: 'put the login for a plain URL in ~/.netrc',
  },
];
