import { systemClock } from '../app/clock.js';
import { DRY_RUN } from '../app/options.js';
import { QUIET } from '../app/output-options.js';
import { cleanDirectory, unlockPath } from '../app/partials.js';
import { settingsOfFlags } from '../config/layers.js';
import { AppError } from '../core/errors.js';
import { EXIT } from '../core/exit.js';
import type { Settings } from '../core/option.js';
import { jsonLine } from '../ui/document/json-line.js';
import { cleanDocument, unlockDocument } from '../ui/document/partials.js';
import { cleanText, unlockText } from '../ui/text/partials.js';
import { invokeLocally, type LocalInvocation } from './local-command.js';
import type { Output } from './output.js';
import { CLEAN_OPTIONS, OLDER_THAN, UNLOCK } from './partials-options.js';

/** Removes the partial downloads of a directory that nobody is working on, or the lock of one target. */
export async function runClean(invocation: LocalInvocation): Promise<number> {
  const { args, flags, io } = invocation;
  return await invokeLocally(invocation, async (settings, output, signal) => {
    const own = settingsOfFlags(flags, CLEAN_OPTIONS);
    const target = own.get(UNLOCK);
    const dryRun = settings.get(DRY_RUN);
    const tell = teller(output, settings);
    if (target !== undefined) {
      refuseBeside(args, own);
      const unlocked = await unlockPath(target, dryRun, io);
      return await tell(unlockDocument(unlocked), unlockText(unlocked, dryRun));
    }
    const wish = { olderThanMs: own.get(OLDER_THAN), dryRun, now: systemClock.wall() };
    const { items, error } = await cleanDirectory(args[0] ?? '.', wish, io, signal);
    // With --json the failure is the one document.
    if (error !== undefined && output.json) throw error;
    const code = await tell(cleanDocument(items), cleanText(items));
    if (error !== undefined) throw error;
    return code;
  });
}

/** Says what was done, as it is wanted. @returns the exit code */
function teller(output: Output, settings: Settings): (document: object, text: string) => Promise<number> {
  return async (document, text) => {
    if (output.json) return await output.print(jsonLine(document), 'the list');
    return settings.get(QUIET) ? EXIT.ok : await output.print(text, 'the list');
  };
}

/** @throws AppError usage.arguments */
function refuseBeside(args: readonly string[], own: Settings): void {
  const more = args.length > 0 ? 'a directory' : own.get(OLDER_THAN) === undefined ? undefined : '--older-than';
  if (more === undefined) return;
  throw new AppError('usage.arguments', `reading the command line: --unlock and ${more} do not go together`, {
    hint: 'use --unlock PATH alone, then run imgdl clean again for the rest',
  });
}
