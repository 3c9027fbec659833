import type { CommandTable } from '../app/command-table.js';
import { plainUrlsOf } from '../app/command-urls.js';
import { Run } from '../app/run.js';
import { loadSettings } from '../config/layers.js';
import { unlessAborted } from '../core/abort.js';
import type { ProviderCommand } from '../core/provider.js';
import { Output } from './output.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import { watchSignals } from './signals.js';

/** A command as it was given. */
export interface Invocation<Command extends ProviderCommand> {
  readonly command: Command;
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly table: CommandTable;
  readonly io: Io;
}

/**
 * From a command to its exit code: settings, signals, a run, and whatever goes wrong.
 * @param images that are to be shown on their way
 * @param work what the command does
 * @param tell what came of it, when the run is over. @returns the exit code
 */
export async function invoke<Result>(
  { command, args, flags, table, io }: Invocation<ProviderCommand>,
  images: number,
  work: (run: Run, output: Output) => Promise<Result>,
  tell: (result: Result, output: Output) => Promise<number>,
): Promise<number> {
  const abort = new AbortController();
  const output = new Output(io, flags, abort);
  const unwatch = watchSignals(abort, { early: io.earlySignals });
  try {
    const { providers, options } = table;
    const urls = plainUrlsOf(providers, command, args);
    // A configuration may come through a pipe that nobody writes to.
    const loading = loadSettings({ flags, env: io.env, home: io.home, options, urls });
    const settings = await unlessAborted(loading, abort.signal);
    output.configure(settings, images);
    for (const message of settings.notes) output.report({ type: 'note', message });
    const run = await Run.open({ providers, options, settings, host: io, report: output.report, abort }, command, args);
    const result = await work(run, output).finally(() => run.close());
    return await tell(result, output);
  } catch (error) {
    return await output.fail(abort.signal.aborted ? abort.signal.reason : error);
  } finally {
    unwatch();
  }
}
