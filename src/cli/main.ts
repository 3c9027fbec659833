import { type CommandRow, type CommandTable, commandTable } from '../app/command-table.js';
import { isAppError } from '../core/errors.js';
import { EXIT } from '../core/exit.js';
import type { Provider } from '../core/provider.js';
import { writeChecked } from '../ui/document/write-checked.js';
import { isOdd } from './argument-forms.js';
import { earlyFlags } from './early-flags.js';
import type { Output } from './output.js';
import { CLEAN_COMMAND, CLEAN_ROWS, STATUS_COMMAND, STATUS_ROWS } from './partials-options.js';
import { type Io, processIo } from './process.js';
import { buildProgram, HelpShown, helpAsOption, missingCommand, type Runnable } from './program.js';
import { firstScreen, type Overview } from './root-help.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from './sandbox-options.js';
import { raiseAgain, stopKeeping } from './signals.js';
import { keepHeapSmall, preload } from './startup.js';

/**
 * Runs the command line of this process. Sets the exit code and lets the event loop drain.
 * @param earlySignals filled by bin/imgdl.js with the signals that come before a command watches them itself
 */
export async function main(earlySignals: readonly NodeJS.Signals[] = []): Promise<void> {
  keepHeapSmall(process);
  const io = processIo(earlySignals);
  const escaped = guard(io);
  // Node ends with 0 when nothing is left that could wake it, whatever is still awaited: a mistake must not look like
  // success.
  const stuck = (): void => escaped(new Error('the event loop is empty, but the work is not done'));
  process.once('beforeExit', stuck);
  process.exitCode = await run(io);
  process.removeListener('beforeExit', stuck);
  // Who has not read a pipe to its end need not wait for the writer.
  io.stdin.destroy();
  leave();
}

/** So long what is still to be said may take. Results are written before; this is for messages. */
const LEAVE_MS = 2_000;

/** Who reads stderr and stands still must not hold us: nothing that matters is left to do. */
function leave(): void {
  setTimeout(() => process.exit(), LEAVE_MS).unref();
}

/** Whatever escapes is a bug; it must not look like success, nor be printed by Node with all its properties. */
function guard(io: Io): (error: unknown) => void {
  let escapes = 0;
  const escaped = (error: unknown): void => {
    escapes += 1;
    // What escapes while the first is being reported cannot be reported.
    if (escapes > 1) process.exit(EXIT.bug);
    void outputFor(io)
      .then((output) => output.fail(error))
      .then((code) => process.exit(code));
  };
  process.on('uncaughtException', escaped);
  process.on('unhandledRejection', escaped);
  // The terminal may go away, or who reads the progress: neither is a reason to give the image up.
  io.stderr.on('error', () => {});
  return escaped;
}

/**
 * @param providers the built-in ones by default
 * @returns the exit code
 */
export async function run(io: Io, providers?: readonly Provider[]): Promise<number> {
  let code = 0;
  const help: string[] = [];
  const table = commandTable(providers);
  const commands = runnables(io, table);
  const paths = commands.map(({ spec }) => spec.path);
  const args = helpAsOption(io.args, paths);
  const missing = missingCommand(args, paths);
  if (missing !== undefined) {
    const said = await outputFor(io);
    // A person who gave no option either is helped best by the list of commands.
    if (said.json || args.some((word) => word.startsWith('-'))) {
      const { adviceOn } = await import('./usage-error.js');
      return await said.fail(missingCommand(args, paths, adviceOn(args, table)));
    }
  }
  const keep = (result: number): void => {
    code = result;
  };
  const output = { out: (text: string) => help.push(text) };
  const program = buildProgram(commands, io.version, output, keep, overviewOf(table));
  try {
    if (args.length === 0) return await showHelp(firstScreen(program.commands, overviewOf(table)), false, io);
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    const { usageError } = await import('./usage-error.js');
    const known = usageError(error, args, table, commands);
    if (known instanceof HelpShown) return await showHelp(help.join(''), known.asked, io);
    return await (await outputFor(io)).fail(known);
  }
}

/** Help that was not asked for is a usage error: it must not end up in a pipe as if it were a result. */
async function showHelp(text: string, asked: boolean, io: Io): Promise<number> {
  try {
    stopKeeping();
    await writeChecked(asked ? io.stdout : io.stderrFd, text, 'the help');
    return asked ? EXIT.ok : EXIT.usage;
  } catch (error) {
    // As every filter does: the reader has what it wanted.
    if (isAppError(error) && error.details['errno'] === 'EPIPE') raiseAgain('SIGPIPE');
    return await (await outputFor(io)).fail(error);
  }
}

/** Loaded when there is something to say: help must not wait for bars and colours. */
async function outputFor(io: Io): Promise<Output> {
  // No command watches them any more.
  stopKeeping();
  const { Output } = await import('./output.js');
  return new Output(io, earlyFlags(io.args), new AbortController());
}

/** Every command, in the order of the help. What runs it is loaded when it runs. */
export function runnables(io: Io, table: CommandTable = commandTable()): readonly Runnable[] {
  const sandbox: Runnable = {
    spec: SANDBOX_COMMAND,
    options: SANDBOX_OPTIONS,
    rest: {
      name: 'command',
      doc: 'after --: run this command with the sandbox variables set, and return its exit code',
    },
    run: async (args, flags) => {
      const { runSandbox } = await import('./sandbox.js');
      return await runSandbox(args, flags, io);
    },
  };
  return [...table.rows.map((row) => runnableOf(row, table, io)), ...localRunnables(table, io), sandbox];
}

/** What asks no server. */
function localRunnables(table: CommandTable, io: Io): readonly Runnable[] {
  const status: Runnable = {
    spec: STATUS_COMMAND,
    options: STATUS_ROWS,
    run: async (args, flags) => {
      const { runStatus } = await import('./status.js');
      return await runStatus({ args, flags, table, io });
    },
  };
  const clean: Runnable = {
    spec: CLEAN_COMMAND,
    options: CLEAN_ROWS,
    run: async (args, flags) => {
      const { runClean } = await import('./clean.js');
      return await runClean({ args, flags, table, io });
    },
  };
  return [status, clean];
}

function runnableOf(row: CommandRow, table: CommandTable, io: Io): Runnable {
  const { command, spec, options, family } = row;
  return {
    spec,
    options,
    ...(family === undefined ? {} : { family }),
    run: async (args, flags) => {
      if (command.kind === 'list') {
        const { runList } = await import('./list.js');
        return await runList({ command, row, args, flags, table, io });
      }
      await refuseSlips(args, row, table, io);
      preload('./download.js');
      const { runDownload } = await import('./download.js');
      return await runDownload({ command, row, args, flags, table, io });
    },
  };
}

async function refuseSlips(args: readonly string[], row: CommandRow, table: CommandTable, io: Io): Promise<void> {
  if (!isOdd(row.command, args)) return;
  const { argumentSlip } = await import('./usage-error.js');
  const slip = argumentSlip(args, row, io.args, table);
  if (slip !== undefined) throw slip;
}

/** What the help of the whole program says of the providers. */
export function overviewOf({ providers }: CommandTable = commandTable()): Overview {
  return {
    products: providers.flatMap(({ manual }) => manual.product ?? []),
    examples: providers.flatMap(({ commands, manual }) => {
      const list = commands.find(({ kind }) => kind === 'list');
      return [...(list === undefined ? [] : [`imgdl ${list.path.join(' ')}`]), manual.example];
    }),
  };
}
