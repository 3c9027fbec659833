import type { CommandRow, CommandTable } from '../app/command-table.js';
import { plainUrlsOf } from '../app/command-urls.js';
import { type Deadline, startDeadline } from '../app/deadline.js';
import { Run } from '../app/run.js';
import { settingFacts } from '../config/explain.js';
import { configPlaces } from '../config/find.js';
import { type LoadedSettings, loadSettings, settingsForUrls } from '../config/layers.js';
import { checkStdin } from '../config/stdin.js';
import { unknownVariables } from '../config/unknown-variables.js';
import { unlessAborted } from '../core/abort.js';
import type { OptionSpec, Settings } from '../core/option.js';
import type { ProviderCommand } from '../core/provider.js';
import { withoutResume } from '../core/resume-hint.js';
import { Output } from './output.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import { watchSignals } from './signals.js';

/** A command as it was given. */
export interface Invocation<Command extends ProviderCommand> {
  readonly command: Command;
  readonly row: CommandRow;
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly table: CommandTable;
  readonly io: Io;
}

/** What a command is about to do. */
export interface Plan<Result> {
  /** Images that are downloaded. */
  readonly images: number;
  /** Their results are one result. */
  readonly batch: boolean;
  /** The arguments: a URL among them may say which server is meant. */
  readonly args: readonly string[];
  work(run: Run): Promise<Result>;
  /** Says what came of it, when the run is over. @returns the exit code */
  tell(result: Result): Promise<number>;
}

/**
 * From a command to its exit code: settings, signals, a run, and whatever goes wrong.
 * @param plan made when the settings are known; it may read files and stdin
 */
export async function invoke<Result>(
  { command, row, flags, table, io }: Invocation<ProviderCommand>,
  plan: (settings: Settings, output: Output) => Promise<Plan<Result>>,
): Promise<number> {
  const abort = new AbortController();
  const output = new Output(io, flags, abort);
  const unwatch = watchSignals(abort, { early: io.earlySignals });
  let deadline: Deadline | undefined;
  try {
    const { providers, options } = table;
    const watched = command.kind === 'download';
    // A configuration may come through a pipe that nobody writes to.
    const loaded = await unlessAborted(loadSettings({ flags, env: io.env, home: io.home, options }), abort.signal);
    output.configure(loaded, { watched, images: 0, batch: false });
    deadline = startDeadline(loaded, abort);
    checkStdin(loaded, row.options);
    // Who waits for stdin must still be able to be stopped.
    const { images, batch, args, work, tell } = await unlessAborted(plan(loaded, output), abort.signal);
    const settings = settingsForUrls(loaded, plainUrlsOf(providers, command, args), options);
    output.configure(settings, { watched, images, batch });
    for (const message of settingNotes(settings, row.options, io)) output.report({ type: 'note', message });
    for (const warning of unknownVariables(io.env, options, settings)) output.report({ type: 'warning', warning });
    const input = { providers, options, settings, host: io, report: output.report, abort, deadline };
    const run = await Run.open(input, command, args);
    const result = await work(run).finally(() => run.close());
    return await tell(result);
  } catch (error) {
    // No image was on its way, or it would have said it itself.
    return await output.fail(withoutResume(abort.signal.aborted ? abort.signal.reason : error));
  } finally {
    deadline?.clear();
    unwatch();
  }
}

/** For `-v`: who runs, the files that were read, and where each option of the command comes from. */
function settingNotes({ layers }: LoadedSettings, rows: readonly OptionSpec<unknown>[], io: Io): readonly string[] {
  const paths = layers.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const { user, system } = configPlaces(io.env, io.home);
  return [
    `version ${io.version}, ${io.platform}`,
    ...(paths.length === 0 ? [`no configuration file in ${user ?? 'a home directory'} or ${system}`] : []),
    ...paths.map((path) => `reading ${path}`),
    ...settingFacts(layers, rows).map(({ key, values, origin }) => `${key} is ${values.join(' ')} (${origin})`),
  ];
}
