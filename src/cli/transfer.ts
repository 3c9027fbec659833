import { systemClock } from '../app/clock.js';
import { imagesOf } from '../app/images.js';
import * as option from '../app/options.js';
import { bring, type Errand, equip, type Order } from '../app/run.js';
import { loadSettings } from '../config/layers.js';
import { AppError } from '../core/errors.js';
import type { Outcome } from '../core/outcome.js';
import type { DownloadCommand } from '../core/provider.js';
import type { TransferOptions } from '../core/transfer-options.js';
import { stream } from '../engine/stream.js';
import { sourceOf } from '../providers/registry.js';
import { writeBytes } from '../ui/document/write-checked.js';
import { summaryLine } from '../ui/text/summary.js';
import type { Io } from './process.js';
import { createSession, type Session } from './session.js';
import { watchSignals } from './signals.js';

/** One download, or several, from the command line to the exit code. */
export async function runTransfer(spec: DownloadCommand, order: Order): Promise<number> {
  const { args, flags, io, providers, allOptions } = order;
  const session = createSession(io, flags);
  const abort = new AbortController();
  const unwatch = watchSignals(abort, { early: io.earlySignals });
  try {
    const settings = await loadSettings({ flags, env: io.env, home: io.home, options: allOptions });
    const voice = session.configure(settings);
    const errand: Errand = { spec, args, io, settings, providers, allOptions, abort };
    const images = imagesOf(spec, args);
    if (images.length > 1) {
      const { runMany } = await import('./many.js');
      return await runMany(errand, images, voice, settings.notes);
    }
    for (const note of settings.notes) session.report({ type: 'note', message: note });
    const outcome = await transfer(errand, session);
    return await session.succeed(outcome, (ms) => summaryLine(outcome, ms, session.palette));
  } catch (error) {
    return await session.fail(abort.signal.aborted ? abort.signal.reason : error);
  } finally {
    unwatch();
  }
}

async function transfer(errand: Errand, session: Session): Promise<Outcome> {
  const { spec, args, io, settings, providers, abort } = errand;
  const equipment = await equip(errand, session.report);
  try {
    const source = await sourceOf(providers, spec, args, equipment.ports);
    session.about(source);
    if (settings.get(option.OUTPUT) !== '-') {
      return await bring(source, errand, equipment, session.report, abort.signal);
    }
    const { options, transport, pace, budget } = equipment;
    refuseForStdout(options, io);
    const wire = {
      transport,
      clock: systemClock,
      report: session.report,
      budget,
      ...(pace === undefined ? {} : { pace }),
    };
    const write = (chunk: Uint8Array): Promise<void> => writeBytes(io.stdout, chunk, 'the image');
    return await stream(equipment.request(source), wire, write, abort.signal);
  } finally {
    await equipment.close();
  }
}

/** What makes no sense without a file is refused, not ignored; an image would garble a terminal, as curl knows. */
function refuseForStdout(options: TransferOptions, io: Io): void {
  if (io.stdoutIsTTY) {
    throw new AppError('usage.option', '-o -: stdout is a terminal', {
      hint: 'pipe it into a command, or use -o FILE',
    });
  }
  const wrong = (['force', 'update', 'receipt', 'restart'] as const).find((name) => options[name]);
  if (wrong === undefined) return;
  throw new AppError('usage.option', `-o - cannot be combined with --${wrong}: stdout is not a file`, {
    hint: `remove --${wrong}, or use -o FILE`,
  });
}
