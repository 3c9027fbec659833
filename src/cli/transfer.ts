import { loadSettings } from '../config/layers.js';
import { secretReader } from '../config/secrets.js';
import { AppError } from '../core/errors.js';
import type { OptionSpec, Settings } from '../core/option.js';
import type { CommandSpec, ProviderPorts } from '../core/provider.js';
import type { Outcome, Report, Source, TransferOptions } from '../core/types.js';
import { download } from '../engine/download.js';
import { startHasher } from '../engine/hasher.js';
import { stream } from '../engine/stream.js';
import { openWorkspace } from '../fs/workspace.js';
import { sourceOf } from '../providers/index.js';
import { summaryLine } from '../ui/summary.js';
import { writeBytes } from '../ui/write-checked.js';
import { systemClock } from './clock.js';
import { readForeignFile } from './files.js';
import type { Io } from './io.js';
import * as option from './options.js';
import { placeOf } from './place.js';
import type { Flags } from './program.js';
import { createSession, type Session } from './session.js';
import { watchSignals } from './signals.js';
import { openTransport } from './transport.js';

const DEFAULT_RETRIES = 8;

/**
 * One download from the command line to the exit code.
 * @param allOptions every option of every command: a configuration file serves them all
 */
export async function runTransfer(
  spec: CommandSpec,
  args: readonly string[],
  flags: Flags,
  io: Io,
  allOptions: readonly OptionSpec<unknown>[],
): Promise<number> {
  const session = createSession(io, flags);
  const abort = new AbortController();
  const unwatch = watchSignals(abort);
  try {
    refuseDisabledTls(io);
    const settings = await loadSettings({ flags, env: io.env, home: io.home, options: allOptions });
    session.configure(settings);
    for (const note of settings.notes) session.report({ type: 'note', message: note });
    const outcome = await transfer({ spec, args, io, settings, allOptions, session, abort });
    return await session.succeed(outcome, (ms) => summaryLine(outcome, ms, session.palette));
  } catch (error) {
    return await session.fail(abort.signal.aborted ? abort.signal.reason : error);
  } finally {
    unwatch();
  }
}

interface TransferInput {
  readonly spec: CommandSpec;
  readonly args: readonly string[];
  readonly io: Io;
  readonly settings: Settings;
  readonly allOptions: readonly OptionSpec<unknown>[];
  readonly session: Session;
  readonly abort: AbortController;
}

async function transfer({ spec, args, io, settings, allOptions, session, abort }: TransferInput): Promise<Outcome> {
  const options = transferOptions(settings);
  const report: Report = session.report;
  const { signal } = abort;
  const deadline = armDeadline(settings.get(option.DEADLINE), abort);
  const secret = secretReader({ settings, options: allOptions, env: io.env, uid: io.uid, stdin: io.stdin });
  const ports: Omit<ProviderPorts, 'transport'> = {
    settings,
    env: io.env,
    home: io.home,
    cwd: io.cwd,
    clock: systemClock,
    readFile: readForeignFile,
    // Who waits for a line on stdin must still be able to be stopped.
    secret: (name) => Promise.race([secret(name), aborted(signal)]),
    note: (message) => report({ type: 'note', message }),
    warn: (warning) => report({ type: 'warning', warning }),
  };
  let transport: Awaited<ReturnType<typeof openTransport>> | undefined;
  try {
    transport = await openTransport(spec, args, ports, io.version);
    const source: Source = await sourceOf(spec, args, { ...ports, transport });
    session.about(source);
    const request = {
      source,
      options,
      tool: `imgdl ${io.version}`,
      ...(deadline === undefined ? {} : { deadlineAt: deadline.at }),
    };
    const output = settings.get(option.OUTPUT);
    const wire = { transport, clock: systemClock, report };
    if (output === '-') {
      refuseForStdout(options, io);
      return await stream(request, wire, (chunk) => writeBytes(io.stdout, chunk, 'the image'), signal);
    }
    const place = async (remote: Parameters<typeof placeOf>[1]): ReturnType<typeof openWorkspace> => {
      const { path, shown } = await placeOf(output, remote, io.cwd);
      return await openWorkspace(path, shown, io.owner, (warning) => {
        // A killed run leaves its lock behind: taking it over is the ordinary course of a resume.
        if (warning.code === 'lock.inherited') ports.note(warning.message);
        else ports.warn(warning);
      });
    };
    return await download(request, { ...wire, place, startHasher }, signal);
  } finally {
    deadline?.clear();
    await transport?.close();
  }
}

function transferOptions(settings: Settings): TransferOptions {
  return {
    force: settings.get(option.FORCE) ?? false,
    update: settings.get(option.UPDATE) ?? false,
    receipt: settings.get(option.RECEIPT) ?? false,
    restart: settings.get(option.RESTART) ?? false,
    dryRun: settings.get(option.DRY_RUN) ?? false,
    checksums: settings.all(option.CHECKSUM),
    require: settings.get(option.REQUIRE) ?? 'size',
    onChange: settings.get(option.ON_CHANGE) ?? 'restart',
    onBusy: settings.get(option.ON_BUSY) ?? 'fail',
    retries: settings.get(option.RETRIES) ?? DEFAULT_RETRIES,
  };
}

/** What makes no sense without a file is refused, not ignored; an image would garble a terminal, as curl knows. */
function refuseForStdout(options: TransferOptions, io: Io): void {
  if (io.stdoutIsTTY) {
    throw new AppError('usage.option', '-o -: stdout is a terminal', {
      hint: 'pipe it into a command, or give -o FILE',
    });
  }
  const wrong = (['force', 'update', 'receipt', 'restart'] as const).find((name) => options[name]);
  if (wrong === undefined) return;
  throw new AppError('usage.option', `-o - together with --${wrong}: stdout is not a file`, {
    hint: `leave --${wrong} out, or give -o FILE`,
  });
}

/** The environment must not turn verification off behind the back of the user's options. */
function refuseDisabledTls(io: Io): void {
  if (io.env.get('NODE_TLS_REJECT_UNAUTHORIZED') !== '0') return;
  throw new AppError(
    'tls.disabled',
    'starting: NODE_TLS_REJECT_UNAUTHORIZED=0 switches the verification of every certificate off',
    {
      hint: 'unset it; use --cacert FILE, or --insecure where that is meant',
    },
  );
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function armDeadline(
  ms: number | undefined,
  abort: AbortController,
): { readonly at: number; clear(): void } | undefined {
  if (ms === undefined) return undefined;
  const error = new AppError('net.deadline', 'downloading: the time given with --deadline is over', {
    hint: 'run the same command again: it continues',
  });
  const timer = setTimeout(() => abort.abort(error), ms);
  return { at: systemClock.now() + ms, clear: () => clearTimeout(timer) };
}
