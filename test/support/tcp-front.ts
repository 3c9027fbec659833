import { connect, createServer, type Socket } from 'node:net';

export interface FrontOptions {
  /** Port of 127.0.0.1 where the bytes come from. */
  readonly target: number;
  /** Only connections whose request line contains this are slowed or cut; the others pass untouched. */
  readonly only: string;
  /** Per connection, evenly spread. */
  readonly bytesPerS?: number;
  /** The first such connection is reset after the first number of response bytes, and so on; the rest live. */
  readonly cutAfter?: readonly number[];
  /** Silence before each cut. */
  readonly holdMs?: number;
}

export interface FrontRequest {
  /** `GET /v2/images/…/file` */
  readonly line: string;
  /** Value of Range, or empty. */
  readonly range: string;
  /** Response bytes passed on so far, headers included. */
  bytes: number;
}

export interface Front {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The treated requests, oldest first. */
  readonly requests: readonly FrontRequest[];
  stop(): Promise<void>;
}

/** A plain TCP hop in front of a real server: slow and unreliable where the server itself never is. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const requests: FrontRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(options.target, '127.0.0.1');
    let treated: FrontRequest | undefined;
    let cutAt: number | undefined;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    const reset = () => {
      client.resetAndDestroy();
      upstream.destroy();
    };
    client.on('data', (chunk: Buffer) => {
      const line = /^(GET [^ ]+) HTTP/.exec(chunk.toString('latin1'))?.[1];
      if (line?.includes(options.only)) {
        treated = { line, range: /\r\nrange: *([^\r]*)/i.exec(chunk.toString('latin1'))?.[1] ?? '', bytes: 0 };
        cutAt = options.cutAfter?.[requests.length];
        requests.push(treated);
      }
      upstream.write(chunk);
    });
    client.on('end', () => upstream.end()).on('close', () => upstream.destroy());
    upstream.on('end', () => client.end());
    upstream.on('data', (chunk: Buffer) => {
      if (treated === undefined) {
        client.write(chunk);
        return;
      }
      const last = cutAt !== undefined && treated.bytes + chunk.length >= cutAt;
      const part = last ? chunk.subarray(0, (cutAt ?? 0) - treated.bytes) : chunk;
      treated.bytes += part.length;
      upstream.pause();
      // The next bytes are taken when these have gone out and their time has passed.
      client.write(part, () => {
        const rest = options.bytesPerS === undefined ? 0 : (part.length / options.bytesPerS) * 1000;
        setTimeout(last ? reset : () => upstream.resume(), last ? (options.holdMs ?? 0) : rest);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
