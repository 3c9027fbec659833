/** Who waits for another imgdl that makes the same object finds it complete, although no digest of it is known. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { download, type FileOptions, isAppError, type Outcome, type TransferEvent } from '#imgdl/index.js';
import { makeCanaries } from '../faults/canaries.js';
import { bytes, bytesOf, digestOf, headOf, Origin, type Reply, type Service } from '../faults/origin.js';
import { awaiting } from '../support/fault-server.js';
import { scratch } from '../support/scratch.js';

/** Nothing that could prove a file: neither metadata nor an answer with a digest, a time or an ETag. */
const UNPROVEN = { record: { checksum: null, os_hash_algo: null, os_hash_value: null }, validators: [] };

interface Waiting {
  /** Words of the run that waits: those of the other unless told. */
  readonly words?: (origin: Origin) => readonly string[];
  readonly options?: Pick<FileOptions, 'receipt' | 'require'>;
  /** Before it begins, and after the other has. */
  readonly between?: (origin: Origin) => void;
}

/** One run is held in the middle until another waits for it. */
async function waitFor(service: Service, waiting: Waiting = {}) {
  const origin = await Origin.start(makeCanaries());
  try {
    return await waitAt(origin, service, waiting);
  } finally {
    await origin.server.close();
  }
}

async function waitAt(origin: Origin, service: Service, { words, options, between }: Waiting) {
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const halting: Reply = (ask) => {
    const { size } = origin.object;
    const half = Math.floor(size / 2);
    const head = headOf(ask, origin.dataFields(ask), size);
    return [...head, ...bytes(origin, 0, half), awaiting(held), ...bytes(origin, half, size)];
  };
  origin.use({ ...UNPROVEN, replies: { data: [halting] }, persists: false });
  const target = join(scratch(), 'disk.img');
  const settings = { target, env: origin.environment(service), retries: 0 };
  let first: Promise<Outcome> | undefined;
  await new Promise<void>((resolve) => {
    const onEvent = ({ type }: TransferEvent): void => (type === 'bytes' ? resolve() : undefined);
    first = download(origin.words(service), { ...settings, onEvent });
  });
  between?.(origin);
  const second = download(words?.(origin) ?? origin.words(service), {
    ...settings,
    onBusy: 'wait',
    onEvent: (event) => {
      if (event.type === 'phase' && event.phase === 'waiting-for-lock') goOn();
    },
    ...options,
  }).catch((error: unknown) => {
    if (isAppError(error)) return error;
    throw error;
  });
  expect(await first).toMatchObject({ status: 'downloaded', verified: 'size-only' });
  return { origin, target, found: await second };
}

describe('who waited', () => {
  test.each<Service>(['uforge', 'glance', 'url'])('finds the file complete, from %s', async (service) => {
    const { origin, target, found } = await waitFor(service);
    expect(found).toMatchObject({ status: 'complete', verified: 'size-only', bytes: origin.object.size });
    expect(readFileSync(target).equals(bytesOf(origin.object))).toBe(true);
  });

  test('gets a receipt with a digest of the file, where it wants one', async () => {
    const { origin, target, found } = await waitFor('glance', { options: { receipt: true } });
    expect(found).toMatchObject({ status: 'complete' });
    const receipt: unknown = JSON.parse(readFileSync(`${target}.imgdl.json`, 'utf8'));
    const sha256 = digestOf(origin.object, 'sha256');
    expect(receipt).toMatchObject({ digests: [{ algorithm: 'sha256', hex: sha256 }], bytes: origin.object.size });
  });

  test.each<[string, Service, Waiting, object]>([
    [
      'refuses the file of another URL, although it is as long',
      'url',
      { words: ({ url }) => ['url', `${url}/files/other.img`] },
      { code: 'fs.exists' },
    ],
    [
      'refuses the file of another revision',
      'uforge',
      {
        between: (origin) => {
          origin.object = { ...origin.object, rev: 2 };
        },
      },
      { code: 'fs.exists' },
    ],
    ['does not take it for proof', 'glance', { options: { require: 'digest' } }, { code: 'integrity.unproven' }],
  ])('%s', async (_, service, waiting, expected) => {
    const { found } = await waitFor(service, waiting);
    expect(found).toMatchObject(expected);
  });
});
