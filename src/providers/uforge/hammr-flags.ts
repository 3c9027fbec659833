import type { ForeignFlag } from '../../core/foreign-flag.js';

/** The flags of hammr, whose single letters mean other things elsewhere. */
export const HAMMR_FLAGS: readonly ForeignFlag[] = [
  { flags: ['-a'], takes: 'value', becomes: (url) => [['url', url]] },
  // Not `-k 747`: that is curl's switch, and an id.
  { flags: ['-k', '--publickey'], takes: 'secret', like: /[^0-9]/, becomes: () => [['public-key', 'KEY']] },
  {
    flags: ['-s', '--secretkey'],
    takes: 'secret',
    becomes: () => [['secret-key-file', 'FILE']],
    why: 'no option takes a secret key',
  },
  {
    flags: ['-c', '--credentials'],
    takes: 'value',
    like: /\.hammr\/credentials\.(?:ya?ml|json)$/,
    why: 'imgdl reads this file by itself',
  },
  {
    flags: ['-c', '--credentials'],
    takes: 'value',
    like: /\.(?:ya?ml|json)$/,
    becomes: () => [['config', 'config.yaml']],
    why: 'copy url and user from that file into a configuration file of imgdl',
  },
];
