import { createRequire } from 'node:module';
import type { Client as UndiciClient } from 'undici';

const require = createRequire(import.meta.url);

/**
 * undici's client by its own file: the package root also loads fetch, caches, WebSockets and mocks, which takes 50 ms
 * and 9 MiB of a process that needs none of them. Without the root a client has `dispatch`, `close` and `destroy` only;
 * a test holds that the file is where it is looked for. It is CommonJS, which import would search for names first.
 */
export const Client: typeof UndiciClient = require('undici/lib/dispatcher/client.js');
