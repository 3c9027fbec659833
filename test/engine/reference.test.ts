/** A name was asked for. What is compared and written is the object that it meant. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { CALM, MEANT, World } from '../property/world.js';

let world: World | undefined;
afterEach(() => world?.remove());

describe.each(['digest', 'etag'] as const)('an object that is proven by %s', (proof) => {
  test('is the one that its metadata name: in journal, receipt, outcome and progress', async () => {
    world = new World(proof);
    expect(await world.run({ cuts: [200_000] })).toMatchObject({ kind: 'failed', told: { source: MEANT } });
    const [head = ''] = readFileSync(world.beside('journal') ?? '', 'utf8').split('\n');
    expect(head).toContain(JSON.stringify(MEANT));
    expect(await world.run(CALM, { receipt: true })).toMatchObject({
      kind: 'done',
      outcome: { status: 'resumed', source: MEANT },
      told: { source: MEANT },
    });
    const receipt = readFileSync(`${world.target}.imgdl.json`, 'utf8');
    expect(JSON.parse(receipt)).toMatchObject({ source: MEANT });
  });
});
