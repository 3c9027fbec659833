import { spawnSync } from 'node:child_process';
import { IMGDL } from '../../support/imgdl.js';
import { programPath } from '../../support/processes.js';
import { GLANCE_ID, type Origin } from '../origin.js';

/** What a command line is made of. */
export interface Job {
  readonly origin: Origin;
  /** Where the image has to be. */
  readonly file: string;
  readonly directory: string;
  readonly name: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string | undefined;
  /** A secret header for the server, where the scene has one; and the file in which imgdl reads it. */
  readonly token: { readonly field: string; readonly file: string } | undefined;
}

export interface Tool {
  readonly name: string;
  readonly program: string;
  /** Asks for the object as an image of Glance, not as a plain URL. */
  readonly service: 'url' | 'glance';
  /** As its manual says for downloads that may break off: it retries, and continues what is there. */
  argv(job: Job): readonly string[];
}

/** Seconds without a byte after which a tool gives up, where it can be told. */
const PATIENCE_S = 5;

const when = (given: unknown, ...words: readonly string[]): readonly string[] => (given === undefined ? [] : words);
const urlOf = ({ origin, name }: Job): string => `${origin.url}/files/${name}`;
const imgdl = (...words: readonly string[]): readonly string[] => [
  ...[process.execPath, IMGDL, ...words, '--timeout', `${PATIENCE_S}s`, '--retries', '3'],
];

export const TOOLS: readonly Tool[] = [
  {
    name: 'imgdl',
    program: process.execPath,
    service: 'url',
    argv: (job) => [
      ...imgdl('url', urlOf(job), '-o', job.name),
      ...when(job.ca, '--cacert', job.ca ?? ''),
      ...when(job.token, '--header-file', job.token?.file ?? ''),
    ],
  },
  {
    name: 'curl',
    program: 'curl',
    service: 'url',
    argv: (job) => [
      ...['curl', '-q', '-sS', '--fail', '-L', '-C', '-', '--retry', '3', '--retry-all-errors'],
      ...['--speed-limit', '1', '--speed-time', String(PATIENCE_S)],
      ...when(job.ca, '--cacert', job.ca ?? ''),
      ...when(job.token, '-H', job.token?.field ?? ''),
      ...['-o', job.name, urlOf(job)],
    ],
  },
  {
    name: 'wget',
    program: 'wget',
    service: 'url',
    argv: (job) => [
      ...['wget', '-q', '--no-config', '-c', '--tries=4', '--waitretry=1', `--timeout=${PATIENCE_S}`],
      ...when(job.ca, `--ca-certificate=${job.ca}`),
      ...when(job.token, `--header=${job.token?.field}`),
      urlOf(job),
    ],
  },
  {
    name: 'wget2',
    program: 'wget2',
    service: 'url',
    argv: (job) => [
      ...['wget2', '-q', '--no-config', '-c', '--tries=4', '--waitretry=1', `--timeout=${PATIENCE_S}`],
      ...when(job.ca, `--ca-certificate=${job.ca}`),
      ...when(job.token, `--header=${job.token?.field}`),
      urlOf(job),
    ],
  },
  {
    name: 'aria2c',
    program: 'aria2c',
    service: 'url',
    argv: (job) => [
      ...['aria2c', '-q', '--no-conf', '-c', '--max-tries=4', '--retry-wait=1', `--timeout=${PATIENCE_S}`],
      ...when(job.ca, `--ca-certificate=${job.ca}`),
      ...when(job.token, `--header=${job.token?.field}`),
      ...['-o', job.name, urlOf(job)],
    ],
  },
  {
    name: 'axel',
    program: 'axel',
    service: 'url',
    argv: (job) => [
      ...['axel', '-q', `--timeout=${PATIENCE_S}`],
      ...when(job.ca, '--insecure'), // it has no option for an authority
      ...when(job.token, '-H', job.token?.field ?? ''),
      ...['-o', job.name, urlOf(job)],
    ],
  },
  {
    name: 'imgdl glance',
    program: process.execPath,
    service: 'glance',
    argv: ({ name }) => imgdl('glance', 'image', GLANCE_ID, '-o', name),
  },
  {
    name: 'openstack image save',
    program: 'openstack',
    service: 'glance',
    argv: ({ origin, name }) => [
      ...['openstack', '--os-auth-type', 'admin_token', '--os-endpoint', `${origin.url}/glance/v2`],
      ...['--os-token', origin.canaries.token, 'image', 'save', '--file', name, GLANCE_ID],
    ],
  },
  {
    name: 'glance image-download',
    program: 'glance',
    service: 'glance',
    argv: ({ origin, name }) => [
      ...['glance', '--os-image-url', `${origin.url}/glance`, '--os-auth-token', origin.canaries.token],
      ...['image-download', '--file', name, GLANCE_ID],
    ],
  },
];

/** Undefined: not installed. */
export function versionOf({ program }: Tool): string | undefined {
  const words = program === process.execPath ? [process.execPath, IMGDL] : [program];
  const [path = ''] = words;
  if (!path.startsWith('/') && programPath(path) === undefined) return undefined;
  const { stdout, stderr } = spawnSync(path, [...words.slice(1), '--version'], { encoding: 'utf8', timeout: 60_000 });
  return /\d+(?:\.\d+)+/.exec(`${stdout}\n${stderr}`)?.[0] ?? 'unknown';
}
