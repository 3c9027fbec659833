import type { CommandTable } from '../app/command-table.js';
import { loadSettings } from '../config/layers.js';
import { unlessAborted } from '../core/abort.js';
import type { Settings } from '../core/option.js';
import { Output } from './output.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import { watchSignals } from './signals.js';

/** A command that asks no server, as it was given. */
export interface LocalInvocation {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly table: CommandTable;
  readonly io: Io;
}

/**
 * From a command that asks no server to its exit code: settings, signals, and whatever goes wrong.
 * @param work returns the exit code
 */
export async function invokeLocally(
  { flags, table, io }: LocalInvocation,
  work: (settings: Settings, output: Output, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const abort = new AbortController();
  const output = new Output(io, flags, abort);
  const unwatch = watchSignals(abort, { early: io.earlySignals });
  try {
    // A configuration may come through a pipe that nobody writes to.
    const loading = loadSettings({ flags, env: io.env, home: io.home, options: table.options });
    const settings = await unlessAborted(loading, abort.signal);
    output.configure(settings, { watched: false, images: 0, batch: false });
    return await work(settings, output, abort.signal);
  } catch (error) {
    return await output.fail(abort.signal.aborted ? abort.signal.reason : error);
  } finally {
    unwatch();
  }
}
