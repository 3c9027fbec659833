import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ModeView } from '../modes.js';

/** A request as it came in and what was sent back: the oracle for "which credential went where". */
export interface LoggedRequest {
  /** `main`, `other` (another origin), `plain` (http beside https). */
  readonly listener: ListenerName;
  readonly method: string;
  /** The request target verbatim, query included. */
  readonly target: string;
  /** The target without its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names and values verbatim, alternating. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly atMs: number;
  /** 0 until a status line was sent. */
  status: number;
  /** Bytes of the object that were handed to the socket, half-open; both 0 for other answers. */
  sentStart: number;
  sentEnd: number;
  /** The answer ended as it should: neither cut nor stalled nor left by the client. */
  complete: boolean;
}

export type ListenerName = 'main' | 'other' | 'plain';

/** One request with all that an answer needs. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** The target without its query, still percent-encoded. */
  readonly path: string;
  /** The part of the target after `?`, as sent. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly modes: ModeView;
  readonly log: LoggedRequest;
}

/** Answers and returns true, or returns false and touches nothing. */
export type Route = (exchange: Exchange) => Promise<boolean>;

/** Header of the request, or undefined. */
export function header(exchange: Exchange, name: string): string | undefined {
  return exchange.log.headers[name];
}

export interface Answer {
  readonly status: number;
  /** The words after the status, where a server uses its own. */
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Metadata of UForge comes in chunks; all else has a length. */
  readonly chunked?: boolean;
}

/** Sends a small answer whole. */
export function reply(exchange: Exchange, answer: Answer): void {
  const { response, log } = exchange;
  const body = Buffer.from(answer.body ?? '');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  const bodiless = answer.status === 304 || (answer.status === 204 && !response.hasHeader('Content-Length'));
  if (!answer.chunked && !bodiless && !response.hasHeader('Content-Length')) {
    response.setHeader('Content-Length', body.length);
  }
  log.status = answer.status;
  log.complete = true;
  if (answer.reason === undefined) response.writeHead(answer.status);
  else response.writeHead(answer.status, answer.reason);
  if (answer.chunked && body.length > 0) response.write(body);
  response.end(answer.chunked ? undefined : body);
}

/** Resolves when more may be written, or the connection is gone. */
export function drained({ response }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

/** The page that a single sign-on in front of a server answers with. */
export const LOGIN_PAGE = `<!DOCTYPE html>
<html><head><title>Log in</title></head>
<body><form action="/login" method="post"><label>User <input name="user"></label>
<label>Password <input name="password" type="password"></label><button>Log in</button></form></body></html>
`;

export function replyHtml(exchange: Exchange, status: number, html: string): void {
  reply(exchange, { status, headers: { 'Content-Type': 'text/html; charset=UTF-8' }, body: html });
}
