import type { ForeignFlag, MeantOption } from '../core/foreign-flag.js';

// No colon behind the word: what follows would be masked.
const NO_PASSWORD = 'no option takes a password, so put it in a file that only you can read';
const RESUMES = 'imgdl resumes by itself';
const REDIRECTS = 'imgdl follows redirects by itself';
const SERVER_NAME = "imgdl uses the server's file name by itself";

const PASSWORD_FILE: MeantOption = ['password-file', 'FILE'];
const DIGITS = /^\d+$/;
/** A name with an extension or a path, but no URL. */
const FILE = /^(?!\w+:\/\/).*[./]/;
const NO_URL = /^(?!\w+:\/\/)/;

const option =
  (key: string) =>
  (value: string): readonly MeantOption[] => [[key, value]];
const turnedOn = (key: string) => (): readonly MeantOption[] => [[key]];
const inSeconds =
  (key: string) =>
  (value: string): readonly MeantOption[] => [[key, `${Math.ceil(Number(value))}s`]];

/**
 * What users of curl, wget, aria2 and other clients type: THE table of their flags. Those of a service's own tools are
 * its provider's, and come first. The first row that fits counts.
 */
export const FOREIGN_FLAGS: readonly ForeignFlag[] = [
  // Who asks.
  {
    flags: ['-u', '--username', '--login', '--http-user'],
    takes: 'secret',
    like: /:/,
    becomes: (login) => [['user', login.slice(0, login.indexOf(':'))], PASSWORD_FILE],
    why: NO_PASSWORD,
  },
  { flags: ['-u', '--username', '--login', '--http-user'], takes: 'value', becomes: option('user') },
  {
    flags: ['-p', '--password', '--passwd', '--pass', '--http-password', '--os-password'],
    takes: 'secret',
    becomes: () => [PASSWORD_FILE],
    why: NO_PASSWORD,
  },
  { flags: ['--ask-password'], becomes: () => [PASSWORD_FILE], why: 'imgdl never asks for a password' },
  {
    flags: ['-H', '--header'],
    takes: 'secret',
    becomes: () => [['header-file', 'FILE']],
    why: 'no option takes a header, since it may be a secret, so put it in a file that only you can read',
  },

  // Where it goes.
  { flags: ['-O'], takes: 'value', like: FILE, becomes: option('output') },
  {
    flags: ['--output-document', '--file', '--out', '--outfile'],
    takes: 'value',
    like: NO_URL,
    becomes: option('output'),
  },
  { flags: ['-O', '-J', '--remote-name', '--remote-header-name', '--content-disposition'], why: SERVER_NAME },
  {
    flags: ['-P', '-d', '--directory-prefix', '--output-dir', '--dir'],
    takes: 'value',
    becomes: (directory) => [['output', directory.endsWith('/') ? directory : `${directory}/`]],
    why: (flag) => `${flag} is -o with a slash at the end here`,
  },
  { flags: ['--create-dirs'], why: 'imgdl creates the directory of -o DIR/ by itself' },
  { flags: ['--overwrite', '--clobber'], becomes: turnedOn('force') },
  { flags: ['-nc', '--no-clobber'], why: 'imgdl never replaces a file unless you say --force' },
  { flags: ['-N', '--timestamping'], becomes: turnedOn('update') },

  // By which way.
  { flags: ['-k', '--no-check-certificate', '--no-verify', '--skip-verify'], becomes: turnedOn('insecure') },
  { flags: ['--ca-certificate', '--capath', '--ca-directory'], takes: 'value', becomes: option('cacert') },
  { flags: ['-E', '--certificate', '--client-cert'], takes: 'value', becomes: option('cert') },
  { flags: ['--private-key', '--client-key'], takes: 'value', becomes: option('key') },
  {
    flags: ['-x', '--all-proxy', '--http-proxy', '--https-proxy'],
    takes: 'value',
    like: /\D/,
    becomes: option('proxy'),
  },
  { flags: ['-L', '--location', '--follow'], why: REDIRECTS },
  { flags: ['--max-redirect', '--max-redirs'], takes: 'value', why: REDIRECTS },

  // How long, how often, how much at once.
  { flags: ['-C', '--continue-at'], takes: 'value', like: /^(?:-|\d+)$/, why: RESUMES },
  { flags: ['-c', '-C', '--continue'], why: RESUMES },
  {
    flags: ['-r', '--range'],
    takes: 'value',
    like: /^[\d,-]+$/,
    why: 'imgdl downloads whole images, and resumes by itself',
  },
  {
    flags: ['-T', '--connect-timeout', '--read-timeout', '--timeout-sec'],
    takes: 'value',
    like: /^\d/,
    becomes: inSeconds('timeout'),
  },
  { flags: ['-m', '--max-time'], takes: 'value', like: /^\d/, becomes: inSeconds('deadline') },
  { flags: ['-t', '--retry', '--tries', '--max-tries'], takes: 'value', like: DIGITS, becomes: option('retries') },
  {
    flags: ['-x', '-s', '-j', '--split', '--max-connection-per-server', '--num-connections'],
    takes: 'value',
    like: DIGITS,
    becomes: option('connections'),
  },
  {
    flags: ['--max-speed', '--rate-limit', '--max-download-limit', '--max-overall-download-limit'],
    takes: 'value',
    becomes: (rate) => [['limit-rate', rate.toUpperCase()]],
  },
  {
    flags: ['--max-filesize', '--max-size', '--quota', '-Q'],
    takes: 'value',
    becomes: turnedOn('dry-run'),
    why: 'imgdl has no limit for the size, but -n shows it without downloading',
  },

  // What is said.
  { flags: ['-s', '-sS', '--silent', '-nv', '--no-verbose'], becomes: turnedOn('quiet') },
  { flags: ['-S', '--show-error'], why: 'imgdl always prints errors' },
  { flags: ['-#', '--progress-bar', '--show-progress'], becomes: () => [['progress', 'bar']] },
  { flags: ['--debug', '--server-response', '--trace'], becomes: turnedOn('verbose') },
  { flags: ['-I', '--head', '--spider', '--simulate'], becomes: turnedOn('dry-run') },

  // Which image.
  {
    flags: ['--id', '--image', '--image-id'],
    takes: 'value',
    argument: true,
    why: (flag) => `what follows ${flag} is an argument here`,
  },
];

/** A flag that nobody knows, but which has a secret behind it. */
export const ANY_SECRET: ForeignFlag = { flags: [], takes: 'secret', why: 'no option takes a password or a token' };
