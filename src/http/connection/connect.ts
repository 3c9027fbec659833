import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { whenAborted } from '../../core/abort.js';
import { AppError } from '../../core/errors.js';
import { seconds } from '../limits.js';

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
  /** Limit for connection and TLS handshake together, in milliseconds. */
  readonly connectMs: number;
  /** Takes what is read in place of the stream, which then has an end but no data. Not with `over`. */
  readonly onread?: OnReadOpts;
  readonly signal: AbortSignal;
}

/**
 * A connected socket, with TLS up if that was wanted. Rejects with Node's errors, AppError net.connect-timeout, or
 * the signal's reason; never leaves a socket behind.
 */
export function dial(options: Dial): Promise<Socket> {
  const { signal, connectMs } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      options.over?.destroy();
      reject(signal.reason);
      return;
    }
    const socket = startSocket(options);
    const ready = options.trust === undefined ? 'connect' : 'secureConnect';

    let unlisten = (): void => {};
    const settle = (): void => {
      clearTimeout(timer);
      unlisten();
      socket.off(ready, onReady);
      socket.off('error', onError);
      socket.off('close', onClose);
    };
    const fail = (error: unknown): void => {
      settle();
      // Errors may come late, after the one that counted.
      socket.on('error', () => undefined);
      socket.destroy();
      options.over?.destroy();
      reject(error);
    };
    const onReady = (): void => {
      settle();
      // Between two requests, or before the first, nobody listens: an error then must not be an uncaught one.
      socket.on('error', () => undefined);
      resolve(socket);
    };
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(() => {
      fail(
        new AppError('net.connect-timeout', `${options.attempted}: no connection within ${seconds(connectMs)}`, {
          hint: 'check the network and any firewall; run again',
        }),
      );
    }, connectMs);
    timer.unref();
    socket.once(ready, onReady).once('error', onError).once('close', onClose);
    unlisten = whenAborted(signal, onAbort);
  });
}

function startSocket({ host, port, trust, over, connectMs, onread }: Dial): Socket {
  const address = {
    ...(onread === undefined ? {} : { onread }),
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    autoSelectFamily: true,
    // Node leaves an address after 250 ms, less than a round trip by satellite or one lost SYN (1 s). The last
    // address has what is left of connectMs.
    autoSelectFamilyAttemptTimeout: Math.max(10, Math.ceil(connectMs / 4)),
  };
  if (trust === undefined) return connectTcp(address);
  return connectTls({
    ...address,
    ...(over === undefined ? {} : { socket: over }),
    // RFC 6066 section 3: no literal addresses in SNI. Node checks the certificate against `host` then.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    secureContext: trust.context(),
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no say.
    rejectUnauthorized: !trust.insecure,
  });
}
