/**
 * Every parser of what others wrote, fed with a kept corpus and mutations of it. `npm run fuzz` goes on for an hour, or
 * for IMGDL_FUZZ seconds, and keeps what it finds in corpus/.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CORPUS, Corpus } from './corpus.js';
import { fuzz } from './fuzz.js';
import type { Target } from './target.js';
import { ANSWERS } from './targets/answers.js';
import { DISK } from './targets/disk.js';
import { FILES } from './targets/files.js';
import { HEADERS } from './targets/headers.js';
import { IMAGES } from './targets/images.js';
import { TEXTS } from './targets/texts.js';

const TARGETS: readonly Target[] = [...ANSWERS, ...HEADERS, ...DISK, ...FILES, ...IMAGES, ...TEXTS];
const SECONDS = Number(process.env['IMGDL_FUZZ'] ?? 0);
const EACH_S = SECONDS / TARGETS.length;
/** The same in every run of the suite: what passes here passes elsewhere. */
const SUITE = { seed: 1, runs: 250 };

describe('whatever it is fed', () => {
  test.each(TARGETS)('$name keeps its promises', { timeout: 60_000 + EACH_S * 3000 }, async (target) => {
    const long = {
      seed: Math.floor(Math.random() * 2 ** 31),
      runs: Number.POSITIVE_INFINITY,
      seconds: EACH_S,
      keep: true,
    };
    const tried = await fuzz(target, new Corpus(target.name), SECONDS > 0 ? long : SUITE);
    if (SECONDS > 0) process.stdout.write(`${target.name}: ${tried} inputs, seed ${long.seed}\n`);
  });

  test('every folder of the corpus belongs to a parser', () => {
    const names = TARGETS.map(({ name }) => name);
    for (const folder of readdirSync(CORPUS)) expect(names).toContain(folder);
  });
});

describe('what looks for mistakes finds them', () => {
  const root = mkdtempSync(join(tmpdir(), 'imgdl-fuzz-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const mistakes: readonly (readonly [name: string, said: RegExp, check: (text: string) => string])[] = [
    [
      'throws',
      /RangeError: a bug/,
      (text) => {
        if (text.includes('\\')) throw new RangeError('a bug');
        return 'fine';
      },
    ],
    [
      'hangs',
      /too much time/,
      (text) => {
        const begun = process.cpuUsage();
        while (text.includes('"') && process.cpuUsage(begun).user < 60_000);
        return 'fine';
      },
    ],
    [
      'pollutes',
      /polluted/,
      (text) => {
        Reflect.deleteProperty(Object.prototype, 'polluted');
        if (text.includes('__proto__')) Object.assign(Object.prototype, { polluted: true });
        return 'fine';
      },
    ],
  ];
  test.each(mistakes)('one that %s', async (name, said, check) => {
    const target: Target = {
      name,
      words: [],
      seeds: [Buffer.from('a plain')],
      check: (input) => check(input.toString()),
    };
    const corpus = new Corpus(name, root);
    try {
      await expect(fuzz(target, corpus, { seed: 3, runs: 20_000, cpuLimitMs: 50 })).rejects.toThrow(said);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
    const [kept = ''] = readdirSync(join(root, name));
    expect(kept).toMatch(/^crash-/);
    expect(readFileSync(join(root, name, kept)).length).toBeLessThan(12);
    // From now on it is the first thing that is tried.
    await expect(fuzz(target, corpus, { seed: 4, runs: 0, cpuLimitMs: 50 })).rejects.toThrow(said);
    Reflect.deleteProperty(Object.prototype, 'polluted');
  });
});
