/** What there is to compare with, and what imgdl itself can do yet. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const IMGDL = join(ROOT, 'bin', 'imgdl.js');

/** Name, how it says its version, and the Debian package that has it. */
const TOOLS = [
  ['curl', ['--version'], 'curl'],
  ['wget', ['--version'], 'wget'],
  ['wget2', ['--version'], 'wget2'],
  ['aria2c', ['--version'], 'aria2'],
  ['axel', ['--version'], 'axel'],
  ['openstack', ['--version'], 'python3-openstackclient'],
  ['glance', ['--version'], 'python3-glanceclient'],
  ['md5sum', ['--version'], 'coreutils'],
  ['sha512sum', ['--version'], 'coreutils'],
  ['xargs', ['--version'], 'findutils'],
  ['nginx', ['-v'], 'nginx-light'],
  ['openssl', ['version'], 'openssl'],
];

/** Every tool with its version, or `version: null` and the package to install. */
export function findTools() {
  const found = TOOLS.map(([name, args, from]) => {
    const path = programPath(name);
    return { name, version: path === undefined ? null : versionOf(path, args), package: from };
  });
  return [{ name: 'imgdl', version: versionOf(process.execPath, [IMGDL, '--version']), package: '' }, ...found];
}

/** The options that `imgdl url` has: scenarios for what is not built yet wait for it. */
export function imgdlFeatures() {
  const help =
    spawnSync(process.execPath, [IMGDL, 'url', '--help'], { encoding: 'utf8', timeout: 30_000 }).stdout ?? '';
  return featuresIn(help);
}

export function featuresIn(help) {
  const features = new Set();
  if (/^ *--connections\b/m.test(help)) features.add('connections');
  if (/^ *--limit-rate\b/m.test(help)) features.add('limit-rate');
  if (/^Usage: .*<?url(s)?\.\.\./m.test(help)) features.add('several images');
  return features;
}

export function programPath(name) {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return places.map((place) => join(place, name)).find((path) => existsSync(path) && isExecutable(path));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function versionOf(program, args) {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  return /\d+(?:\.\d+)+/.exec(`${stdout ?? ''}\n${stderr ?? ''}`)?.[0] ?? 'unknown';
}
