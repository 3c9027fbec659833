/**
 * The servers of the scenarios by name. Each takes {directory, bytes} and answers with
 * {context, stop}: the context is what command lines are made of (commands.mjs).
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, until } from './child.mjs';
import { startCloud, whyNoCloud } from './cloud.mjs';
import { writeContent } from './content.mjs';
import { startNginx } from './nginx.mjs';
import { IMGDL, programPath } from './tools.mjs';
import { MIB } from './units.mjs';

/** nginx understands 20m as 20 MiB; the scenario speaks of 20 MB. */
export const LIMITED_BYTES_PER_S = 20_000_000;
export const LATENCY_MS = 40;
/** What Linux lets a connection have on its way with the 6 MiB of its default tcp_rmem, half of which is overhead. */
const WINDOW_BYTES = 3 * MIB;
export const MANY = 1000;

export const SERVERS = {
  none: { missing: () => undefined, start: async () => ({ context: {}, stop: async () => {} }) },
  nginx: { missing: noNginx, start: (place) => withNginx(place, {}) },
  'nginx TLS': {
    missing: () => noNginx() ?? (programPath('openssl') ? undefined : 'openssl is not installed'),
    start: (place) => withNginx(place, { tls: true }),
  },
  'nginx limit_rate': { missing: noNginx, start: (place) => withNginx(place, { limitRate: LIMITED_BYTES_PER_S }) },
  'nginx behind a front': { missing: noNginx, start: (place) => behindFront(place, 0) },
  'nginx far away': { missing: noNginx, start: (place) => behindFront(place, LATENCY_MS) },
  'nginx with many': { missing: noNginx, start: withMany },
  glance: { missing: whyNoCloud, start: withGlance },
  sandbox: { missing: () => undefined, start: withSandbox },
  'sandbox with many': { missing: () => undefined, start: withManyOfSandbox },
};

function noNginx() {
  return programPath('nginx') === undefined ? 'nginx is not installed: apt-get install nginx-light' : undefined;
}

async function withNginx({ directory, bytes }, options) {
  const root = join(directory, 'root');
  mkdirSync(root);
  const served = join(root, 'image.img');
  const digests = writeContent(served, bytes);
  const nginx = await startNginx({ directory, root, ...options });
  return {
    context: { url: `${nginx.url}/image.img`, port: nginx.port, ca: nginx.ca, served, digests, env: {} },
    stop: nginx.stop,
  };
}

async function behindFront(place, delayMs) {
  const { context, stop } = await withNginx(place, {});
  const script = fileURLToPath(new URL('front.mjs', import.meta.url));
  const front = startChild(process.execPath, [script, context.port, delayMs, WINDOW_BYTES].map(String));
  const facts = linesOf(front.child.stdout);
  const port = await until('the front', front, 10_000, () => facts[0]?.port);
  return {
    context: { ...context, url: `http://127.0.0.1:${port}/image.img`, answers: facts },
    stop: async () => {
      await front.stop();
      await stop();
    },
  };
}

async function withMany({ directory }) {
  const root = join(directory, 'root');
  mkdirSync(root);
  const names = Array.from({ length: MANY }, (_, index) => `image-${String(index).padStart(4, '0')}.img`);
  for (const name of names) writeContent(join(root, name), 1024);
  const nginx = await startNginx({ directory, root });
  const urls = names.map((name) => `${nginx.url}/${name}`);
  return { context: { urls, list: listOf(urls, directory), env: {} }, stop: nginx.stop };
}

/** For xargs. */
function listOf(urls, directory) {
  const list = join(directory, 'urls');
  writeFileSync(list, `${urls.join('\n')}\n`);
  return list;
}

async function withGlance({ directory, bytes }) {
  const cloud = await startCloud(join(directory, 'cloud'));
  try {
    const source = join(directory, 'source.img');
    const digests = writeContent(source, bytes);
    const id = await cloud.upload(source, bytes);
    rmSync(source);
    const url = `${cloud.endpoint}/v2/images/${id}/file`;
    return { context: { image: id, url, token: cloud.token, digests, env: cloud.env }, stop: cloud.stop };
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

/** Its digests are made on the first look at the metadata: the warm-up round pays for that. */
async function withSandbox({ bytes }) {
  const { facts, stop } = await startSandbox('--keys-only', '--size', String(bytes));
  const { IMGDL_URL, IMGDL_USER, IMGDL_PASSWORD, SANDBOX_APPLIANCE, SANDBOX_IMAGE } = facts;
  return {
    context: {
      appliance: SANDBOX_APPLIANCE,
      image: SANDBOX_IMAGE,
      metadata: `${IMGDL_URL}/users/${IMGDL_USER}/appliances/${SANDBOX_APPLIANCE}/images/${SANDBOX_IMAGE}`,
      api: IMGDL_URL,
      login: `${IMGDL_USER}:${IMGDL_PASSWORD}`,
      env: { IMGDL_URL, IMGDL_USER, IMGDL_PASSWORD },
    },
    stop,
  };
}

/** Its plain files, which every tool can fetch. */
async function withManyOfSandbox({ directory }) {
  const { facts, stop } = await startSandbox('--images', String(MANY), '--size', String(MIB));
  const urls = Array.from(
    { length: MANY },
    (_, index) => new URL(`image-${String(index).padStart(4, '0')}.raw`, facts.SANDBOX_FILE_URL).href,
  );
  return { context: { urls, list: listOf(urls, directory), env: {} }, stop };
}

async function startSandbox(...options) {
  const server = startChild(process.execPath, [IMGDL, 'sandbox', ...options]);
  let text = '';
  server.child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await until('the sandbox', server, 60_000, () => (server.errors().includes('is ready') ? true : undefined));
  const facts = Object.fromEntries(
    [...text.matchAll(/^export (\w+)='([^']*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  return { facts, stop: () => server.stop() };
}

/** The JSON lines of a stream, in an array that grows. */
function linesOf(stream) {
  const facts = [];
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) facts.push(JSON.parse(line));
  });
  return facts;
}
