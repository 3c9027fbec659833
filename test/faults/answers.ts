import { fin, head, type Step, send } from '../support/fault-server.js';
import { type Ask, bytes, dataReply, headOf, type Reply, reply } from './origin.js';

/** Ways in which an answer with data goes wrong. */

/** Exactly these steps. */
export const steps =
  (...all: readonly Step[]): Reply =>
  () =>
    all;

/** An answer that is no data. */
export const status =
  (code: number, text = '', ...fields: readonly string[]): Reply =>
  () =>
    reply(code, text, ...fields);

/** A sound head; the body stops at byte `at` of the object, and then `after` happens. */
export const cut =
  (at: number, ...after: readonly Step[]): Reply =>
  (ask) => [
    ...headOf(ask, ask.origin.dataFields(ask), Math.min(ask.to, ask.origin.object.size)),
    ...bytes(ask.origin, ask.from, Math.max(ask.from, at)),
    ...after,
  ];

/** A sound body below a head of one's own. */
export const under =
  (line: string | number, ...fields: readonly string[]): Reply =>
  (ask) => [head(line, ...fields), ...bytes(ask.origin, 0, ask.origin.object.size)];

/** As a server that knows no Range. */
export const whole: Reply = (ask) => dataReply({ ...ask, ranged: false, from: 0, to: size(ask) }, fieldsOf(ask));

/** A sound answer with other fields than usual. */
export const withFields =
  (...fields: readonly string[]): Reply =>
  (ask) =>
    dataReply(ask, fields);

/** A sound answer with these fields beside the usual ones. */
export const alsoFields =
  (...fields: readonly string[]): Reply =>
  (ask) =>
    dataReply(ask, [...fieldsOf(ask), ...fields]);

/** Neither length nor range: the body ends with the connection, at byte `at`. */
export const unannounced =
  (at?: number, ...fields: readonly string[]): Reply =>
  (ask) => [
    head(200, 'Connection: close', ...(fields.length === 0 ? fieldsOf(ask) : fields)),
    ...bytes(ask.origin, 0, at ?? size(ask)),
    fin,
  ];

/** In chunks; `end` is what follows the last byte: `0\r\n\r\n` where all is well. */
export const chunked =
  (end: string, at?: number, ...fields: readonly string[]): Reply =>
  (ask) => [
    head(200, 'Transfer-Encoding: chunked', ...(fields.length === 0 ? fieldsOf(ask) : fields)),
    ...inChunks(ask, at ?? size(ask)),
    send(end),
    fin,
  ];

function inChunks({ origin }: Ask, to: number): readonly Step[] {
  const step = 50_000;
  const found: Step[] = [];
  for (let from = 0; from < to; from += step) {
    const end = Math.min(to, from + step);
    found.push(send(`${(end - from).toString(16)}\r\n`), ...bytes(origin, from, end), send('\r\n'));
  }
  return found;
}

/** 206 with this Content-Range, or none, and bytes [from, to) of the object. */
export const ranged =
  (contentRange: string | undefined, from: number, to: number, ...fields: readonly string[]): Reply =>
  (ask) => [
    head(
      206,
      ...(contentRange === undefined ? [] : [`Content-Range: ${contentRange}`]),
      `Content-Length: ${to - from}`,
      ...(fields.length === 0 ? fieldsOf(ask) : fields),
    ),
    ...bytes(ask.origin, from, to),
  ];

/** Another revision from now on, before this answer. */
export const replaced =
  (rev: number, then: Reply, length?: number): Reply =>
  (ask) => {
    ask.origin.object = { rev, size: length ?? ask.origin.object.size };
    return then({ ...ask, to: ask.request.headers.get('range')?.endsWith('-') === false ? ask.to : size(ask) });
  };

export const elsewhere = (code: number, location: string | ((ask: Ask) => string)): Reply => {
  const to = typeof location === 'string' ? () => location : location;
  return (ask) => reply(code, '', `Location: ${to(ask)}`);
};

function fieldsOf(ask: Ask): readonly string[] {
  return ask.origin.dataFields(ask);
}

function size({ origin }: Ask): number {
  return origin.object.size;
}
