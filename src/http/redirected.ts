import { AppError } from '../core/errors.js';
import type { Call, OpenRequest } from '../core/http.js';
import { redactUrl } from '../core/redact.js';
import { Secret } from '../core/secret.js';
import { isUnavailable } from '../core/unavailable.js';
import { hasSecretQuery, rememberCookies, rememberQuery } from '../core/vault.js';
import type { Route } from './connection/route.js';
import type { OpenExchange } from './exchange/exchange.js';
import type { Request } from './exchange/request.js';
import { follow, headersFor, isRedirect, isUpgrade, startChain } from './redirect.js';
import type { RequestNote } from './request-note.js';
import type { Upgrades } from './upgrades.js';

/** What is asked for, wherever redirects lead. */
export interface Asked {
  readonly call: Call & Pick<OpenRequest, 'fresh' | 'openQuery' | 'metadata'>;
  /** As they are sent: secrets revealed. `foreign`: without them. */
  readonly headers: Parameters<typeof headersFor>[1];
}

export interface RedirectPorts {
  /** The way to a URL; `home`: no other origin has had a say in it. */
  routeTo(url: URL, home: boolean): Route;
  open(request: Request): Promise<OpenExchange>;
  readonly upgrades: Upgrades;
  /** Told of each step. */
  readonly note: RequestNote | undefined;
}

/**
 * Follows redirects until an answer that is for the caller.
 * @throws AppError proto.redirect, also where a server refuses what was not sent to it; tls.downgrade; what a secret
 * says of where it may go; and what open() throws
 */
export async function answerTo(asked: Asked, { routeTo, open, upgrades, note }: RedirectPorts): Promise<OpenExchange> {
  const { call, headers } = asked;
  const { method, fresh = false } = call;
  const secrets = Object.values(call.headers).filter((value) => value instanceof Secret);
  const credentials = secrets.length > 0 || call.body !== undefined || hasSecretQuery(call.url, call.openQuery);
  const body = call.body === undefined ? {} : { body: call.body.reveal() };
  let chain = startChain(credentials ? upgrades.apply(call.url) : call.url);
  for (;;) {
    const url = chain.last;
    // Whoever made it, a provider or a redirect: what is sent may come back.
    rememberQuery(url, call.openQuery === true && url.search === call.url.search);
    if (!chain.foreign) for (const secret of secrets) secret.checkDestination(url);
    const route = routeTo(url, !chain.foreign);
    const sent = headersFor(chain, headers);
    note?.asking(route, sent);
    const answer = await open({ method, route, headers: sent, ...body, fresh });
    note?.answered(answer);
    rememberCookies(answer.headers.get('set-cookie') ?? '');
    if (!isRedirect(answer.status)) {
      if (chain.foreign && secrets.length > 0) refuseStranger(answer, url, asked);
      return { ...answer, url, ...(chain.urls.length > 1 ? { redirected: url } : {}) };
    }
    answer.cancel();
    const { status, headers: fields } = answer;
    chain = follow(chain, status, fields.get('location'), { method, setsCookie: fields.has('set-cookie') });
    const to = chain.last;
    note?.redirected(to);
    if (credentials && !chain.foreign && isUpgrade(url, to)) upgrades.add(url, to);
  }
}

/** It speaks of credentials that it was not shown: no other ones would help. */
function refuseStranger(answer: OpenExchange, url: URL, { call }: Asked): void {
  const { status } = answer;
  if (status !== 401 && !(call.metadata === true && status >= 400 && !isUnavailable(status))) return;
  answer.cancel();
  throw new AppError(
    'proto.redirect',
    `${call.method} ${redactUrl(call.url)}: redirected to ${redactUrl(url)}, which returned ${status} without credentials; imgdl does not send them to another server`,
    { hint: 'if that is the right server, use its URL instead', details: { status } },
  );
}
