import { connect, type Socket } from 'node:net';
import { answer, type Seen, type Step } from './fault-server.js';

/** A script for a proxy that does CONNECT for real: the bytes of both sides go through. */
export function tunnelling(request: Seen, socket: Socket): readonly Step[] {
  if (request.method !== 'CONNECT') return answer(200, 'relayed');
  const [host = '', port = ''] = request.target.split(':');
  const upstream = connect(Number(port), host, () => {
    socket.removeAllListeners('data');
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
  return [];
}
