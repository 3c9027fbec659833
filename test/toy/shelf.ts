import { createServer } from 'node:http';
import { listening } from '../support/listening.js';

/** Toys by their names; what is null is not finished. */
export const TOYS: Readonly<Record<string, string | null>> = {
  ball: 'round and round',
  bear: 'soft '.repeat(1000),
  kite: null,
};

export interface Shelf {
  readonly url: string;
  /** Paths that were asked for. */
  readonly seen: string[];
  close(): Promise<void>;
}

/** `/toys/COLOUR/` lists, `/toys/COLOUR/NAME` gives; a toy named broken is refused. */
export async function openShelf(): Promise<Shelf> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    seen.push(path);
    const name = decodeURIComponent(path.split('/').at(-1) ?? '');
    const toy = TOYS[name];
    if (name === '') {
      const lines = Object.entries(TOYS).map(([key, text]) => (text === null ? key : `${key} ${text.length}`));
      response.end(lines.join('\n'));
    } else if (typeof toy === 'string') {
      response.end(toy);
    } else {
      response.writeHead(409).end('no');
    }
  });
  const { port, close } = await listening(server);
  return { url: `http://127.0.0.1:${port}`, seen, close };
}
