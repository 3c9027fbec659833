import type { Random } from './random.js';

/** Beyond it a mutation is cut: sizes have tests of their own. */
const INPUT_LIMIT = 64 * 1024;

/** What has broken parsers elsewhere. */
const NASTY: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '\0',
  '\r\n',
  '\n',
  '\r',
  '\t',
  '\x1b[2J',
  '\x1b]0;title\x07',
  '\u009b31m',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\u2028',
  '\u200b',
  '::add-path::/tmp',
  '##vso[task.setvariable]',
  "##teamcity[message text='x']",
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  '0',
  '-1',
  '1e999',
  'NaN',
  '9007199254740993',
  '18446744073709551616',
  '0x10',
  'é✓😀',
  '"',
  "'",
  '\\',
  ' ',
];

type Mutation = (input: Buffer, random: Random, words: readonly string[], others: readonly Uint8Array[]) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // A byte becomes another one.
  (input, random) => {
    const changed = Buffer.from(input);
    if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
    return changed;
  },
  // A stretch goes.
  (input, random) => {
    const from = random.below(input.length + 1);
    return Buffer.concat([input.subarray(0, from), input.subarray(from + 1 + random.below(16))]);
  },
  // The rest goes.
  (input, random) => input.subarray(0, random.below(input.length + 1)),
  // A word comes in, or stands in place of something.
  (input, random, words) => {
    const from = random.below(input.length + 1);
    const word = Buffer.from(random.of(random.below(2) === 0 && words.length > 0 ? words : NASTY));
    return Buffer.concat([input.subarray(0, from), word, input.subarray(from + random.of([0, 0, 1, word.length]))]);
  },
  // A stretch comes again, many times.
  (input, random) => {
    const from = random.below(input.length + 1);
    const part = input.subarray(from, from + 1 + random.below(64));
    const times = random.of([1, 1, 2, 8, 200]);
    return Buffer.concat([input.subarray(0, from), ...Array<Buffer>(times).fill(part), input.subarray(from)]);
  },
  // The end of another input takes the place of this one's.
  (input, random, _, others) => {
    const other = random.of(others);
    return Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      Buffer.from(other).subarray(random.below(other.length + 1)),
    ]);
  },
  // Two lines change places.
  (input, random) => {
    const lines = input.toString('latin1').split('\n');
    const [a, b] = [random.below(lines.length), random.below(lines.length)];
    const [first = '', second = ''] = [lines[a], lines[b]];
    return Buffer.from(lines.map((line, at) => (at === a ? second : at === b ? first : line)).join('\n'), 'latin1');
  },
];

/** Another input, made of one that is known. @param others all that are known */
export function mutated(random: Random, words: readonly string[], others: readonly Uint8Array[]): Buffer {
  let input: Buffer = Buffer.from(random.of(others));
  const changes = random.of([1, 1, 1, 2, 2, 3, 5, 9]);
  for (let change = 0; change < changes; change += 1) input = random.of(MUTATIONS)(input, random, words, others);
  return Buffer.from(input.subarray(0, INPUT_LIMIT));
}

/** The smallest input that can be had by leaving things out of this one while it still does what it did. */
export async function minimized(
  input: Buffer,
  isSame: (input: Buffer) => Promise<boolean>,
  tries = 2000,
): Promise<Buffer> {
  let smallest = input;
  let left = tries;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.length && left > 0; left -= 1) {
      const without = Buffer.concat([smallest.subarray(0, from), smallest.subarray(from + size)]);
      if (await isSame(without)) smallest = without;
      else from += size;
    }
  }
  return smallest;
}
