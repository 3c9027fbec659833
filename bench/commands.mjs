/**
 * The command lines. Each is a function of the scenario's context: {url, file, ca, digests, …}; `file` is where the
 * image has to be afterwards. Every tool runs as its manual shows it, silent, without retries of its own.
 */
import { IMGDL } from './tools.mjs';

const imgdl = (...args) => [process.execPath, IMGDL, ...args, '--json', '--progress', 'none'];
/** Commands in a row; $1, $2 … are the arguments. */
const shell = (script, ...args) => ['/bin/sh', '-c', script, 'sh', ...args];
const trust = (option, context) => (context.ca === undefined ? [] : [option, context.ca]);
const trustBy = (option, context) => (context.ca === undefined ? [] : [`${option}=${context.ca}`]);
const several = (option, connections) => (connections === undefined ? [] : [option, String(connections)]);

export const COMMANDS = {
  imgdl: (context, { connections, verified = true, rate } = {}) =>
    imgdl(
      ...['url', context.url, '-o', context.file],
      ...(verified ? ['--checksum', `md5:${context.digests.md5}`] : []),
      ...several('--connections', connections),
      ...(rate === undefined ? [] : ['--limit-rate', `${rate}`]),
      ...trust('--cacert', context),
    ),
  imgdlGlance: (context, { connections } = {}) =>
    imgdl('glance', 'image', context.image, '-o', context.file, ...several('--connections', connections)),
  imgdlKeys: (context) => imgdl('appliance', 'image', context.appliance, context.image, '-o', context.file),
  imgdlMany: (context) => imgdl('url', ...context.urls, '-o', `${context.directory}/`),
  imgdlVersion: () => [process.execPath, IMGDL, '--version'],
  imgdlHelp: () => [process.execPath, IMGDL, '--help'],
  imgdlCommandHelp: () => [process.execPath, IMGDL, 'glance', 'image', '--help'],
  node: () => [process.execPath, '-e', '0'],

  curl: (context) => curl(context),
  'curl, md5sum': (context) => shell(`file=$1; shift; "$@" && md5sum "$file"`, context.file, ...curl(context)),
  curlResume: (context) => [...curl(context), '-C', '-'],
  curlRate: (context, { rate }) => [...curl(context), '--limit-rate', `${rate}`],
  curlToken: (context) => [...curl(context), '-H', `X-Auth-Token: ${context.token}`],
  'curlToken, sums': (context) =>
    shell(
      `file=$1; shift; "$@" && md5sum "$file" && sha512sum "$file"`,
      ...[context.file, ...curl(context), '-H', `X-Auth-Token: ${context.token}`],
    ),
  /** What a script does without imgdl: fetch the metadata, cut the key out, spend it. */
  curlKey: (context, { verified = false } = {}) =>
    shell(
      `uri=$(curl -sS --fail -u "$2" "$3" | sed -n 's,.*<downloadUri>\\([^<]*\\)<.*,\\1,p') &&
       curl -sS --fail -o "$1" "$4/$uri"${verified ? ' && md5sum "$1" && sha256sum "$1"' : ''}`,
      ...[context.file, context.login, context.metadata, context.api],
    ),
  curlMany: (context) => shell('cd "$1" && xargs -P 8 -n 1 curl -sS --fail -O <"$2"', context.directory, context.list),
  md5sum: (context) => ['md5sum', context.served],

  wget: (context, { verified = false } = {}) => andSum(verified, context, wget(context)),
  wgetResume: (context) => [...wget(context), '-c'],
  wget2: (context, { verified = false } = {}) => andSum(verified, context, wget2(context)),
  aria2c: (context, { connections, verified = false, preallocate = true }) => [
    ...['aria2c', '-q', '--no-conf', '--max-tries=1', '--allow-overwrite=true', `-x${connections}`, `-s${connections}`],
    ...(preallocate ? [] : ['--file-allocation=none']),
    ...(verified ? [`--checksum=md5=${context.digests.md5}`] : []),
    ...trustBy('--ca-certificate', context),
    ...['-d', context.directory, '-o', context.name, context.url],
  ],
  axel: (context, { connections, verified = false }) =>
    andSum(verified, context, [
      ...['axel', '-q', '-n', String(connections), '-o', context.file],
      ...(context.ca === undefined ? [] : ['--insecure']), // it has no option for an authority
      context.url,
    ]),

  openstack: (context) => ['openstack', 'image', 'save', '--file', context.file, context.image],
  glance: (context) => ['glance', 'image-download', '--file', context.file, context.image],
};

function curl(context) {
  return ['curl', '-sS', '--fail', ...trust('--cacert', context), '-o', context.file, context.url];
}

function wget(context) {
  return [
    'wget',
    '-q',
    '--no-config',
    '--tries=1',
    ...trustBy('--ca-certificate', context),
    '-O',
    context.file,
    context.url,
  ];
}

function wget2(context) {
  return [
    'wget2',
    '-q',
    '--no-config',
    '--tries=1',
    ...trustBy('--ca-certificate', context),
    '-O',
    context.file,
    context.url,
  ];
}

function andSum(verified, context, command) {
  return verified ? shell(`file=$1; shift; "$@" && md5sum "$file"`, context.file, ...command) : command;
}
