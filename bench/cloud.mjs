/** A real Keystone and Glance (test/openstack/cloud.py), with one image of the size that is wanted. */
import { execFile, spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './tools.mjs';

const PYTHON = '/usr/bin/python3';
const SCRIPT = join(ROOT, 'test', 'openstack', 'cloud.py');

/** Undefined when it can run here, else what is missing. */
export function whyNoCloud() {
  const check = spawnSync(PYTHON, [SCRIPT, 'check'], { encoding: 'utf8', timeout: 60_000 });
  if (check.error !== undefined) return `${PYTHON}: ${check.error.message}`;
  return check.status === 0 ? undefined : check.stderr.trim();
}

/** Its services end by themselves when this process does. */
export async function startCloud(directory) {
  mkdirSync(directory, { recursive: true });
  const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, 'up', directory, String(process.pid)], {
    timeout: 180_000,
  });
  const facts = JSON.parse(readFileSync(stdout.trim(), 'utf8'));
  const endpoint = facts.glance.uwsgi; // what Glance's own installation guides put in front of it
  return {
    endpoint,
    token: facts.tokens.demo,
    env: {
      OS_AUTH_URL: facts.keystone,
      OS_USERNAME: 'demo',
      OS_PASSWORD: 'demo-pw',
      OS_PROJECT_NAME: 'demo',
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_REGION_NAME: 'RegionUwsgi',
      OS_IDENTITY_API_VERSION: '3',
    },
    upload: (path, bytes) => upload(endpoint, facts.tokens.admin, path, bytes),
    stop: () => stop(join(directory, 'serve.pid')),
  };
}

/** The id of the new image. */
async function upload(endpoint, token, path, bytes) {
  const fields = { name: 'bench', disk_format: 'raw', container_format: 'bare', visibility: 'public' };
  const body = JSON.stringify(fields);
  const made = await send(`${endpoint}/v2/images`, 'POST', token, 'application/json', Buffer.byteLength(body), (to) =>
    to.end(body),
  );
  const { id } = JSON.parse(made);
  await send(`${endpoint}/v2/images/${id}/file`, 'PUT', token, 'application/octet-stream', bytes, (to) =>
    createReadStream(path, { highWaterMark: 1024 * 1024 }).pipe(to),
  );
  return id;
}

function send(url, method, token, type, length, write) {
  return new Promise((resolve, reject) => {
    const headers = { 'X-Auth-Token': token, 'Content-Type': type, 'Content-Length': length };
    const outgoing = request(url, { method, headers, timeout: 300_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.once('end', () => {
        if (answer.statusCode < 300) resolve(text);
        else reject(new Error(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 200)}`));
      });
    });
    outgoing.once('error', reject).once('timeout', () => outgoing.destroy(new Error(`${method} ${url}: no answer`)));
    write(outgoing);
  });
}

async function stop(pidFile) {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; tries < 100; tries += 1) {
      process.kill(pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
