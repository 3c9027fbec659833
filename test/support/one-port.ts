import { connect, createServer } from 'node:net';
import { listening } from './listening.js';

/** One port for http and https, as nginx has it with its status 497. */
export interface OnePort {
  readonly port: number;
  close(): Promise<void>;
}

/** The first byte of a connection says which of the two servers gets it: TLS begins with a handshake record, 0x16. */
export async function onePort(servers: { readonly http: number; readonly https: number }): Promise<OnePort> {
  const server = createServer((client) => {
    client.once('data', (first: Buffer) => {
      const upstream = connect(first[0] === 0x16 ? servers.https : servers.http, '127.0.0.1');
      upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
      upstream.write(first);
      client.pipe(upstream).pipe(client);
    });
  });
  return await listening(server);
}
