import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, type SecureContext } from 'node:tls';
import { unlessAborted, whenAborted } from '../../core/abort.js';
import { AppError } from '../../core/errors.js';
import { seconds } from '../limits.js';
import { type Addresses, placeText } from './addresses.js';
import { Race } from './race.js';

export interface Trust {
  /** Authorities and client certificate; always the same object. */
  readonly context: () => SecureContext;
  /** `--insecure`: any certificate will do. */
  readonly insecure: boolean;
}

export interface Dial {
  readonly attempted: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: plain TCP. */
  readonly trust: Trust | undefined;
  /** TLS inside of this connection (a proxy's tunnel) instead of a new one. */
  readonly over?: Duplex;
  readonly addresses: Addresses;
  /** Limit for the name, for each address, and for the TLS handshake, in milliseconds. */
  readonly connectMs: number;
  /** Takes what is read in place of the stream, which then has an end but no data. Not with `over`. */
  readonly onread?: OnReadOpts;
  readonly signal: AbortSignal;
}

/**
 * A connected socket, with TLS up if that was wanted. Rejects with Node's errors, an AggregateError of them for several
 * addresses, AppError net.dns, net.connect-timeout, or the signal's reason; never leaves a socket behind.
 */
export async function dial(options: Dial): Promise<Socket> {
  const { signal, trust, over } = options;
  if (signal.aborted) {
    over?.destroy();
    throw signal.reason;
  }
  if (over !== undefined && trust !== undefined) {
    const socket = connectTls({ ...tlsOptions(options, trust), socket: over });
    socket.on('error', () => undefined);
    socket.once('close', () => over.destroy());
    return await secured(socket, options, 'the proxy opened the tunnel');
  }
  const addresses = await addressesOf(options);
  return await new Promise((resolve, reject) => {
    new Race(
      { ...options, addresses, limitMs: options.connectMs, start: (address) => startSocket(options, address) },
      {
        late: (late) => options.addresses.late(late),
        lost: reject,
        won(socket, address) {
          options.addresses.inTime(address);
          const where = `TCP connected to ${placeText(address, options.port)}`;
          resolve(trust === undefined ? socket : secured(socket, options, where));
        },
      },
    ).run();
  });
}

/** A resolver has no end of its own that could be relied on, and cannot be stopped: whoever waits for it leaves. */
async function addressesOf({ addresses, host, attempted, connectMs, signal }: Dial): Promise<readonly string[]> {
  const limit = new AbortController();
  const unlisten = whenAborted(signal, () => limit.abort(signal.reason));
  const timer = setTimeout(
    () =>
      limit.abort(
        new AppError('net.dns', `${attempted}: the DNS server did not respond within ${seconds(connectMs)}`, {
          hint: "check this machine's DNS settings; run again",
        }),
      ),
    connectMs,
  );
  timer.unref();
  try {
    return await unlessAborted(addresses.of(host), limit.signal);
  } finally {
    clearTimeout(timer);
    unlisten();
  }
}

/**
 * Waits until TLS is up on a socket that is connected.
 * @param reached what has worked so far, for the message
 */
function secured(socket: Socket, { attempted, connectMs, signal }: Dial, reached: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let unlisten = (): void => {};
    const settle = (): void => {
      clearTimeout(timer);
      unlisten();
      socket.off('secureConnect', onReady).off('error', fail).off('close', onClose);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onReady = (): void => {
      settle();
      resolve(socket);
    };
    const onClose = (): void => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const timer = setTimeout(() => {
      const silent = `${reached}, but the server did not answer the TLS handshake within ${seconds(connectMs)}`;
      fail(
        new AppError('net.connect-timeout', `${attempted}: ${silent}`, {
          hint: 'check that this port speaks TLS, and any firewall on the way; run again',
        }),
      );
    }, connectMs);
    timer.unref();
    socket.once('secureConnect', onReady).once('error', fail).once('close', onClose);
    unlisten = whenAborted(signal, () => fail(signal.reason));
  });
}

function startSocket(options: Dial, address: string): Socket {
  const { port, trust, onread } = options;
  const to = {
    ...(onread === undefined ? {} : { onread }),
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };
  return trust === undefined ? connectTcp(to) : connectTls({ ...tlsOptions(options, trust), ...to });
}

function tlsOptions({ host }: Dial, trust: Trust): ConnectionOptions {
  return {
    host,
    // RFC 6066 section 3: no literal addresses in SNI. Node checks the certificate against `host` then.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    secureContext: trust.context(),
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no say.
    rejectUnauthorized: !trust.insecure,
  };
}
