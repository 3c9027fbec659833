import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Algorithm, Digest } from '#imgdl/core/digest.js';
import { type Plan, type PlanInput, plan } from '#imgdl/core/plan.js';
import type { Identity, Remote } from '#imgdl/core/source.js';
import type { LocalFacts, PartFacts, Receipt } from '#imgdl/core/storage.js';
import { transferOptions } from '../support/transfer-options.js';

const SOURCE = { provider: 'url', endpoint: 'https://h', ref: '/a.img' };
const OTHER = { ...SOURCE, ref: '/b.img' };
/** Two links to one path. */
const LINK = { ...SOURCE, ref: '/a.img?aa' };
const RENEWED = { ...SOURCE, ref: '/a.img?bb' };
const GOOD = 'a'.repeat(64);
const BAD = 'b'.repeat(64);
const good: Digest = { algorithm: 'sha256', hex: GOOD, from: 'metadata' };
const mine: Digest = { ...good, from: 'user' };
const hashed = (hex: string): ReadonlyMap<Algorithm, string> => new Map([['sha256', hex]]);

const remote = (changes: Partial<Remote> = {}): Remote => ({
  ref: SOURCE,
  fallbackName: 'a.img',
  identity: { size: 100 },
  digests: [],
  opener: 'plain',
  headerDigest: 'body',
  validator: 'provider',
  warnings: [],
  ...changes,
});
const vouched = remote({ identity: { size: 100, digests: [`sha256:${GOOD}`] }, digests: [good] });
const receipt = (identity: Identity, changes: Partial<Receipt> = {}): Receipt => ({
  schema: 1,
  tool: 'imgdl 0',
  source: { ...SOURCE, name: null },
  identity,
  bytes: 100,
  verified: 'sha256',
  digests: [{ algorithm: 'sha256', hex: GOOD, from: 'computed', matched: null }],
  finishedAt: '2026-11-21T08:00:00.000Z',
  ...changes,
});
const part = (size: number, identity: Identity, end = size, source = SOURCE): PartFacts => ({
  kind: 'usable',
  size,
  journal: {
    head: { t: 'head', v: 1, source, identity },
    have: end === 0 ? [] : [{ t: 'have', start: 0, end, digests: { sha256: GOOD } }],
  },
});
const withClaims = (size: number, ...claims: readonly (readonly [start: number, end: number])[]): PartFacts => ({
  kind: 'usable',
  size,
  journal: {
    head: { t: 'head', v: 1, source: SOURCE, identity: { size: 100 } },
    have: claims.map(([start, end]) => ({ t: 'have', start, end, digests: { sha256: GOOD } })),
  },
});
const FILE: LocalFacts['target'] = { kind: 'file', size: 100, isPart: false };
const OPTIONS: PlanInput['options'] = transferOptions();

interface Facts {
  readonly remote?: Remote;
  readonly target?: LocalFacts['target'];
  readonly part?: PartFacts;
  readonly freeBytes?: number;
  readonly receipt?: Receipt;
  readonly options?: Partial<PlanInput['options']>;
  readonly targetDigests?: ReadonlyMap<Algorithm, string>;
  readonly awaited?: boolean;
}

const input = (facts: Facts): PlanInput => ({
  remote: facts.remote ?? remote(),
  local: {
    target: facts.target ?? { kind: 'absent' },
    part: facts.part ?? { kind: 'none' },
    ...(facts.freeBytes === undefined ? {} : { freeBytes: facts.freeBytes }),
  },
  receipt: facts.receipt,
  options: { ...OPTIONS, ...facts.options },
  ...(facts.targetDigests === undefined ? {} : { targetDigests: facts.targetDigests }),
  ...(facts.awaited === undefined ? {} : { awaited: facts.awaited }),
});

const revised = remote({ identity: { size: 100, revision: '7' } });
const plain = remote({ identity: {}, validator: 'http', opener: 'range' });
const renewed = { ...plain, ref: RENEWED };
const tagged: Identity = { size: 100, etag: '"1"' };
const weakly: Identity = { weakEtag: 'W/"1"' };
const dated: Identity = { size: 100, lastModified: 'Fri, 20 Nov 2026 08:00:00 GMT' };
const undated: Identity = { size: 100, lastModified: 'Thu, 01 Jan 1970 00:00:01 GMT' };

const REASONS: readonly [string, Facts, RegExp][] = [
  ['no receipt', {}, /no receipt$/],
  ['another source', { receipt: receipt({ size: 100 }, { source: { ...OTHER, name: null } }) }, /another source/],
  [
    'another length than the receipt',
    { receipt: receipt({ size: 100 }, { bytes: 99 }) },
    /100 bytes, but its receipt says 99/,
  ],
  ['another length than the remote image', { target: { ...FILE, size: 99 } }, /99 bytes, but the remote image has 100/],
  ['another revision', { remote: revised, receipt: receipt({ size: 100, revision: '6' }) }, /changed \(revision\)/],
  ['another digest', { remote: vouched, targetDigests: hashed(BAD) }, /sha256 of the file does not match/],
  [
    'the file was touched',
    { remote: plain, receipt: receipt(tagged), targetDigests: hashed(BAD) },
    /no longer matches its receipt/,
  ],
];

const TARGET: readonly [string, Facts, object][] = [
  [
    'nothing there: fetched, and nothing that appears meanwhile is replaced',
    {},
    { kind: 'fetch', mode: 'fresh', from: 0, replace: false },
  ],
  ['--force replaces what appears meanwhile', { options: { force: true } }, { kind: 'fetch', replace: true }],
  ['a directory is refused', { target: { kind: 'directory' } }, { kind: 'refuse', code: 'fs.type' }],
  [
    'a directory is refused with --force, too',
    { target: { kind: 'directory' }, options: { force: true } },
    { kind: 'refuse', code: 'fs.type' },
  ],
  [
    'a device is refused with --force, too',
    { target: { kind: 'other' }, options: { force: true } },
    { kind: 'refuse', code: 'fs.type' },
  ],
  ['a symlink is refused', { target: { kind: 'symlink' } }, { kind: 'refuse', code: 'fs.symlink' }],
  [
    'a symlink is refused with --update, too',
    { target: { kind: 'symlink' }, options: { update: true } },
    { kind: 'refuse', code: 'fs.symlink' },
  ],
  [
    '--force replaces a symlink',
    { target: { kind: 'symlink' }, options: { force: true } },
    { kind: 'fetch', replace: true },
  ],
  [
    'part and target are one inode: finished',
    { target: { ...FILE, isPart: true }, part: part(100, {}) },
    { kind: 'finish' },
  ],
  [
    'a file and a digest: it is hashed first',
    { target: FILE, remote: vouched },
    { kind: 'hash-target', algorithms: ['sha256'] },
  ],
  [
    "the user's SHA-2 decides against a stale md5 of the metadata",
    {
      target: FILE,
      remote: remote({ digests: [{ algorithm: 'md5', hex: 'c'.repeat(32), from: 'metadata' }] }),
      options: { checksums: [mine] },
      targetDigests: new Map([...hashed(GOOD), ['md5', 'd'.repeat(32)]]),
    },
    { kind: 'skip', status: 'complete', why: 'its sha256 matches' },
  ],
  [
    "the user's md5 does not",
    {
      target: FILE,
      remote: vouched,
      options: { checksums: [{ algorithm: 'md5', hex: 'd'.repeat(32), from: 'user' }] },
      targetDigests: new Map([...hashed(BAD), ['md5', 'd'.repeat(32)]]),
    },
    { kind: 'refuse', code: 'fs.exists', why: expect.stringContaining('sha256') },
  ],
  [
    'a file with the promised digest is complete',
    { target: FILE, remote: vouched, targetDigests: hashed(GOOD) },
    { kind: 'skip', status: 'complete' },
  ],
  [
    'also with --force: nothing is fetched',
    { target: FILE, remote: vouched, targetDigests: hashed(GOOD), options: { force: true } },
    { kind: 'skip', status: 'complete' },
  ],
  [
    'with --update it is unchanged',
    { target: FILE, remote: vouched, targetDigests: hashed(GOOD), options: { update: true } },
    { kind: 'skip', status: 'unchanged' },
  ],
  [
    "a file with the user's digest is complete",
    { target: FILE, targetDigests: hashed(GOOD), options: { checksums: [mine] } },
    { kind: 'skip', status: 'complete' },
  ],
  [
    'a file that only one of two digests fits is refused',
    { target: FILE, remote: vouched, targetDigests: hashed(GOOD), options: { checksums: [{ ...mine, hex: BAD }] } },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    'a file with another digest is refused',
    { target: FILE, remote: vouched, targetDigests: hashed(BAD) },
    { kind: 'refuse', code: 'fs.exists', why: 'it exists, and its sha256 does not match' },
  ],
  [
    '--force replaces it',
    { target: FILE, remote: vouched, targetDigests: hashed(BAD), options: { force: true } },
    { kind: 'fetch', replace: true, unless: undefined },
  ],
  [
    '--update replaces it',
    { target: FILE, remote: vouched, targetDigests: hashed(BAD), options: { update: true } },
    { kind: 'fetch', replace: true },
  ],
  [
    'a file without any digest to compare is refused',
    { target: FILE },
    { kind: 'refuse', code: 'fs.exists', why: 'it exists, and no digest is known to compare it with' },
  ],
  [
    'a file of another size is refused without hashing it',
    { target: { ...FILE, size: 99 }, remote: vouched },
    { kind: 'refuse', code: 'fs.exists', why: 'it exists with 99 bytes, but the remote image has 100' },
  ],
  [
    '--update replaces a file of another size without hashing it',
    { target: { ...FILE, size: 99 }, remote: vouched, options: { update: true } },
    { kind: 'fetch', replace: true },
  ],
  [
    '--update replaces a file without receipt and digest',
    { target: FILE, options: { update: true } },
    { kind: 'fetch', replace: true, unless: undefined },
  ],
  [
    'a receipt of the same revision: the file is hashed',
    { target: FILE, remote: revised, receipt: receipt(revised.identity), options: { update: true } },
    { kind: 'hash-target' },
  ],
  [
    'a receipt of the same revision and the file still fits it: unchanged',
    {
      target: FILE,
      remote: revised,
      receipt: receipt(revised.identity),
      targetDigests: hashed(GOOD),
      options: { update: true },
    },
    { kind: 'skip', status: 'unchanged' },
  ],
  [
    'the same without --update: complete',
    { target: FILE, remote: revised, receipt: receipt(revised.identity), targetDigests: hashed(GOOD) },
    { kind: 'skip', status: 'complete' },
  ],
  [
    'a receipt of the same revision and the file was touched: fetched',
    {
      target: FILE,
      remote: revised,
      receipt: receipt(revised.identity),
      targetDigests: hashed(BAD),
      options: { update: true },
    },
    { kind: 'fetch', replace: true, unless: undefined },
  ],
  [
    'a receipt of another revision: fetched',
    { target: FILE, remote: revised, receipt: receipt({ size: 100, revision: '6' }), options: { update: true } },
    { kind: 'fetch', replace: true },
  ],
  [
    'a receipt of the same size only proves nothing',
    { target: FILE, receipt: receipt({ size: 100 }) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    'a receipt of another source proves nothing',
    { target: FILE, remote: revised, receipt: receipt(revised.identity, { source: { ...OTHER, name: null } }) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    'a receipt of another length proves nothing',
    { target: FILE, remote: revised, receipt: receipt(revised.identity, { bytes: 99 }) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    'a plain URL and a receipt with an ETag: the file is hashed',
    { target: FILE, remote: plain, receipt: receipt(tagged), options: { update: true } },
    { kind: 'hash-target' },
  ],
  [
    'and the server is asked whether that is still it',
    { target: FILE, remote: plain, receipt: receipt(tagged), targetDigests: hashed(GOOD), options: { update: true } },
    { kind: 'fetch', unless: { ...tagged, digests: [`sha256:${GOOD}`] }, replace: true },
  ],
  [
    'of its digests those count that the file has',
    {
      target: FILE,
      remote: plain,
      receipt: receipt(tagged, {
        digests: [
          { algorithm: 'sha256', hex: GOOD, from: 'user', matched: true },
          { algorithm: 'md5', hex: 'c'.repeat(32), from: 'header', matched: false },
        ],
      }),
      targetDigests: hashed(GOOD),
      options: { update: true },
    },
    { kind: 'fetch', unless: { ...tagged, digests: [`sha256:${GOOD}`] } },
  ],
  [
    'a server that sent a digest is asked, although it sends no validator',
    {
      target: FILE,
      remote: plain,
      receipt: receipt({ size: 100 }, { digests: [{ algorithm: 'sha256', hex: GOOD, from: 'header', matched: true }] }),
      targetDigests: hashed(GOOD),
      options: { update: true },
    },
    { kind: 'fetch', unless: { size: 100, digests: [`sha256:${GOOD}`] }, outdated: undefined },
  ],
  [
    'one of its digests is enough, whoever said the others',
    {
      target: FILE,
      remote: plain,
      receipt: receipt(
        { size: 100 },
        {
          digests: [
            { algorithm: 'sha256', hex: GOOD, from: 'user', matched: true },
            { algorithm: 'md5', hex: 'c'.repeat(32), from: 'header', matched: true },
          ],
        },
      ),
      targetDigests: hashed(GOOD),
      options: { update: true },
    },
    { kind: 'fetch', unless: { size: 100, digests: [`sha256:${GOOD}`, `md5:${'c'.repeat(32)}`] } },
  ],
  [
    'the same with a weak ETag',
    { target: FILE, remote: plain, receipt: receipt(weakly), targetDigests: hashed(GOOD), options: { update: true } },
    { kind: 'fetch', unless: weakly, outdated: undefined },
  ],
  [
    'the same with date and size',
    { target: FILE, remote: plain, receipt: receipt(dated), targetDigests: hashed(GOOD), options: { update: true } },
    { kind: 'fetch', unless: dated, outdated: undefined },
  ],
  [
    'nobody is asked by a date of 1970: it would prove nothing',
    { target: FILE, remote: plain, receipt: receipt(undated), options: { update: true } },
    { kind: 'fetch', unless: undefined, outdated: { unprovable: true, why: expect.stringMatching(/1970/) } },
  ],
  [
    'without --update the server is asked what it has',
    { target: { ...FILE, modifiedAt: 5 }, remote: plain, receipt: receipt(undated) },
    { kind: 'compare', size: 100, modifiedAt: 5 },
  ],
  [
    'as it is where there is no receipt',
    { target: FILE, remote: plain },
    { kind: 'compare', size: 100, awaited: false },
  ],
  [
    'the file of a run that was waited for is taken as it is where metadata know no digest',
    { target: FILE, remote: remote({ digests: [], identity: { size: 100 } }), awaited: true },
    { kind: 'accept', size: 100 },
  ],
  [
    'unless the metadata know another size',
    { target: FILE, remote: remote({ digests: [], identity: { size: 101 } }), awaited: true },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    'or a digest that it has not',
    { target: FILE, remote: vouched, awaited: true, targetDigests: hashed(BAD) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    'but not where the receipt says that the file is not what was downloaded',
    { target: FILE, remote: plain, receipt: receipt(tagged), targetDigests: hashed(BAD) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  ['nor where metadata would know a digest', { target: FILE, remote: remote() }, { kind: 'refuse', code: 'fs.exists' }],
  [
    'nor where the user does',
    { target: FILE, remote: plain, options: { checksums: [mine] }, targetDigests: hashed(BAD) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    '--force alone gives no reason',
    { target: FILE, remote: plain, receipt: receipt(undated), options: { force: true } },
    { kind: 'fetch', outdated: undefined },
  ],
  [
    'a first download has no reason, and replaces what appears meanwhile',
    { remote: plain, options: { update: true } },
    { kind: 'fetch', outdated: undefined, replace: true, why: 'nothing downloaded yet' },
  ],
  [
    'with --force the server is asked, too: it may spare the download',
    { target: FILE, remote: plain, receipt: receipt(tagged), targetDigests: hashed(GOOD), options: { force: true } },
    { kind: 'fetch', unless: tagged, replace: true },
  ],
  [
    'nobody is asked by the ETag of a receipt where metadata vouch: that of a front end proves nothing',
    { target: FILE, receipt: receipt(tagged) },
    { kind: 'refuse', code: 'fs.exists', why: expect.stringContaining('no digest is known') },
  ],
  [
    'nor where the server has told another ETag already',
    {
      target: { ...FILE, modifiedAt: 5 },
      remote: remote({ identity: { ...tagged, etag: '"2"' }, validator: 'http' }),
      receipt: receipt(tagged),
    },
    { kind: 'compare', size: 100, modifiedAt: 5 },
  ],
  [
    'a receipt with several digests: the first is enough to know the file by',
    {
      target: FILE,
      remote: revised,
      receipt: receipt(revised.identity, {
        digests: (['sha256', 'md5'] as const).map((algorithm) => ({
          algorithm,
          hex: GOOD,
          from: 'computed',
          matched: null,
        })),
      }),
    },
    { kind: 'hash-target', algorithms: ['sha256'] },
  ],
  [
    'a receipt of the same revision that knew no size: the file is hashed, too',
    { target: FILE, remote: revised, receipt: receipt({ revision: '7' }) },
    { kind: 'hash-target', algorithms: ['sha256'] },
  ],
  [
    'a receipt of a digest that metadata repeat: its own counts beside it',
    {
      target: FILE,
      remote: remote({
        identity: { size: 100, digests: ['md5:00'] },
        digests: [{ algorithm: 'md5', hex: '00', from: 'metadata' }],
      }),
      receipt: receipt({ size: 100, digests: ['md5:00'] }),
    },
    { kind: 'hash-target', algorithms: ['md5', 'sha256'] },
  ],
  ...REASONS.map(([what, facts, why]): [string, Facts, object] => [
    `--update says why it downloads again: ${what}`,
    { target: FILE, ...facts, options: { update: true } },
    { kind: 'fetch', outdated: { unprovable: false, why: expect.stringMatching(why) } },
  ]),
  [
    '--update says it beside a partial download, too',
    { target: FILE, part: part(40, { size: 100 }), options: { update: true } },
    { kind: 'fetch', mode: 'continue', outdated: { why: 'the file has no receipt' } },
  ],
  [
    '--update says that nothing can be proven where metadata have neither digest nor revision',
    { target: FILE, receipt: receipt({ size: 100 }), options: { update: true } },
    { kind: 'fetch', outdated: { unprovable: true } },
  ],
  [
    'but not when the file was touched',
    { target: FILE, remote: plain, receipt: receipt(tagged), targetDigests: hashed(BAD), options: { update: true } },
    { kind: 'fetch', unless: undefined, replace: true },
  ],
  [
    'without --update it is hashed too',
    { target: FILE, remote: plain, receipt: receipt(tagged) },
    { kind: 'hash-target', algorithms: ['sha256'] },
  ],
  [
    'and the server only asked whether it is still that',
    { target: FILE, remote: plain, receipt: receipt(tagged), targetDigests: hashed(GOOD) },
    { kind: 'confirm', unless: tagged },
  ],
  [
    'a touched one is refused without a question',
    { target: FILE, remote: plain, receipt: receipt(tagged), targetDigests: hashed(BAD) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    'nor when the receipt has no validator',
    { target: FILE, remote: plain, receipt: receipt({ size: 100 }), options: { update: true } },
    { kind: 'fetch', unless: undefined, replace: true },
  ],
];

const PART: readonly [string, Facts, object][] = [
  [
    'a part of the same digest is continued',
    { remote: vouched, part: part(40, vouched.identity) },
    { kind: 'fetch', mode: 'continue', from: 40, replace: false },
  ],
  [
    'a part that only an overlap can prove is continued',
    { part: part(40, { size: 100 }) },
    { kind: 'fetch', mode: 'continue', from: 40 },
  ],
  [
    'a part is continued up to its claim',
    { part: part(40, { size: 100 }, 30) },
    { kind: 'fetch', mode: 'continue', from: 30 },
  ],
  [
    'a part shorter than its only claim has nothing that can be proven',
    { part: part(20, { size: 100 }, 30) },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    'a part shorter than its last claim is continued where the claim before ends',
    { part: withClaims(25, [0, 10], [0, 20], [0, 30]) },
    { kind: 'fetch', mode: 'continue', from: 20 },
  ],
  [
    'a part shorter than what was claimed since its prefix likewise',
    { part: withClaims(25, [0, 10], [10, 20], [10, 30]) },
    { kind: 'fetch', mode: 'continue', from: 20 },
  ],
  [
    'a part without a claim starts anew',
    { part: part(40, { size: 100 }, 0) },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    'what a part knows of the object is kept',
    { remote: plain, part: part(40, tagged) },
    { kind: 'fetch', mode: 'continue', known: tagged },
  ],
  [
    'a part of a changed object is given up',
    { part: part(40, { size: 99 }) },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    'a part of a changed object with --on-change fail is a refusal',
    { part: part(40, { size: 99 }), options: { onChange: 'fail' } },
    { kind: 'refuse', code: 'changed.remote' },
  ],
  [
    'a part of another source is a refusal',
    { part: part(40, { size: 100 }, 40, OTHER) },
    { kind: 'refuse', code: 'fs.other-part' },
  ],
  [
    'a part of another source is a refusal with --force, too',
    { part: part(40, { size: 100 }, 40, OTHER), options: { force: true } },
    { kind: 'refuse', code: 'fs.other-part' },
  ],
  [
    "a part of another source of which nothing is claimed is nobody's loss",
    { part: part(40, { size: 100 }, 0, OTHER) },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    'nor is one of a changed object, whatever --on-change says',
    { part: part(40, { size: 99 }, 0), options: { onChange: 'fail' } },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    "a part of another URL is continued where the user's digest will prove the whole",
    { remote: plain, part: part(40, { ...tagged, revision: '1' }, 40, OTHER), options: { checksums: [mine] } },
    {
      kind: 'fetch',
      mode: 'continue',
      from: 40,
      known: { size: 100 },
      adopts: { by: 'digest', of: 'https://h/b.img', orElse: 'refuse' },
    },
  ],
  [
    "a digest that only a header or a foreign list promises is not the user's",
    {
      remote: plain,
      part: part(40, tagged, 40, OTHER),
      options: { checksums: [{ ...mine, from: 'header' }] },
    },
    { kind: 'refuse', code: 'fs.other-part', why: 'the partial download next to it belongs to https://h/b.img' },
  ],
  [
    'a part of another provider is continued where both promise the same digest',
    {
      remote: vouched,
      part: part(40, { size: 100, digests: [`sha256:${GOOD}`] }, 40, { ...OTHER, endpoint: 'https://i' }),
    },
    { kind: 'fetch', mode: 'continue', known: vouched.identity, adopts: { by: 'digest', of: 'https://i/b.img' } },
  ],
  [
    "and where they promise different ones it is refused, whatever the user's digest says",
    {
      remote: vouched,
      part: part(40, { size: 100, digests: [`sha256:${BAD}`] }, 40, OTHER),
      options: { checksums: [mine] },
    },
    { kind: 'refuse', code: 'fs.other-part' },
  ],
  [
    'a renewed link is continued where an ETag can show that it is the same',
    { remote: renewed, part: part(40, tagged, 40, LINK) },
    {
      kind: 'fetch',
      mode: 'continue',
      known: tagged,
      adopts: { by: 'etag', of: 'https://h/a.img?aa', orElse: 'refuse' },
    },
  ],
  ...(
    [
      ['no ETag was seen', { size: 100 }, LINK],
      ['its ETag was a weak one', { size: 100, ...weakly }, LINK],
      ['its size is not known', { etag: '"1"' }, LINK],
      ['it is on another path', tagged, { ...LINK, ref: '/b.img?aa' }],
      ['it is of another origin', tagged, { ...LINK, endpoint: 'https://i' }],
    ] as const
  ).map(([why, identity, source]): [string, Facts, object] => [
    `a renewed link is refused where ${why}`,
    { remote: renewed, part: part(40, identity, 40, source) },
    { kind: 'refuse', code: 'fs.other-part' },
  ]),
  [
    'with --update, a renewed link is continued, and what is none is downloaded afresh',
    { remote: renewed, part: part(40, tagged, 40, LINK), options: { update: true } },
    { kind: 'fetch', mode: 'continue', adopts: { orElse: 'fresh' } },
  ],
  [
    'a name that leads to another image than last night is downloaded afresh with --update',
    { part: part(40, { size: 100 }, 40, OTHER), options: { update: true } },
    { kind: 'fetch', mode: 'fresh', from: 0, why: expect.stringContaining('different image') },
  ],
  ...[false, true].map((update): [string, Facts, object] => [
    `a part of another server is a refusal that names it, ${update ? 'also with' : 'as without'} --update`,
    { part: part(40, { size: 100 }, 40, { ...OTHER, endpoint: 'https://i:9292', ref: 'b7c1' }), options: { update } },
    { kind: 'refuse', code: 'fs.other-part', why: expect.stringMatching(/ https:\/\/i:9292\/b7c1$/) },
  ]),
  [
    'and where one of a mirror turns out to be another image, that is a refusal, too',
    {
      remote: plain,
      part: part(40, tagged, 40, { ...OTHER, endpoint: 'https://i' }),
      options: { update: true, checksums: [{ ...mine, from: 'header' }, mine] },
    },
    { kind: 'fetch', adopts: { by: 'digest', of: 'https://i/b.img', orElse: 'refuse' } },
  ],
  [
    '--restart without a part is a first download',
    { options: { restart: true } },
    { kind: 'fetch', mode: 'fresh', why: 'nothing downloaded yet' },
  ],
  [
    '--restart gives up a part of another source',
    { part: part(40, { size: 100 }, 40, OTHER), options: { restart: true } },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    '--restart gives up a good part',
    { part: part(40, { size: 100 }), options: { restart: true } },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    'a part of a newer imgdl is a refusal',
    { part: { kind: 'unusable', why: 'newer', size: 40 } },
    { kind: 'refuse', code: 'fs.newer-part' },
  ],
  [
    '--restart gives up a part of a newer imgdl',
    { part: { kind: 'unusable', why: 'newer', size: 40 }, options: { restart: true } },
    { kind: 'fetch', mode: 'fresh' },
  ],
  [
    'a torn journal is not trusted',
    { part: { kind: 'unusable', why: 'torn', size: 40 } },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    'a part without journal is not trusted',
    { part: { kind: 'unusable', why: 'no-journal', size: 40 } },
    { kind: 'fetch', mode: 'fresh', from: 0 },
  ],
  [
    'a target that is refused outweighs a part',
    { target: FILE, part: part(40, { size: 100 }) },
    { kind: 'refuse', code: 'fs.exists' },
  ],
  [
    '--force continues a part beside a target',
    { target: FILE, part: part(40, { size: 100 }), options: { force: true } },
    { kind: 'fetch', mode: 'continue', replace: true },
  ],
  [
    'too little space is a refusal before the first byte',
    { freeBytes: 99 },
    { kind: 'refuse', code: 'disk.full', why: '100 bytes are needed, 99 are free' },
  ],
  ['enough space is enough', { freeBytes: 100 }, { kind: 'fetch' }],
  [
    'what a part holds need not be free',
    { freeBytes: 60, part: part(40, { size: 100 }) },
    { kind: 'fetch', mode: 'continue' },
  ],
  [
    'what is given up of a part becomes free',
    { freeBytes: 60, part: part(40, { size: 100 }), options: { restart: true } },
    { kind: 'fetch', mode: 'fresh' },
  ],
  ...(['torn', 'no-journal'] as const).map((why): [string, Facts, object] => [
    `what is given up of a part becomes free: ${why}`,
    { freeBytes: 60, part: { kind: 'unusable', why, size: 40 } },
    { kind: 'fetch', mode: 'fresh' },
  ]),
  [
    'what --restart gives up of a part of a newer imgdl becomes free',
    { freeBytes: 60, part: { kind: 'unusable', why: 'newer', size: 40 }, options: { restart: true } },
    { kind: 'fetch', mode: 'fresh' },
  ],
  [
    'what is given up of a part of a changed object becomes free',
    { freeBytes: 60, part: part(40, { size: 99 }) },
    { kind: 'fetch', mode: 'fresh' },
  ],
  [
    'what is given up may not be enough',
    { freeBytes: 59, part: { kind: 'unusable', why: 'torn', size: 40 } },
    { kind: 'refuse', code: 'disk.full', why: '60 bytes are needed, 59 are free' },
  ],
  [
    'a part larger than the image needs no space',
    { freeBytes: 0, part: part(140, { size: 100 }, 90) },
    { kind: 'fetch' },
  ],
  ['an image of unknown size is tried', { freeBytes: 0, remote: plain }, { kind: 'fetch' }],
];

describe('what is done about a target', () => {
  it.each(TARGET)('%s', (_, facts, expected) => {
    expect(plan(input(facts))).toMatchObject(expected);
  });
});

describe('what is done about a partial download', () => {
  it.each(PART)('%s', (_, facts, expected) => {
    expect(plan(input(facts))).toMatchObject(expected);
  });
});

describe('in any combination of facts', () => {
  const identities: readonly Identity[] = [
    {},
    { size: 100 },
    { size: 100, revision: '7' },
    { size: 100, revision: '8' },
    tagged,
    weakly,
    dated,
    undated,
  ];
  const remotes = [remote(), vouched, revised, plain, renewed, remote({ identity: tagged, validator: 'http' })];
  const targets: readonly LocalFacts['target'][] = [
    ...(['absent', 'symlink', 'directory', 'other'] as const).map((kind) => ({ kind })),
    FILE,
    { ...FILE, size: 99 },
    { ...FILE, isPart: true },
  ];
  const parts: readonly PartFacts[] = [
    { kind: 'none' },
    { kind: 'unusable', why: 'newer', size: 40 },
    { kind: 'unusable', why: 'torn', size: 40 },
    ...identities.map((identity) => part(40, identity)),
    part(40, {}, 40, OTHER),
    part(40, tagged, 40, OTHER),
    part(40, tagged, 40, LINK),
    part(40, vouched.identity, 40, OTHER),
  ];
  const any = fc.record({
    remote: fc.constantFrom(...remotes),
    target: fc.constantFrom(...targets),
    part: fc.constantFrom(...parts),
    freeBytes: fc.constantFrom(0, 1_000),
    receipt: fc.constantFrom<(Receipt | undefined)[]>(undefined, ...identities.map((identity) => receipt(identity))),
    options: fc.record({
      force: fc.boolean(),
      update: fc.boolean(),
      restart: fc.boolean(),
      onChange: fc.constantFrom('restart', 'fail'),
      checksums: fc.constantFrom([], [mine]),
    }),
    hex: fc.constantFrom(GOOD, BAD),
  });
  const settle = (facts: Omit<Facts, 'receipt'> & { receipt: Receipt | undefined }, hex: string): [Plan, boolean] => {
    const { receipt: found, ...rest } = facts;
    const given = { ...rest, ...(found === undefined ? {} : { receipt: found }) };
    const first = plan(input(given));
    return first.kind === 'hash-target'
      ? [plan(input({ ...given, targetDigests: hashed(hex) })), true]
      : [first, false];
  };

  it('the target is hashed at most once, replaced only when asked, and skipped only when a digest matched', () => {
    fc.assert(
      fc.property(any, ({ hex, ...facts }) => {
        const [settled, looked] = settle(facts, hex);
        const { target, options } = facts;
        expect(settled.kind).not.toBe('hash-target');
        if (settled.kind === 'skip') expect([looked, hex, target.kind]).toEqual([true, GOOD, 'file']);
        if (settled.kind === 'skip' && settled.status === 'unchanged') expect(options.update).toBe(true);
        if (settled.kind === 'finish') expect(target).toMatchObject({ isPart: true });
        if (settled.kind === 'confirm')
          expect([options.update || options.force, looked, hex]).toEqual([false, true, GOOD]);
        if (settled.kind !== 'fetch') return;
        expect(['directory', 'other']).not.toContain(target.kind);
        if (target.kind === 'symlink') expect(options.force).toBe(true);
        if (target.kind !== 'absent') expect(settled.replace).toBe(true);
        if (settled.replace) expect(options.force || options.update).toBe(true);
        expect(settled.from > 0).toBe(settled.mode === 'continue');
        if (settled.adopts !== undefined) expect([settled.mode, settled.known.size]).toEqual(['continue', 100]);
        if (settled.unless !== undefined)
          expect([options.update || options.force, looked, hex, settled.mode]).toEqual([true, true, GOOD, 'fresh']);
        if (options.restart) expect(settled.mode).toBe('fresh');
        if (facts.part.kind === 'unusable' && facts.part.why === 'newer') expect(options.restart).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
