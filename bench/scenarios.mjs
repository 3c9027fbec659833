/**
 * What is compared, as data. A scenario has one server and several contestants, which take turns; a contestant is a
 * command line (commands.mjs) of a tool. `needs` names what imgdl must be able to do first: until `imgdl url --help`
 * shows it, the row says "not yet".
 *
 * `share` of --size is the scenario's size: slow lines and slow servers get less, so that a run ends in bounded time.
 */
import { COMMANDS } from './commands.mjs';
import { LATENCY_MS, LIMITED_BYTES_PER_S, MANY } from './servers.mjs';
import { MIB } from './units.mjs';

export const RATE = '50M';
export const RATE_BYTES_PER_S = 50 * MIB;

/** @param verified what the tool proves: 'md5', 'sha512 md5' …, or '' */
function row(name, tool, verified, command, more = {}) {
  return { name, tool, verified, command, ...more };
}

/** As it comes: `--connections auto`. */
const plain = row('imgdl', 'imgdl', 'md5', (c) => COMMANDS.imgdl(c));
const connected = (connections) =>
  row(
    `imgdl, ${connections} connection${connections === 1 ? '' : 's'}`,
    'imgdl',
    'md5',
    (c) => COMMANDS.imgdl(c, { connections }),
    {
      needs: 'connections',
    },
  );
const curl = row('curl', 'curl', '', COMMANDS.curl);
const curlSum = row('curl; md5sum', 'curl', 'md5', COMMANDS['curl, md5sum']);
const aria = (connections) =>
  row(`aria2c -x${connections} --checksum`, 'aria2c', 'md5', (c) =>
    COMMANDS.aria2c(c, { connections, verified: true }),
  );
const ariaLazy = (connections) =>
  row(`aria2c -x${connections}, no preallocation`, 'aria2c', 'md5', (c) =>
    COMMANDS.aria2c(c, { connections, verified: true, preallocate: false }),
  );

export const SCENARIOS = [
  {
    name: 'plain',
    title: 'nginx, plain HTTP',
    server: 'nginx',
    share: 1,
    contestants: [
      plain,
      connected(1),
      connected(4),
      connected(16),
      row('imgdl, no digest given', 'imgdl', '', (c) => COMMANDS.imgdl(c, { verified: false })),
      curl,
      row('md5sum', 'md5sum', '', COMMANDS.md5sum, { writes: false }),
      curlSum,
      row('wget', 'wget', '', (c) => COMMANDS.wget(c)),
      row('wget; md5sum', 'wget', 'md5', (c) => COMMANDS.wget(c, { verified: true })),
      row('wget2', 'wget2', '', (c) => COMMANDS.wget2(c)),
      row('wget2; md5sum', 'wget2', 'md5', (c) => COMMANDS.wget2(c, { verified: true })),
      row('aria2c -x4', 'aria2c', '', (c) => COMMANDS.aria2c(c, { connections: 4 })),
      aria(4),
      ariaLazy(4),
      row('axel -n 4', 'axel', '', (c) => COMMANDS.axel(c, { connections: 4 })),
      row('axel -n 4; md5sum', 'axel', 'md5', (c) => COMMANDS.axel(c, { connections: 4, verified: true })),
    ],
  },
  {
    name: 'tls',
    title: 'nginx, TLS',
    server: 'nginx TLS',
    share: 1,
    contestants: [
      plain,
      connected(1),
      connected(4),
      curl,
      curlSum,
      row('wget; md5sum', 'wget', 'md5', (c) => COMMANDS.wget(c, { verified: true })),
      row('wget2; md5sum', 'wget2', 'md5', (c) => COMMANDS.wget2(c, { verified: true })),
      aria(4),
      row('axel -n 4 --insecure; md5sum', 'axel', 'md5', (c) => COMMANDS.axel(c, { connections: 4, verified: true })),
    ],
  },
  {
    name: 'limited',
    title: `nginx, each connection limited to ${LIMITED_BYTES_PER_S / 1e6} MB/s`,
    server: 'nginx limit_rate',
    share: 1 / 4,
    contestants: [
      plain,
      connected(8),
      curl,
      aria(8),
      row('axel -n 8', 'axel', '', (c) => COMMANDS.axel(c, { connections: 8 })),
    ],
  },
  {
    name: 'latency',
    title: `nginx, ${LATENCY_MS} ms away`,
    server: 'nginx far away',
    share: 1 / 4,
    contestants: [
      plain,
      connected(1),
      connected(4),
      curl,
      curlSum,
      ariaLazy(4),
      row('axel -n 4', 'axel', '', (c) => COMMANDS.axel(c, { connections: 4 })),
    ],
  },
  {
    name: 'glance',
    title: 'a real Glance under uWSGI, log-in included',
    server: 'glance',
    share: 1 / 2,
    contestants: [
      row('imgdl', 'imgdl', 'sha512 md5', (c) => COMMANDS.imgdlGlance(c)),
      row('imgdl, 4 connections', 'imgdl', 'sha512 md5', (c) => COMMANDS.imgdlGlance(c, { connections: 4 }), {
        needs: 'connections',
      }),
      row('openstack image save', 'openstack', 'md5', COMMANDS.openstack),
      row('glance image-download', 'glance', 'sha512', COMMANDS.glance),
      row('curl with a token', 'curl', '', COMMANDS.curlToken),
      row('curl with a token; md5sum; sha512sum', 'curl', 'sha512 md5', COMMANDS['curlToken, sums']),
    ],
  },
  {
    name: 'keys',
    title: 'the sandbox: UForge with single-use keys',
    server: 'sandbox',
    share: 1 / 8,
    contestants: [
      row('imgdl', 'imgdl', 'sha256 md5', COMMANDS.imgdlKeys),
      row('curl for the key, then curl', 'curl', '', (c) => COMMANDS.curlKey(c)),
      row('curl, curl; md5sum; sha256sum', 'curl', 'sha256 md5', (c) => COMMANDS.curlKey(c, { verified: true })),
    ],
  },
  {
    name: 'resume',
    title: 'killed with kill -9 at half, then the same command again',
    server: 'nginx behind a front',
    share: 1 / 2,
    contestants: [
      { ...plain, half: 'killed' },
      row('curl -C -', 'curl', '', COMMANDS.curlResume, { half: 'copied' }),
      row('wget -c', 'wget', '', COMMANDS.wgetResume, { half: 'copied' }),
    ],
  },
  {
    name: 'rate',
    title: `a limit of ${RATE}iB/s of our own`,
    server: 'nginx',
    share: 1 / 8,
    contestants: [
      row('imgdl --limit-rate', 'imgdl', 'md5', (c) => COMMANDS.imgdl(c, { rate: RATE }), { needs: 'limit-rate' }),
      row('curl --limit-rate', 'curl', '', (c) => COMMANDS.curlRate(c, { rate: RATE })),
    ],
  },
  {
    name: 'many',
    title: `the sandbox: ${MANY} images of 1 KiB`,
    server: 'sandbox with many',
    bytes: 1024,
    files: MANY,
    contestants: [
      row('imgdl', 'imgdl', '', COMMANDS.imgdlMany, { needs: 'several images' }),
      row('xargs -P 8 curl', 'xargs', '', COMMANDS.curlMany),
    ],
  },
  {
    name: 'many-nginx',
    title: `nginx: ${MANY} images of 1 KiB`,
    server: 'nginx with many',
    bytes: 1024,
    files: MANY,
    contestants: [
      row('imgdl', 'imgdl', '', COMMANDS.imgdlMany, { needs: 'several images' }),
      row('xargs -P 8 curl', 'xargs', '', COMMANDS.curlMany),
    ],
  },
  {
    name: 'startup',
    title: 'start',
    server: 'none',
    bytes: 0,
    contestants: [
      row('node -e 0', 'imgdl', '', COMMANDS.node, { writes: false }),
      row('imgdl --version', 'imgdl', '', COMMANDS.imgdlVersion, { writes: false }),
      row('imgdl --help', 'imgdl', '', COMMANDS.imgdlHelp, { writes: false }),
      row('imgdl COMMAND --help', 'imgdl', '', COMMANDS.imgdlCommandHelp, { writes: false }),
    ],
  },
];

/** Bytes of one image of a scenario. */
export function bytesOf(scenario, size) {
  return scenario.bytes ?? Math.max(MIB, Math.round(size * scenario.share));
}
