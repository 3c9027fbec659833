import type { Client as UndiciClient } from 'undici';
import UndiciH1Client from 'undici/lib/dispatcher/client.js';

/**
 * undici's client by its own file: the package root also loads fetch, caches, WebSockets and mocks, which takes 50 ms
 * and 9 MiB of a process that needs none of them. Without the root a client has `dispatch`, `close` and `destroy` only;
 * a test holds that the file is where it is looked for.
 */
export const Client: typeof UndiciClient = UndiciH1Client;
