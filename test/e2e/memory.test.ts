import { spawn } from 'node:child_process';
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { hasNginx, type Nginx, startNginx } from '../support/nginx.js';
import { ended } from '../support/processes.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';

const MIB = 2 ** 20;
const SMALL = 64 * MIB;
const LARGE = 512 * MIB;
/** `npm run memory` sets it: GiB that stream to stdout. */
const STREAMED = Number(process.env['IMGDL_MEMORY'] ?? 0.5) * 1024 * MIB;
const NODE_24 = Number(process.versions.node.split('.')[0]) >= 24;
/**
 * What eight times the size may cost more. Node 24 takes one step of 16 to 24 MiB before 1 GiB, and none from there to
 * 16 GiB: measured, with four connections.
 */
const GROWTH = NODE_24 ? 32 * MIB : 16 * MIB;
/**
 * What sixteen times the connections may cost more. What looks into the image is loaded while all buffers are still
 * there, 5 MiB. Node 24 keeps more beside V8's heap while much is going on: 28 MiB more. Both measured.
 */
const GROWTH_BY_CONNECTIONS = NODE_24 ? 40 * MIB : 24 * MIB;
const MOST = 160 * MIB;
/** A busy machine may let something wait that otherwise would not: what never stays below has grown. */
const ATTEMPTS = 3;

/** At its exit the process tells its own peak, all threads included, in KiB. */
const TELL_PEAK = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`;

describe.skipIf(!hasNginx)(
  `peak memory${hasNginx ? '' : ' [skipped: nginx is not installed]'}`,
  { timeout: 300_000 + STREAMED / 100_000 },
  () => {
    let bench: Workbench;
    let nginx: Nginx;
    beforeAll(async () => {
      bench = makeWorkbench();
      const files = { small: Buffer.alloc(0), large: Buffer.alloc(0), streamed: Buffer.alloc(0) };
      nginx = await startNginx({ files });
      for (const [name, size] of Object.entries({ small: SMALL, large: LARGE, streamed: STREAMED })) {
        const fd = openSync(join(nginx.root, name), 'r+');
        ftruncateSync(fd, size);
        closeSync(fd);
      }
    });
    afterAll(async () => {
      await nginx.stop();
      bench.clear();
    });

    const peak = async (name: string, connections: number, output: string): Promise<number> => {
      const sink = openSync('/dev/null', 'w');
      const over = output === '-' ? [] : ['--force'];
      const options = ['-o', output, ...over, '--connections', `${connections}`, '--progress', 'none'];
      const args = ['--import', TELL_PEAK, IMGDL, 'url', `${nginx.url}/${name}`, ...options];
      const child = spawn(process.execPath, args, {
        cwd: bench.directory,
        env: cleanEnvironment(),
        stdio: ['ignore', sink, 'pipe'],
      });
      closeSync(sink);
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const { code } = await ended(child);
      expect(code, said).toBe(0);
      return Number(/^peak (\d+)$/m.exec(said)?.[1]) * 1024;
    };

    /** The least difference of a few tries, and the highest peak of the last. */
    const growth = async (
      allowed: number,
      from: () => Promise<number>,
      to: () => Promise<number>,
    ): Promise<[number, number]> => {
      let least = Number.POSITIVE_INFINITY;
      let highest = 0;
      for (let attempt = 0; attempt < ATTEMPTS && least > allowed; attempt += 1) {
        const less = await from();
        const more = await to();
        highest = Math.max(less, more);
        least = Math.min(least, more - less);
      }
      return [least, highest];
    };

    type Run = readonly [name: string, connections: number, output: string];
    test.each<readonly [string, Run, Run]>([
      ['with the size of a file', ['small', 1, 'f'], ['large', 1, 'f']],
      ['with the number of connections', ['large', 1, 'f'], ['large', 16, 'f']],
      ['with the size of a stream', ['small', 1, '-'], ['streamed', 1, '-']],
      ['with the size of a stream from several connections', ['small', 4, '-'], ['streamed', 4, '-']],
    ])('does not grow %s', async (_, less, more) => {
      const allowed = less[1] === more[1] ? GROWTH : GROWTH_BY_CONNECTIONS;
      const [grown, highest] = await growth(
        allowed,
        () => peak(...less),
        () => peak(...more),
      );
      expect(grown).toBeLessThanOrEqual(allowed);
      expect(highest).toBeGreaterThan(20 * MIB);
      expect(highest).toBeLessThanOrEqual(MOST);
    });
  },
);
