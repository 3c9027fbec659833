import { contentLength } from '../../core/content-length.js';
import { mergeDigests } from '../../core/digest.js';
import { AppError, isAppError } from '../../core/errors.js';
import { headerDigests } from '../../core/header-digest.js';
import type { Exchange } from '../../core/http.js';
import { compareAnswer, withPromised } from '../../core/identity.js';
import { outdatedByAnswer } from '../../core/outdated.js';
import { RemoteChanged } from '../remote-changed.js';
import type { ByteSink } from '../sink/byte-sink.js';
import type { Transfer } from '../transfer.js';
import { warn, warnOutdated } from '../warnings.js';
import { expectAllAgain } from './all-again.js';
import type { Expected, Fetched, FetchResult } from './fetched.js';
import {
  type BodyVerdict,
  isWhole,
  type KnownObject,
  refuseEmpty,
  requireProof,
  withAnswer,
  withoutAnswers,
} from './known-object.js';
import { createOpener, type Opened, type Opener } from './opener.js';
import { Overlap } from './overlap.js';
import { Progress } from './progress.js';
import { receive } from './receive.js';
import {
  type Manner,
  type ObjectRequest,
  objectRequest,
  type Revalidation,
  revalidationOf,
  UNREFUSED,
} from './request.js';

/** How a Range may fail that does not say so. */
const RANGE_FAILURES: ReadonlySet<string> = new Set(['net.reset', 'net.truncated']);
const CRASHES: ReadonlySet<unknown> = new Set([500, 502]);

/**
 * Moves all bytes of an object into a sink: permission, request, answer, decision, body; again after a cut, from where
 * the sink stands. The first answer decides what the object is; further connections may help.
 *
 * @throws AppError when no attempt is left or worth it, RemoteChanged when the bytes in hand belong to another object
 */
export async function fetchBytes(
  transfer: Transfer,
  expected: Expected,
  sink: ByteSink,
  signal: AbortSignal,
): Promise<FetchResult> {
  const fetching = new Fetching(transfer, expected, sink, signal);
  for (;;) {
    const result = await fetching.attempt();
    if (result !== undefined) return result;
  }
}

/** The attempts at one object, and what they have learned. A step that returns undefined leaves more to fetch. */
class Fetching {
  readonly #transfer: Transfer;
  #expected: Expected;
  readonly #sink: ByteSink;
  readonly #signal: AbortSignal;
  readonly #opener: Opener;
  readonly #progress: Progress;
  #known: KnownObject;
  #revalidation: Revalidation | undefined;
  #manner: Manner = UNREFUSED;
  readonly #overlap = new Overlap();
  /** A Range has brought new bytes. */
  #rangeWorks = false;
  /** Bytes in hand before the first request. */
  readonly #kept: number;
  #isLookedUp: boolean;

  constructor(transfer: Transfer, expected: Expected, sink: ByteSink, signal: AbortSignal) {
    this.#transfer = transfer;
    this.#expected = expected;
    this.#sink = sink;
    this.#kept = sink.held;
    this.#signal = signal;
    this.#opener = createOpener(transfer);
    this.#isLookedUp = transfer.lookUp === undefined;
    this.#progress = new Progress(transfer, sink);
    this.#known = { identity: expected.identity, digests: expected.digests };
    this.#progress.expect(expected.identity.size);
    this.#revalidation = expected.unless === undefined ? undefined : revalidationOf(expected.unless);
  }

  async attempt(): Promise<FetchResult | undefined> {
    let exchange: Exchange | undefined;
    if (this.#sink.held === 0) this.#forgetAnswers();
    try {
      const opened = await this.#opener.open(this.#request(), this.#signal);
      ({ exchange } = opened);
      return await this.#decide(opened);
    } catch (error) {
      exchange?.cancel();
      return await this.#afterFailure(error);
    } finally {
      exchange?.cancel();
    }
  }

  #request(): ObjectRequest {
    const { held } = this.#sink;
    const revalidation = held === 0 ? this.#revalidation : undefined;
    const { remote } = this.#transfer;
    // As soon as more is held, an answer has shown that what was held is of this object.
    const adopts = held === this.#kept ? this.#expected.adopts : undefined;
    const overlapBytes = this.#overlap.bytes;
    return objectRequest({
      held,
      known: this.#known,
      remote,
      manner: this.#manner,
      overlapBytes,
      adopts,
      revalidation,
    });
  }

  async #decide({ exchange, verdict, request }: Opened): Promise<FetchResult | undefined> {
    // What was refused once in this run is not asked for again. A Range that was only ignored is.
    this.#manner = request.manner;
    switch (verdict.kind) {
      case 'part':
      case 'whole':
        return await this.#receive(exchange, verdict);
      case 'complete':
        this.#lookUp(exchange.url);
        return this.#complete();
      case 'unchanged':
        return { kind: 'unchanged' };
      case 'changed':
        this.#refuseUnfit(exchange);
        throw new RemoteChanged(verdict.field);
    }
  }

  /**
   * A whole that would be refused with nothing in hand is no new object: what is held would be given up for it. An empty
   * one comes from servers that fail more often than from an image that has become empty.
   */
  #refuseUnfit({ status, headers }: Exchange): void {
    const { remote, request } = this.#transfer;
    const { require } = request.options;
    const size = contentLength(headers);
    if (status !== 200 || remote.validator !== 'http' || size === 'invalid') return;
    refuseEmpty(require, { identity: {}, digests: [] }, size);
    const known = withoutAnswers(remote, this.#expected.digests);
    requireProof(require, size, [...known.digests, ...headerDigests(headers, true, false).digests]);
  }

  async #receive(exchange: Exchange, verdict: BodyVerdict): Promise<FetchResult | undefined> {
    const sink = this.#sink;
    const transfer = this.#transfer;
    if (this.#isUnchanged(verdict)) return { kind: 'unchanged' };
    this.#lookUp(exchange.url);
    const known = { ...this.#known, digests: mergeDigests(this.#known.digests, verdict.digests) };
    refuseEmpty(transfer.request.options.require, known, verdict.range.end);
    if (verdict.kind === 'whole' && sink.held > 0) expectAllAgain(transfer, sink);
    await this.#learn(verdict);
    const before = sink.held;
    const { counters } = transfer;
    const { received } = counters;
    const incoming = { known: this.#known, sink, progress: this.#progress };
    try {
      await receive({ body: exchange.body, verdict }, transfer, incoming, this.#signal);
    } catch (error) {
      this.#overlap.afterCut(counters.received - received, sink.held - before);
      throw error;
    } finally {
      this.#rangeWorks ||= this.#opener.isRanged && sink.held > before;
    }
    this.#progress.report(1);
    return this.#afterBody(verdict, sink.held - before);
  }

  /** Is it the object of the receipt, although the server sends it again? */
  #isUnchanged(verdict: BodyVerdict): boolean {
    if (this.#sink.held > 0 || this.#revalidation === undefined) return false;
    const proof = compareAnswer(this.#revalidation.known, withPromised(verdict.learned, verdict.digests));
    if (proof.kind === 'proven') return true;
    warnOutdated(this.#transfer, outdatedByAnswer(proof));
    this.#revalidation = undefined;
    return false;
  }

  /** The checksum file may list the image by the name that redirects lead to. */
  #lookUp(answeredBy: URL | undefined): void {
    if (this.#isLookedUp) return;
    const listed = this.#transfer.lookUp?.(answeredBy) ?? [];
    this.#expected = { ...this.#expected, digests: mergeDigests(this.#expected.digests, listed) };
    this.#set({ ...this.#known, digests: mergeDigests(this.#known.digests, listed) });
    this.#isLookedUp = true;
  }

  async #learn(verdict: BodyVerdict): Promise<void> {
    const { request, ports } = this.#transfer;
    this.#set(withAnswer(this.#known, verdict));
    for (const warning of verdict.warnings) warn(this.#transfer, warning);
    const { identity, digests } = this.#known;
    requireProof(request.options.require, identity.size, digests);
    await this.#sink.learned(identity, digests);
    ports.report({ type: 'phase', phase: 'transferring' });
  }

  /** @param more bytes that were new */
  #afterBody(verdict: BodyVerdict, more: number): Fetched | undefined {
    const { held } = this.#sink;
    const promised = this.#known.identity.size;
    const size = promised ?? (verdict.range.end === undefined ? held : undefined);
    if (size !== undefined && held >= size) return this.#fetched(size, promised !== undefined);
    if (verdict.kind === 'part' && this.#opener.isRanged) {
      // Parts that bring nothing, however they are asked for, are no reason to fail: the whole may be had.
      if (!this.#overlap.afterPart(lengthOf(verdict.range), more)) this.#askWithoutRange();
      return undefined;
    }
    const message = `downloading: the server sent only ${more} more bytes`;
    throw new AppError('net.truncated', message, { hint: 'run again to resume' });
  }

  #complete(): Fetched {
    requireProof(this.#transfer.request.options.require, this.#sink.held, this.#known.digests);
    return this.#fetched(this.#sink.held, true);
  }

  async #afterFailure(error: unknown): Promise<Fetched | undefined> {
    // What arrived before a cut must count as durable before anything is decided about it.
    await this.#sink.settle();
    this.#overlap.afterCut(0, 0);
    this.#progress.report(0);
    const { held, durable } = this.#sink;
    const isCut = isAppError(error) && error.transient && !this.#signal.aborted;
    if (isCut && this.#isLookedUp && isWhole(held, this.#known)) return this.#fetched(held, true);
    try {
      await this.#transfer.retries.afterFailure(error, durable, this.#signal);
    } catch (final) {
      if (!this.#mayBeTheRange(error)) throw final;
      this.#askWithoutRange();
    }
    return undefined;
  }

  #askWithoutRange(): void {
    this.#manner = { ...this.#manner, openingRange: false, range: false };
  }

  /**
   * The last resort, once: servers and firewalls that crash or hang up on every Range send the whole. Not where one has
   * brought something new, and not after a word that this is about load.
   */
  #mayBeTheRange(error: unknown): boolean {
    if (!isAppError(error) || this.#signal.aborted || !this.#opener.isRanged) return false;
    const { code, details, retryAfterMs } = error;
    if (retryAfterMs !== undefined) return false;
    const { status } = details;
    // What has a status was judged by it. Without one, more came than its Content-Range says: the whole tells what of it
    // is right.
    if (code === 'proto.range') return status === undefined && this.#sink.comparesAll;
    if (this.#rangeWorks) return false;
    return status === undefined ? RANGE_FAILURES.has(code) : code === 'http.unavailable' && CRASHES.has(status);
  }

  #fetched(size: number, sizeKnown: boolean): Fetched {
    return { kind: 'fetched', size, sizeKnown, ...this.#known };
  }

  #forgetAnswers(): void {
    this.#set(withoutAnswers(this.#transfer.remote, this.#expected.digests));
  }

  #set(known: KnownObject): void {
    this.#known = known;
    this.#progress.expect(known.identity.size);
  }
}

function lengthOf({ start, end = start }: BodyVerdict['range']): number {
  return end - start;
}
