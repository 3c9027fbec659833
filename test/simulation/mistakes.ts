/** Deliberate mistakes, each of which the simulation must find: else it is blind. */
import type { Mutation } from '../support/built-copy.js';

export interface Mistake {
  readonly sentence: string;
  readonly mutations: readonly Mutation[];
  /** What is said of it. */
  readonly found: RegExp;
}

/** The journal claims bytes before they are on the disk. */
export const CLAIM_FIRST: Mutation = {
  file: 'engine/sink/checkpointer.js',
  from: `await this.#part.sync();
        await this.#journal.append(await line);`,
  to: `await this.#journal.append(await line);
        await this.#part.sync();`,
};

/** The part is never told to be durable at a checkpoint. */
export const NEVER_SYNC: Mutation = {
  file: 'engine/sink/checkpointer.js',
  from: 'await this.#part.sync();',
  to: '',
};

/** Names are never made durable. */
export const NO_DIRECTORY_SYNC: Mutation = { file: 'fs/directory.js', from: 'await handle.sync();', to: '' };

/** Nothing is claimed before the end: every kill costs all. */
export const NO_CHECKPOINTS: readonly Mutation[] = [
  {
    file: 'engine/sink/checkpointer.js',
    from: 'export const CHECKPOINT_BYTES = 32 *',
    to: 'export const CHECKPOINT_BYTES = 1024 * 32 *',
  },
  { file: 'engine/sink/checkpointer.js', from: 'const CHECKPOINT_MS = 5_000;', to: 'const CHECKPOINT_MS = 5_000_000;' },
  {
    file: 'engine/sink/checkpointer.js',
    from: 'const UNCLAIMED_MAX_BYTES = 64 *',
    to: 'const UNCLAIMED_MAX_BYTES = 1024 * 64 *',
  },
];

/** The file gets its final name before its digests are looked at. */
export const PUBLISH_FIRST: Mutation = {
  file: 'engine/attempt.js',
  from: 'const { fetched, computed } = whole;',
  to: `const { fetched, computed } = whole;
        await (await import('node:fs/promises')).link(part.path, transfer.workspace.target);`,
};

const CLAIMED = /the journal claims/;
const LOST = /bytes had come, and only/;
const VISIBLE = /the target is visible with/;

export const MISTAKES: readonly Mistake[] = [
  { sentence: 'the journal is written before the data are synced', mutations: [CLAIM_FIRST], found: CLAIMED },
  { sentence: 'the data are not synced at a checkpoint', mutations: [NEVER_SYNC], found: CLAIMED },
  {
    sentence: 'the directory is never synced',
    mutations: [NO_DIRECTORY_SYNC],
    found: /the target of a run that ended 0 is gone/,
  },
  { sentence: 'nothing is claimed before the end', mutations: NO_CHECKPOINTS, found: LOST },
  {
    sentence: 'what an earlier run left is not hashed again',
    mutations: [
      { file: 'engine/sink/prefix-check.js', from: 'if (hex !== check.expected)', to: 'if (hex === undefined)' },
    ],
    found: VISIBLE,
  },
  {
    sentence: 'a digest that does not match is ignored',
    mutations: [{ file: 'engine/attempt.js', from: 'if (wrong.length > 0)', to: 'if (wrong.length > 99)' }],
    found: VISIBLE,
  },
  {
    sentence: 'a lock of somebody who lives is taken over',
    mutations: [{ file: 'fs/lock.js', from: 'if (!gone)', to: 'if (gone === undefined)' }],
    found: /./,
  },
];
