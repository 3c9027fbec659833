import { drip, fin, flood, head, rst, type Step, send, stall } from '../support/fault-server.js';
import { alsoFields, chunked, cut, status, steps, unannounced, under } from './answers.js';
import { everywhere, withMetadata } from './at-services.js';
import type { FaultCase } from './fault-case.js';
import { type Ask, bytes, SIZE, sound } from './origin.js';
import { catalogue } from './run-case.js';

const HELD = 400_000;
/** For what waits in vain; long enough for a busy machine to do what comes before. */
const BRIEF = ['--timeout', '3s'];
/** Which of the two depends on what the kernel had delivered when the reset came. */
const LOST = /^net\.(?:reset|truncated)$/;
const BINARY = 'Content-Type: application/octet-stream';
const kebab = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

const CUTS: readonly FaultCase[] = [
  ...everywhere({
    id: 'connection/reset-before-status',
    title: 'the connection is reset after the request, before a word came',
    data: [steps(rst)],
    exit: 6,
    code: 'net.reset',
    files: 'nothing',
  }),
  {
    id: 'connection/reset-before-status-once',
    title: 'the same once: the GET is repeated',
    data: [steps(rst)],
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  },
  ...everywhere({
    id: 'connection/closed-before-status',
    title: 'the connection ends after the request, before a word came',
    data: [steps(fin)],
    exit: 6,
    files: 'nothing',
  }),
  ...[4096, HELD, SIZE - 1].flatMap((at): readonly FaultCase[] => [
    {
      id: `connection/reset-at-${at}`,
      title: `the connection is reset after ${at} bytes of the body`,
      data: [cut(at, rst)],
      exit: 6,
      code: LOST,
      files: 'kept',
    },
    {
      id: `connection/fin-at-${at}`,
      title: `the body ends after ${at} bytes`,
      data: [cut(at, fin)],
      exit: 6,
      code: 'net.truncated',
      files: 'kept',
    },
  ]),
  ...[0, 1].map(
    (at): FaultCase => ({
      id: `connection/reset-at-${at}`,
      title: `the connection is reset after ${at} bytes of the body: too few to tell an image by`,
      data: [cut(at, rst)],
      exit: 6,
      code: LOST,
      files: 'nothing',
    }),
  ),
  ...everywhere({
    id: 'connection/reset-once-resumes',
    title: 'the connection is reset once: the rest is asked for, no more',
    data: [cut(HELD, rst)],
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  }),
  {
    id: 'connection/cut-each-time-at-a-limit',
    title: 'a load balancer closes after the same number of bytes each time',
    data: [cut(200_000, fin), cut(400_000, fin), cut(SIZE - 1, fin)],
    exit: 0,
    files: 'complete',
  },
  ...everywhere({
    id: 'connection/length-unannounced-cut',
    title: 'no length, and the connection ends before the size that metadata or the earlier answer told',
    heldTo: HELD,
    data: [unannounced(HELD + 1)],
    exit: 6,
    code: 'net.truncated',
    files: 'kept',
  }),
  {
    id: 'connection/length-unannounced-reset',
    title: 'no length, and the connection is reset: not the end of the image',
    service: 'glance',
    data: [(ask) => [head(200, 'Connection: close', BINARY), ...bytes(ask.origin, 0, HELD), rst]],
    exit: 6,
    code: LOST,
    files: 'kept',
  },
  {
    id: 'connection/length-unknown',
    title: 'no length anywhere, and no digest: nothing could prove the end',
    data: [unannounced(undefined, BINARY)],
    exit: 9,
    code: 'integrity.unproven',
    files: 'nothing',
    contract: 'exit 9: the proof that --require asks for is missing, the protocol is not at fault',
  },
  {
    id: 'connection/length-unknown-accepted',
    title: 'the same with --require none',
    data: [unannounced(undefined, BINARY)],
    args: ['--require', 'none'],
    exit: 0,
    files: 'complete',
    verified: 'none',
  },
];

const CHUNKS: readonly FaultCase[] = [
  {
    id: 'connection/chunks-of-unknown-size',
    title: 'chunks of a plain URL: no length and no digest, so that not a byte is worth fetching',
    data: [chunked('', HELD)],
    exit: 9,
    code: 'integrity.unproven',
    files: 'nothing',
  },
  ...withMetadata({
    id: 'connection/chunks-without-last',
    title: 'chunks, and a FIN at the boundary of one, without the last',
    data: [chunked('', HELD)],
    exit: 6,
    code: 'net.truncated',
    files: 'kept',
  }),
  ...(['', '0\r\n'] as const).flatMap((end): readonly FaultCase[] => {
    const name = end === '' ? 'missing' : 'not-ended';
    return [
      {
        id: `connection/last-chunk-${name}`,
        title: `all the bytes that the metadata promise, but the last chunk is ${name}: is that all of it?`,
        service: 'uforge',
        data: [chunked(end)],
        exit: 6,
        code: 'net.truncated',
        files: 'kept',
      },
      {
        id: `connection/last-chunk-${name}-digest`,
        title: 'the same with a digest that matches',
        service: 'glance',
        data: [chunked(end)],
        exit: 0,
        files: 'complete',
        verified: 'sha512',
        contract: 'exit 0: the digest of the promised bytes proves more than an end could',
      },
    ];
  }),
  ...['zz', '-1', 'FFFFFFFFFFFFFFFFF', '1 0'].map(
    (size): FaultCase => ({
      id: `connection/chunk-size-${kebab(size)}`,
      title: `a chunk of size ${size}`,
      service: 'glance',
      data: [steps(head(200, 'Transfer-Encoding: chunked', BINARY), send(`${size}\r\nabc\r\n`), stall)],
      exit: 8,
      code: 'proto.framing',
      files: 'nothing',
    }),
  ),
  {
    id: 'connection/chunks-beyond-the-size',
    title: 'chunks with more than the size that the metadata promise, and no digest',
    service: 'uforge',
    data: [
      (ask) => [
        head(200, 'Transfer-Encoding: chunked', BINARY),
        send(`${SIZE.toString(16)}\r\n`),
        ...bytes(ask.origin, 0, SIZE),
        send(`\r\n5\r\nextra\r\n0\r\n\r\n`),
      ],
    ],
    exit: 9,
    code: 'integrity.size',
    files: 'kept',
    contract: 'kept: nothing that was received is given up, and the next run compares it with what comes then',
  },
  {
    id: 'connection/unannounced-beyond-the-size',
    title: 'no length, and more than the size that the metadata promise',
    service: 'uforge',
    data: [(ask) => [head(200, 'Connection: close', BINARY), ...bytes(ask.origin, 0, SIZE), send('extra'), fin]],
    exit: 9,
    code: 'integrity.size',
    files: 'kept',
    contract: 'kept: nothing that was received is given up, and the next run compares it with what comes then',
  },
];

const SILENCE: readonly FaultCase[] = [
  ...everywhere({
    id: 'connection/stall',
    title: 'the body stops for ever, and the connection stays open',
    data: [cut(HELD, stall)],
    args: BRIEF,
    exit: 6,
    code: 'net.stall',
    files: 'kept',
  }),
  {
    id: 'connection/stall-once',
    title: 'the body stops once: a new connection goes on',
    data: [cut(HELD, stall)],
    args: BRIEF,
    exit: 0,
    files: 'complete',
  },
  ...everywhere({
    id: 'connection/no-head',
    title: 'the head never comes',
    data: [steps(stall)],
    args: BRIEF,
    exit: 6,
    code: 'net.header-timeout',
    files: 'nothing',
  }),
  {
    id: 'connection/head-drips',
    title: 'the head comes a byte at a time',
    data: [steps(drip(`HTTP/1.1 200 OK\r\nX-Filler: ${'x'.repeat(500)}`, 50))],
    args: BRIEF,
    exit: 6,
    code: 'net.header-timeout',
    files: 'nothing',
  },
  ...[100, 102, 103].map(
    (code): FaultCase => ({
      id: `connection/interim-${code}-for-ever`,
      title: `${code} again and again, and never an answer`,
      data: [steps(flood(`HTTP/1.1 ${code} Interim\r\n\r\n`, 150))],
      args: BRIEF,
      exit: 6,
      code: 'net.header-timeout',
      files: 'nothing',
      contract: 'exit 6: one deadline for all heads, which a busy server can miss, too',
    }),
  ),
];

const FRAMING: readonly FaultCase[] = [
  {
    id: 'connection/head-too-long',
    title: 'a field of 70 KB',
    data: [(ask) => alsoFields(`X-Filler: ${'x'.repeat(70_000)}`)(ask)],
    exit: 8,
    code: 'proto.headers',
    files: 'nothing',
  },
  {
    id: 'connection/head-of-ten-thousand-fields',
    title: '10,000 fields',
    data: [(ask) => alsoFields(...Array.from({ length: 10_000 }, (_, at) => `X-${at}: y`))(ask)],
    exit: 8,
    code: 'proto.headers',
    files: 'nothing',
  },
  ...(
    [
      ['twice-different', ['Content-Length: 600001', 'Content-Length: 600000']],
      ['twice-equal', ['Content-Length: 600001', 'Content-Length: 600001']],
      ['listed', ['Content-Length: 600001, 600001']],
      ['signed', ['Content-Length: +600001']],
      ['negative', ['Content-Length: -5']],
      ['hexadecimal', ['Content-Length: 0x10']],
      ['empty', ['Content-Length:']],
      ['and-chunked', ['Content-Length: 600001', 'Transfer-Encoding: chunked']],
      ['chunked-twice', ['Transfer-Encoding: chunked, chunked']],
      ['gzip-chunked', ['Transfer-Encoding: gzip, chunked']],
      ['name-with-blank', ['Content-Length : 600001']],
      ['nul-in-a-field', ['Content-Length: 600001', 'X-Nul: a\0b']],
      ['folded', ['Content-Length: 600001', 'X-Folded: a\r\n b']],
    ] as const
  ).flatMap(([name, fields]) =>
    (['url', 'glance'] as const).map(
      (service): FaultCase => ({
        id: `connection/framing-${name}-${service}`,
        title: `${JSON.stringify(fields)}, ${service}`,
        service,
        data: [under(200, BINARY, ...fields)],
        exit: 8,
        code: 'proto.framing',
        files: 'nothing',
        ...(name === 'nul-in-a-field' ? { says: /a control character/ } : {}),
      }),
    ),
  ),
  ...everywhere({
    id: 'connection/continue-unasked',
    title: 'a 100 Continue that nobody asked for comes before every answer: ignored',
    data: [unasked],
    facts: [unasked],
    logIn: [unasked],
    exit: 0,
    files: 'complete',
  }),
  {
    id: 'connection/line-feeds-only',
    title: 'lines end with LF alone',
    data: [(ask) => [send(`HTTP/1.1 200 OK\nContent-Length: ${SIZE}\n\n`), ...bytes(ask.origin, 0, SIZE)]],
    exit: 8,
    code: 'proto.framing',
    files: 'nothing',
  },
  {
    id: 'connection/more-than-announced',
    title: 'the server goes on after the announced length',
    data: [(ask) => [...sound(ask), send('more'.repeat(100))]],
    exit: 0,
    files: 'complete',
  },
  ...(['facts', 'log-in'] as const).map(
    (place): FaultCase => ({
      id: `connection/answer-nobody-asked-for-after-${place}`,
      title: `a second answer follows that to the ${place}: the next request is answered by its own`,
      service: 'glance',
      [place === 'facts' ? 'facts' : 'logIn']: [
        ((ask) => [merged(sound(ask), 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad')]) satisfies NonNullable<
          FaultCase['facts']
        >[number],
      ],
      exit: 0,
      files: 'complete',
    }),
  ),
  {
    id: 'connection/ssh-banner',
    title: 'the port speaks SSH',
    greeting: [send('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n')],
    data: [steps(stall)],
    exit: 8,
    code: 'proto.framing',
    files: 'nothing',
  },
];

function unasked(ask: Ask): readonly Step[] {
  return [send('HTTP/1.1 100 Continue\r\n\r\n'), ...sound(ask)];
}

/** In one segment. */
function merged(all: readonly Step[], more: string): Step {
  const data = all.map((step) => (step.do === 'send' ? Buffer.from(step.data) : Buffer.alloc(0)));
  return send(Buffer.concat([...data, Buffer.from(more)]));
}

const TLS: readonly FaultCase[] = [
  ...(
    [
      ['self-signed', ({ selfSigned }) => selfSigned],
      ['of-another-host', ({ wrongHost }) => wrongHost],
      ['expired', ({ expired }) => expired],
    ] as const satisfies readonly (readonly [string, FaultCase['tls']])[]
  ).map(
    ([name, tls]): FaultCase => ({
      id: `connection/certificate-${name}`,
      title: `the certificate is ${name.replaceAll('-', ' ')}`,
      tls,
      exit: 7,
      code: 'tls.certificate',
      files: 'nothing',
      rerun: 'none',
    }),
  ),
  {
    id: 'connection/plain-on-the-tls-port',
    title: 'https, but the server speaks plain HTTP',
    scheme: 'https',
    greeting: [send('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
    exit: 7,
    code: 'tls.protocol',
    files: 'nothing',
    rerun: 'none',
  },
  {
    id: 'connection/tls-on-the-plain-port',
    title: 'http, but the server speaks TLS: its alert is no HTTP',
    greeting: [send('\x15\x03\x01\x00\x02\x02\x16'), fin],
    exit: 8,
    code: 'proto.framing',
    files: 'nothing',
  },
  {
    id: 'connection/tls-never-answers',
    title: 'TCP connects, TLS says nothing',
    scheme: 'https',
    args: BRIEF,
    exit: 6,
    code: /^net\.(?:connect|header)-timeout$/,
    files: 'nothing',
    rerun: 'none',
  },
  {
    id: 'connection/tls-end-without-close-notify',
    title: 'TLS without a length, and TCP ends without close_notify',
    service: 'glance',
    tls: ({ good }) => good,
    // Which of its first connections the data takes is for imgdl to say.
    front: { cutAfter: [300_000, 300_000, 300_000, 300_000], cutBy: 'fin' },
    data: [unannounced()],
    exit: 6,
    code: LOST,
    files: 'kept',
  },
];

const RECORDS: readonly FaultCase[] = [
  {
    id: 'connection/tls-record-damaged',
    title: 'one byte of a TLS record is damaged on its way',
    service: 'glance',
    tls: ({ good }) => good,
    front: { flipAt: 300_000 },
    args: BRIEF,
    exit: 6,
    code: /^net\.|^tls\./,
    files: 'kept',
  },
];

const PROXY: readonly FaultCase[] = [
  {
    id: 'connection/proxy-wants-a-password',
    title: 'the proxy answers 407',
    args: ({ foreign }) => ['--proxy', foreign.url],
    foreign: () => [head(407, 'Content-Length: 0', 'Proxy-Authenticate: Basic realm="x"')],
    exit: 3,
    code: 'auth.proxy',
    files: 'nothing',
    rerun: 'none',
  },
  {
    id: 'connection/proxy-down',
    title: 'the proxy does not answer: imgdl does not go around it',
    args: ['--proxy', 'http://127.0.0.1:1'],
    exit: 6,
    code: 'net.proxy',
    files: 'nothing',
    rerun: 'none',
    also: ({ origin }) => {
      if (origin.server.accepted() > 0) throw new Error('it went around the proxy');
    },
  },
  {
    id: 'connection/captive-portal',
    title: 'a portal answers the plain GET with its own page',
    args: ({ foreign }) => ['--proxy', foreign.url],
    foreign: () => [
      head(200, 'Content-Type: text/html', 'Content-Length: 40'),
      send('<html><body>Please log in</body></html> '),
    ],
    exit: 8,
    code: 'proto.not-image',
    files: 'nothing',
    rerun: 'none',
  },
  {
    id: 'connection/proxy-connect-without-end',
    title: 'the answer of the proxy to CONNECT never ends',
    tls: ({ good }) => good,
    args: ({ foreign }) => ['--proxy', foreign.url],
    foreign: () => [send('HTTP/1.1 200 OK\r\n'), flood(`X-Filler: ${'x'.repeat(1000)}\r\n`, 1)],
    exit: 8,
    code: 'proto.headers',
    files: 'nothing',
    rerun: 'none',
  },
  {
    id: 'connection/proxy-connect-silent',
    title: 'the proxy never answers CONNECT',
    tls: ({ good }) => good,
    args: ({ foreign }) => ['--proxy', foreign.url, ...BRIEF],
    foreign: () => [stall],
    exit: 6,
    files: 'nothing',
    rerun: 'none',
  },
  {
    id: 'connection/proxy-refuses-connect',
    title: 'the proxy answers CONNECT with 403',
    tls: ({ good }) => good,
    args: ({ foreign }) => ['--proxy', foreign.url],
    foreign: () => [head(403, 'Content-Length: 9'), send('forbidden')],
    exit: 6,
    code: 'net.proxy',
    files: 'nothing',
    rerun: 'none',
  },
];

const LATER: readonly FaultCase[] = [
  ...[500, 502, 503, 504, 408, 425, 429].flatMap((code): readonly FaultCase[] => [
    ...everywhere({
      id: `connection/status-${code}-for-ever`,
      title: `${code} for ever, with a part that an earlier run left`,
      heldTo: HELD,
      data: [status(code, 'busy')],
      exit: 6,
      code: 'http.unavailable',
      files: 'kept',
    }),
  ]),
  ...[503, 408].map(
    (code): FaultCase => ({
      id: `connection/status-${code}-once`,
      title: `${code} once, and the connection closes`,
      data: [(ask) => [...status(code, 'busy', 'Connection: close')(ask), fin]],
      exit: 0,
      files: 'complete',
    }),
  ),
  ...[-86_400_000, 86_400_000].map(
    (skewMs): FaultCase => ({
      id: `connection/retry-after-date-clock-${skewMs < 0 ? 'behind' : 'ahead'}`,
      title: `503 with Retry-After as a date, and the server's clock is a day ${skewMs < 0 ? 'behind' : 'ahead'}`,
      data: [
        (ask) => {
          const now = Date.now() + skewMs;
          const at = (ms: number): string => new Date(ms).toUTCString();
          return status(503, 'busy', `Date: ${at(now)}`, `Retry-After: ${at(now + 1000)}`)(ask);
        },
      ],
      exit: 0,
      files: 'complete',
    }),
  ),
  {
    id: 'connection/retry-after-too-long',
    title: '503 with a Retry-After of an hour: ends at once',
    data: [status(503, 'busy', 'Retry-After: 3600')],
    retries: 3,
    exit: 6,
    code: 'http.unavailable',
    files: 'nothing',
  },
];

catalogue('connection', [...CUTS, ...CHUNKS, ...SILENCE, ...FRAMING, ...TLS, ...RECORDS, ...PROXY, ...LATER]);
