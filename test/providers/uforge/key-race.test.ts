/**
 * Some servers show a new one-time key to everybody who looks at an image, and void the one before. Two runs that look
 * and download in step then void each other's keys.
 */
import { describe, expect, test } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Reply, Transport } from '#imgdl/core/http.js';
import { stream } from '#imgdl/engine/stream.js';
import { provider } from '#imgdl/providers/uforge/index.js';
// Loaded before time passes.
import '#imgdl/providers/uforge/source.js';
import { SHAPES } from '#imgdl/providers/uforge/kinds.js';
import { providerPorts } from '../../support/provider-ports.js';
import { runResources } from '../../support/run-resources.js';
import { transferOptions } from '../../support/transfer-options.js';
import { BASIC, IDS } from '../../support/uforge-play.js';
import { imageXml, sample } from '../../support/uforge-server.js';
import { VirtualTime } from '../../support/virtual-time.js';

const CONTENT = Buffer.from('the bytes of the image');
const IMAGE = 'users/alice/appliances/1/images/2';

interface ServerOptions {
  /** Of a request on its way there, and of the answer on its way back, usually at most. */
  readonly latencyMs: number;
  readonly dead?: 401 | 403 | 404 | 'page';
  /** Every key is refused, whatever it is. */
  readonly refusesAll?: boolean;
}

/** Mints at every look, and voids what it minted before. */
class VoidingServer {
  #minted = 0;
  #live = '';
  refused = 0;
  /** In their order: `look`, or the parameter that a key came under. */
  readonly requests: string[] = [];

  constructor(
    readonly time: VirtualTime,
    readonly options: ServerOptions,
  ) {}

  /** The way of one client to it. */
  transport(random: () => number): Transport {
    // Now and then a request takes long: the other run looks twice in between.
    const travel = (): Promise<void> => this.time.sleep(random() * this.options.latencyMs * (random() < 0.3 ? 8 : 1));
    return {
      call: async (): Promise<Reply> => {
        await travel();
        const text = this.#look();
        await travel();
        return { status: 200, headers: new Map(), text };
      },
      open: async ({ url }) => {
        await travel();
        const [status, type, body] = this.#spend(url);
        await travel();
        async function* bytes(): AsyncGenerator<Uint8Array> {
          yield body;
        }
        const headers = new Map([
          ['content-type', type],
          ['content-length', String(body.length)],
        ]);
        return { status, headers, body: bytes(), cancel: () => {} };
      },
    };
  }

  #look(): string {
    this.#minted += 1;
    this.#live = `${String(this.#minted).padStart(4, '0')}301bd7313b9db1fa9d50ce3b85f0`;
    this.requests.push('look');
    const facts = { md5sum: undefined, fileSize: String(CONTENT.length) };
    return imageXml({ ...sample('2', this.#live, IMAGE), ...facts });
  }

  #spend(url: URL): [number, string, Buffer] {
    const { refusesAll = false, dead = 401 } = this.options;
    this.requests.push(url.searchParams.has('id') ? 'id' : 'downloadId');
    if (!refusesAll && url.searchParams.get('downloadId') === this.#live) {
      this.#live = '';
      return [200, 'application/octet-stream', CONTENT];
    }
    this.refused += 1;
    if (dead === 'page') return [200, 'text/html', Buffer.from('<html>Log in</html>')];
    return [dead, 'text/plain', Buffer.from('no')];
  }
}

/** Park and Miller's generator: the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** One run of the program, as far as it is about keys. */
async function run(server: VoidingServer, seed: number): Promise<string | AppError> {
  const clock = server.time.clock(randomOf(seed));
  const transport = server.transport(randomOf(seed + 1_000_000));
  const world = { transport, options: { ...BASIC, via: 'key' }, secrets: { password: 'pw' } };
  const source = await provider.source(SHAPES.image.command, IDS.image, providerPorts(world));
  const chunks: Uint8Array[] = [];
  const request = { source, options: transferOptions({ retries: 8 }), tool: 'imgdl 0' };
  const ports = { transport, clock, report: () => {}, ...runResources() };
  try {
    await stream(request, ports, async (bytes) => void chunks.push(bytes), new AbortController().signal);
    return Buffer.concat(chunks).toString();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

async function runs(count: number, options: ServerOptions, seed = 0) {
  const server = new VoidingServer(new VirtualTime(), options);
  const ends = await server.time.run(Array.from({ length: count }, (_, at) => run(server, seed * 100 + at * 7)));
  return { ends, server };
}

describe('runs that void the keys of each other', () => {
  test.each<[string, number, ServerOptions]>([
    ['two, near the server', 2, { latencyMs: 1 }],
    ['two, far from it', 2, { latencyMs: 150 }],
    ['two, a 403 for a dead key', 2, { latencyMs: 20, dead: 403 }],
    ['two, a 404 for a dead key', 2, { latencyMs: 20, dead: 404 }],
    ['two, a log-in page for a dead key', 2, { latencyMs: 5, dead: 'page' }],
    ['three', 3, { latencyMs: 5 }],
  ])('%s: all end well, however they meet', async (_, count, options) => {
    let most = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const { ends, server } = await runs(count, options, seed);
      expect(ends).toEqual(Array(count).fill(CONTENT.toString()));
      most = Math.max(most, server.refused);
    }
    // A page is only followed by a new key after a pause, in which the other run is done.
    expect(most).toBeGreaterThan(options.dead === 'page' ? 0 : count);
    expect(most).toBeLessThan(count * 15);
  });

  test('a run alone needs one key', async () => {
    const { ends, server } = await runs(1, { latencyMs: 20 });
    expect([ends, server.requests]).toEqual([[CONTENT.toString()], ['look', 'look', 'downloadId']]);
  });
});

describe('a server that refuses every key', () => {
  test.each<[number | 'page', number, string]>([
    [401, 3, 'auth.refused'],
    [403, 3, 'auth.forbidden'],
    [404, 4, 'not-found.image'],
    ['page', 8, 'proto.not-image'],
  ])('with %s ends the run with exit %i after a few, in less than a minute', async (dead, exit, code) => {
    const { ends, server } = await runs(1, { latencyMs: 20, refusesAll: true, dead: dead as 401 });
    expect(ends[0]).toMatchObject({ code, exit, hint: expect.stringMatching(/./) });
    expect(server.refused).toBeLessThanOrEqual(15);
    expect(server.time.now).toBeLessThan(60_000);
    const tried = server.requests.filter((what) => what !== 'look').slice(0, 3);
    expect(tried).toEqual(['downloadId', 'downloadId', 'id']);
  });
});
