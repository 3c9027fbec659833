/** The command line of the bench. */
import { parseArgs } from 'node:util';
import { GIB, parseSize } from './units.mjs';

export const HELP = `npm run bench -- [options]

Compares imgdl with the other tools that are installed, on servers of its own on loopback, and checks the targets.
Ends with 1 when a bar is missed.

  --only NAME      this scenario only; may be repeated
  --runs N         rounds that count, after one for warming up (9)
  --size SIZE      the size of the main scenarios, as in 256M; the others take their share of it (2G)
  --target DIR     memory-backed directory to work in (/dev/shm)
  --any-disk       accept a --target that is not memory-backed: measures that disk as well
  --json FILE      write everything that was measured to FILE
  --plot FILE      draw it, as SVG
  --page FILE      put the tables between the marks of a Markdown page, as of docs/performance.md
  --from FILE      measure nothing: show, draw and judge what --json has written
  --list           show scenarios, targets and tools, and end
  --help           show this
`;

/** @throws Error with a sentence for the user */
export function readArguments(argv, known) {
  const { values } = parseArgs({
    args: argv,
    allowPositionals: false,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '9' },
      size: { type: 'string', default: '2G' },
      target: { type: 'string', default: '/dev/shm' },
      'any-disk': { type: 'boolean', default: false },
      json: { type: 'string' },
      plot: { type: 'string' },
      page: { type: 'string' },
      from: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.flatMap((names) => names.split(','));
  const stranger = only.find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw new Error(`--only ${stranger}: there is no such scenario; there are ${known.join(', ')}`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 99)
    throw new Error(`--runs ${values.runs}: give a number from 1 to 99`);
  const size = parseSize(values.size);
  if (size === undefined || size > 16 * GIB)
    throw new Error(`--size ${values.size}: give a size up to 16G, as in 256M`);
  return { ...values, only, runs, size };
}
