import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scratch } from '../support/scratch.js';
import { deadOwner, placeIn } from './lock-set-up.js';

const ROUNDS = 200;

describe('processes racing for one stale lock', () => {
  it(`never own it together (${ROUNDS} rounds)`, { timeout: 120_000 }, async () => {
    const racers = [1, 2, 3].map(() => fork(new URL('./lock-racer.mjs', import.meta.url), { execArgv: [] }));
    try {
      await Promise.all(racers.map(answer));
      for (let round = 0; round < ROUNDS; round += 1) {
        const place = placeIn(scratch());
        const nonces = ['00000000aaaaaaaa', '00000000bbbbbbbb', '00000000cccccccc'];
        writeFileSync(place.path, JSON.stringify(await deadOwner(nonces[0] ?? '')));
        // In every other round an heir died as well.
        if (round % 2 === 1) {
          writeFileSync(`${place.path}.${nonces[0]}.heir`, JSON.stringify(await deadOwner(nonces[1] ?? '')));
        }
        const answers = racers.map(answer);
        for (const racer of racers) racer.send({ place });
        const results = (await Promise.all(answers)).sort();
        expect(results, `round ${round}`).toEqual(['lock.held', 'lock.held', 'won']);
        const unlocked = racers.map(answer);
        for (const racer of racers) racer.send({ unlock: true });
        await Promise.all(unlocked);
        expect(readdirSync(place.directory), `round ${round}`).toEqual([]);
      }
    } finally {
      for (const racer of racers) racer.kill();
    }
  });
});

async function answer(racer: ChildProcess): Promise<string> {
  const [message] = await once(racer, 'message');
  return (message as { result: string }).result;
}
