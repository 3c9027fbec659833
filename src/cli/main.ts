import type { OptionSpec } from '../core/option.js';
import { PROVIDERS } from '../providers/index.js';
import { type Io, processIo } from './io.js';
import { COMMON_OPTIONS } from './options.js';
import { buildProgram, HelpShown, type Runnable, usageError } from './program.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from './sandbox-options.js';
import { createSession } from './session.js';

/** Runs the command line of this process. Sets the exit code and lets the event loop drain. */
export async function main(): Promise<void> {
  const io = processIo();
  process.exitCode = await run(io);
}

/** @returns the exit code */
export async function run(io: Io): Promise<number> {
  let code = 0;
  const help: string[] = [];
  const program = buildProgram(runnables(io), { out: (text) => help.push(text) }, (result) => {
    code = result;
  });
  // Whatever escapes is a bug; it must not look like success, nor be printed by Node with all its properties.
  const escaped = (error: unknown): void => {
    void emergency(io, error);
  };
  process.on('uncaughtException', escaped);
  process.on('unhandledRejection', escaped);
  try {
    if (io.args.length === 0) program.help();
    await program.parseAsync(io.args, { from: 'user' });
  } catch (error) {
    const known = usageError(error);
    if (known instanceof HelpShown) {
      const { writeChecked } = await import('../ui/write-checked.js');
      const asked = io.args.length > 0;
      await writeChecked(asked ? io.stdout : 2, help.join(''));
      return asked ? 0 : 2;
    }
    code = await createSession(io, scanFlags(io.args)).fail(known);
  } finally {
    process.removeListener('uncaughtException', escaped);
    process.removeListener('unhandledRejection', escaped);
  }
  return code;
}

async function emergency(io: Io, error: unknown): Promise<void> {
  const code = await createSession(io, scanFlags(io.args)).fail(error);
  process.exit(code);
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

function runnables(io: Io): readonly Runnable[] {
  const transfers = PROVIDERS.flatMap((provider) => {
    const options: readonly OptionSpec<unknown>[] = [...optionsOf(provider.id), ...COMMON_OPTIONS];
    return provider.commands.map(
      (spec): Runnable => ({
        spec,
        options,
        run: async (args, flags) => {
          const { runTransfer } = await import('./transfer.js');
          return await runTransfer(spec, args, flags, io, EVERY_OPTION);
        },
      }),
    );
  });
  const sandbox: Runnable = {
    spec: SANDBOX_COMMAND,
    options: SANDBOX_OPTIONS,
    rest: { name: 'command', doc: 'after --: run this in the environment of the sandbox and end with its exit code' },
    run: async (args, flags) => {
      const { runSandbox } = await import('./sandbox.js');
      return await runSandbox(args, flags, io);
    },
  };
  return [...transfers, sandbox];
}

const EVERY_OPTION: readonly OptionSpec<unknown>[] = [
  ...PROVIDERS.flatMap((provider) => provider.options),
  ...COMMON_OPTIONS,
];

/** A URL may belong to any provider, so that `url` takes the options of all. */
function optionsOf(id: string): readonly OptionSpec<unknown>[] {
  if (id === 'url') return PROVIDERS.flatMap((provider) => provider.options);
  return PROVIDERS.find((provider) => provider.id === id)?.options ?? [];
}
