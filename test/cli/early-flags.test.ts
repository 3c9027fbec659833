import { describe, expect, test } from 'vitest';
import { earlyFlags } from '#imgdl/cli/early-flags.js';

/** Of each option the last value: the one that counts. */
function early(args: readonly string[]): Readonly<Record<string, string>> {
  const last = [...earlyFlags(args)].flatMap(([key, values]) => values.slice(-1).map((value) => [key, value] as const));
  return Object.fromEntries(last);
}

describe('how to speak, before the command line is understood', () => {
  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['nothing', 'nope 1', {}],
    ['a document', 'nope --json', { json: 'true' }],
    ['a document, before the command', '--json nope', { json: 'true' }],
    ['no document after all', 'url --json --no-json', { json: 'false' }],
    ['a document after all', 'url --no-json --json', { json: 'true' }],
    ['a switch in short', 'url -q', { quiet: 'true' }],
    ['switches in one word', 'url -nqv', { quiet: 'true', verbose: 'true' }],
    ['the letters of a value are no switches', 'url -oqv', { output: 'qv' }],
    ['switches before a value', 'url -qov', { quiet: 'true' }],
    ['stdout', 'url -o -', { output: '-' }],
    ['stdout, in one word', 'url -o-', { output: '-' }],
    ['stdout, in long', 'url --output -', { output: '-' }],
    ['stdout, with a sign', 'url --output=-', { output: '-' }],
    ['the last counts', 'url -o - -o x', { output: 'x' }],
    ['events', 'url --progress json', { progress: 'json' }],
    ['events, with a sign', 'url --progress=json', { progress: 'json' }],
    ['a value that is missing', 'url --progress', {}],
    ['nothing after --', 'sandbox -- imgdl url --json -q', {}],
    ['no word that only begins alike', 'url --jsonx --quietly --progressive=json', {}],
  ])('%s: %s', (_, line, expected) => {
    expect(early(line.split(' '))).toEqual(expected);
  });
});
