import { everyOption, optionsOf } from '../app/option-table.js';
import { EXIT } from '../core/exit.js';
import type { CommandSpec, Provider, ProviderCommand } from '../core/provider.js';
import { PROVIDERS } from '../providers/index.js';
import { writeChecked } from '../ui/document/write-checked.js';
import { keepHeapSmall } from './heap.js';
import { preload } from './preload.js';
import { type Io, processIo } from './process.js';
import {
  buildProgram,
  HelpShown,
  helpAsOption,
  missingCommand,
  type Overview,
  type Runnable,
  usageError,
} from './program.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from './sandbox-options.js';
import type { Session } from './session.js';
import { stopKeeping } from './signals.js';

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
}

/** Whatever escapes is a bug; it must not look like success, nor be printed by Node with all its properties. */
function guard(io: Io): (error: unknown) => void {
  let escapes = 0;
  const escaped = (error: unknown): void => {
    escapes += 1;
    // What escapes while the first is being reported cannot be reported.
    if (escapes > 1) process.exit(EXIT.bug);
    void sessionFor(io)
      .then((session) => session.fail(error))
      .then((code) => process.exit(code));
  };
  process.on('uncaughtException', escaped);
  process.on('unhandledRejection', escaped);
  // The terminal may go away, or who reads the progress: neither is a reason to give the image up.
  io.stderr.on('error', () => {});
  return escaped;
}

/** @returns the exit code */
export async function run(io: Io, providers: readonly Provider[] = PROVIDERS): Promise<number> {
  let code = 0;
  const help: string[] = [];
  const commands = runnables(io, providers);
  const paths = commands.map(({ spec }) => spec.path);
  const args = helpAsOption(io.args, paths);
  const missing = missingCommand(args, paths);
  if (missing !== undefined) {
    const session = await sessionFor(io);
    // A person who gave no option either is helped best by the list of commands.
    if (session.json || args.some((word) => word.startsWith('-'))) return await session.fail(missing);
  }
  const keep = (result: number): void => {
    code = result;
  };
  const output = { out: (text: string) => help.push(text) };
  const program = buildProgram(commands, io.version, output, keep, overviewOf(providers));
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    const known = usageError(error, args);
    if (known instanceof HelpShown) return await showHelp(help.join(''), known.asked, io);
    return await (await sessionFor(io)).fail(known);
  }
}

/** Help that was not asked for is a usage error: it must not end up in a pipe as if it were a result. */
async function showHelp(text: string, asked: boolean, io: Io): Promise<number> {
  try {
    stopKeeping();
    await writeChecked(asked ? io.stdout : 2, text, 'the help');
    return asked ? EXIT.ok : EXIT.usage;
  } catch (error) {
    return await (await sessionFor(io)).fail(error);
  }
}

/** Loaded when there is something to say: help must not wait for bars and colours. */
async function sessionFor(io: Io): Promise<Session> {
  // No command watches them any more.
  stopKeeping();
  const { createSession } = await import('./session.js');
  return createSession(io, scanFlags(io.args));
}

/** Before the command line is understood, only these words of it count. */
function scanFlags(args: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const before = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const given = (...names: readonly string[]): readonly string[] =>
    before.some((arg) => names.includes(arg)) ? ['true'] : [];
  return new Map([
    ['json', given('--json')],
    ['quiet', given('--quiet', '-q')],
    ['verbose', given('--verbose', '-v')],
  ]);
}

/** Every command, in the order of the help. What runs it is loaded when it runs. */
export function runnables(io: Io, providers: readonly Provider[] = PROVIDERS): readonly Runnable[] {
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
  const own = providers.flatMap((owner) => owner.commands.map((command) => runnableOf(command, owner, providers, io)));
  return [...own, sandbox];
}

function runnableOf(command: ProviderCommand, owner: Provider, providers: readonly Provider[], io: Io): Runnable {
  const family = owner.families[command.path[0] ?? ''];
  return {
    spec: explained(command, providers),
    options: optionsOf(providers, owner, command),
    ...(family === undefined ? {} : { family }),
    run: async (args, flags) => {
      const order = { args, flags, io, providers, allOptions: everyOption(providers) };
      if (command.kind === 'list') {
        const { runList } = await import('./list.js');
        return await runList(command, order);
      }
      preload('./transfer.js');
      const { runTransfer } = await import('./transfer.js');
      return await runTransfer(command, order);
    },
  };
}

/** A command for any URL shows what the URLs of the providers look like. */
function explained(command: ProviderCommand, providers: readonly Provider[]): CommandSpec {
  if (command.kind !== 'download' || command.anyUrl !== true) return command;
  const more = providers.flatMap((provider) => provider.manual.urlExamples ?? []);
  return { ...command, examples: [...command.examples, ...more] };
}

/** What the help of the whole program says of the providers. */
export function overviewOf(providers: readonly Provider[] = PROVIDERS): Overview {
  return {
    products: providers.flatMap(({ manual }) => manual.product ?? []),
    examples: providers.map(({ manual }) => manual.example),
  };
}
