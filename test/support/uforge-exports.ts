import { AppError } from '#imgdl/core/errors.js';
import { type FakeTransport, fakeTransport, type Recorded, type Scripted } from './fake-transport.js';

/** One thing that an AppCenter is asked for: a step is taken for each time, the last stays. */
export type Step = Scripted | Error | 'hangs';

export interface ExportScript {
  readonly subject?: readonly Step[];
  readonly post?: readonly Step[];
  readonly status?: readonly Step[];
  readonly cancel?: readonly Step[];
  readonly delete?: readonly Step[];
}

export type Part = keyof ExportScript;

const NAMESPACE = 'xmlns:ns0="http://www.usharesoft.com/uforge"';

export function element(root: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ns0:${root} ${NAMESPACE}>${inner}</ns0:${root}>`;
}

/** The body of a status. */
export function statusOf(facts: Readonly<Record<string, string>>): Scripted {
  const fields = { cancelled: 'false', complete: 'false', error: 'false', ...facts };
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  return { body: element('status', inner.join('')) };
}

export const COMPLETE = statusOf({ complete: 'true', percentage: '100', message: 'Done' });

const USUAL: Required<ExportScript> = {
  subject: [
    {
      body: element('appliance', '<dbId>747</dbId><name>web-server</name><revision>3</revision><version>1.2</version>'),
    },
  ],
  post: [{ status: 201, body: element('applianceExport', '<dbId>5001</dbId>') }],
  status: [COMPLETE],
  cancel: [{ status: 204 }],
  delete: [{ status: 204 }],
};

export interface ExportServer extends FakeTransport {
  /** What it was asked for, in order. */
  readonly asked: readonly Part[];
}

/** An AppCenter that exports one appliance or bundle, and answers metadata requests only. */
export function exportServer(script: ExportScript = {}): ExportServer {
  const left = Object.fromEntries(
    Object.entries({ ...USUAL, ...script }).map(([part, steps]) => [part, [...steps]]),
  ) as Record<Part, Step[]>;
  const asked: Part[] = [];
  const hanging = new Promise<never>(() => {});
  const fake = fakeTransport((request) => {
    const part = partOf(request);
    asked.push(part);
    const step = left[part].length > 1 ? left[part].shift() : left[part][0];
    if (step instanceof Error) throw step;
    return step === 'hangs' || step === undefined ? hanging : step;
  });
  const { call } = fake.transport;
  return {
    ...fake,
    asked,
    // As the real one: whoever aborts does not wait for an answer.
    transport: { ...fake.transport, call: (wanted, signal) => orAborted(call(wanted, signal), signal) },
  };
}

function partOf({ method, url }: Recorded): Part {
  if (method === 'POST') return 'post';
  if (method === 'DELETE') return url.pathname.endsWith('/status') ? 'cancel' : 'delete';
  return url.pathname.includes('/exports/') ? 'status' : 'subject';
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return await Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

/** A connection that broke after the request was sent. */
export const CUT = new AppError('net.reset', 'POST https://h/api: connection reset', { details: { step: 'headers' } });
/** One that never came to be. */
export const REFUSED = new AppError('net.refused', 'POST https://h/api: connection refused', {
  details: { step: 'connect' },
});
