import { expect, it } from 'vitest';
import { shareSync } from '#imgdl/fs/shared-sync.js';

/** Syncs that end when they are told to; each remembers what was done when it began. */
function syncs() {
  let done = 0;
  const begun: { readonly covers: number; readonly end: (error?: Error) => void }[] = [];
  const sync = shareSync(
    () =>
      new Promise<number>((resolve, reject) => {
        const covers = done;
        begun.push({ covers, end: (error) => (error === undefined ? resolve(covers) : reject(error)) });
      }),
  );
  const doAndSync = () => {
    done += 1;
    return sync();
  };
  const until = async (count: number) => {
    for (let turn = 0; turn < 20 && begun.length < count; turn += 1) await new Promise((next) => setImmediate(next));
    expect(begun).toHaveLength(count);
  };
  return { begun, doAndSync, until };
}

it('serves with one sync all who ask in the same turn', async () => {
  const { begun, doAndSync, until } = syncs();
  const asked = [doAndSync(), doAndSync(), doAndSync()];
  await until(1);
  begun[0]?.end();
  expect(await Promise.all(asked)).toEqual([3, 3, 3]);
  expect(begun).toHaveLength(1);
});

it('gives nobody a sync that began before he asked', async () => {
  const { begun, doAndSync, until } = syncs();
  const first = doAndSync();
  await until(1);
  const later = [doAndSync(), doAndSync()];
  await new Promise((next) => setImmediate(next));
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  expect(await first).toBe(1);
  await until(2);
  begun[1]?.end();
  expect(await Promise.all(later)).toEqual([3, 3]);
});

it('tells a failure to all who shared it, and to nobody else', async () => {
  const { begun, doAndSync, until } = syncs();
  const failing = [doAndSync(), doAndSync()].map((asked) => expect(asked).rejects.toThrow('disk'));
  await until(1);
  const next = doAndSync();
  begun[0]?.end(new Error('disk'));
  await Promise.all(failing);
  await until(2);
  begun[1]?.end();
  expect(await next).toBe(3);
});
