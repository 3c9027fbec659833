import { dirname, resolve } from 'node:path';
import { whenAborted } from '../core/abort.js';
import type { ChecksumFile } from '../core/checksum-file.js';
import { AppError, isAppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import type { Outcome } from '../core/outcome.js';
import type { DownloadCommand } from '../core/provider.js';
import { escapeControls } from '../core/redact.js';
import type { Workspace } from '../core/storage.js';
import { inlineIfSmall } from '../engine/digest/inline-hasher.js';
import { download as downloadFile } from '../engine/download.js';
import { withObjectMade } from '../engine/made-object.js';
import { type Ended, runQueue, settled } from '../engine/queue.js';
import { stream } from '../engine/stream.js';
import { OutputDirectory } from '../fs/output-directory.js';
import { UnmadeWorkspace } from '../fs/unmade-workspace.js';
import { openWorkspace } from '../fs/workspace.js';
import { ownerOf } from '../providers/registry.js';
import { checksumFileOf } from './checksums/of-run.js';
import { systemClock } from './clock.js';
import { checkHeaderFile } from './header-file-check.js';
import type { ImageList } from './image-list.js';
import { type Image, sourcesOf } from './images.js';
import { inspector } from './inspector.js';
import { OUTPUT } from './options.js';
import type { Run } from './run.js';
import { checkTarget } from './target-check.js';
import { type Place, placeOf } from './target-path.js';
import { transferOptions } from './transfer-options.js';

/** Images on their way at once. Each has a part, a journal and a connection or more open. */
const IMAGES_AT_ONCE = 8;

/** Who is told how the images of a run get on. */
export interface DownloadWatcher {
  /** An image that starts now. They start in their order. */
  start(image: Image): ImageWatcher;
}

export interface ImageWatcher {
  readonly report: Report;
  /** Called once. */
  end(end: ImageEnd): void;
}

export type ImageEnd = Ended<Outcome>;

/** An image that never started has failed with what stopped the run. */
export interface EndedImage {
  readonly image: Image;
  readonly end: ImageEnd;
}

/**
 * Downloads images: one is a batch of one. All sources are made before the first request, so that a slip in the last
 * argument costs nothing; then one image that fails does not stop the others.
 *
 * @returns how each ended, in the order given
 * @throws AppError what is wrong before the first image starts
 */
export async function download(
  command: DownloadCommand,
  list: ImageList,
  run: Run,
  watcher: DownloadWatcher,
): Promise<readonly EndedImage[]> {
  await checkTarget(list, run);
  const wanted = await sourcesOf(command, list.images, run);
  if (command.anyUrl === true) checkHeaderFile(wanted, run);
  const checksumFile = await checksumFileOf(run, wanted);
  const claim = claimsIn(run.host.cwd);
  const directory = outputDirectory(run);
  const account = accountGuard(ownerOf(run.input.providers, command)?.sharesAccount === true);
  const one = async (image: Image): Promise<ImageEnd> => {
    const watched = watcher.start(image);
    const end = await settled(() => {
      account.check();
      return downloadImage(image, { run, checksumFile, directory, claim }, watched.report);
    });
    account.take(end);
    watched.end(end);
    return end;
  };
  const jobs = wanted.map((image) => () => one(image));
  const ends = await runQueue(jobs, IMAGES_AT_ONCE, run.signal);
  await directory?.removeIfUnused();
  return wanted.flatMap((image, at) => {
    const end = ends[at];
    return end === undefined ? [] : [{ image, end: end.kind === 'done' ? end.value : end }];
  });
}

type Claim = (place: Place, image: Image) => void;

/** What the images of a run share. */
interface Batch {
  readonly run: Run;
  readonly checksumFile: ChecksumFile | undefined;
  /** The one that `-o DIR/` names. */
  readonly directory: OutputDirectory | undefined;
  readonly claim: Claim;
}

function outputDirectory({ settings, host }: Run): OutputDirectory | undefined {
  const output = settings.get(OUTPUT);
  return output?.endsWith('/') === true ? new OutputDirectory(resolve(host.cwd, output)) : undefined;
}

async function downloadImage(image: Image, batch: Batch, report: Report): Promise<Outcome> {
  // A signal of its own: what listens to it is gone with the image, a thousand images leave nothing behind.
  const own = new AbortController();
  const { signal } = batch.run;
  const unlisten = whenAborted(signal, () => own.abort(signal.reason));
  try {
    return await transfer(image, batch, report, own.signal);
  } finally {
    unlisten();
  }
}

/** One image into the file or directory that `-o` names, or into the stream. The only caller of the engine. */
async function transfer(
  image: Image,
  { run, checksumFile, directory, claim }: Batch,
  report: Report,
  signal: AbortSignal,
): Promise<Outcome> {
  const { settings, host, transport, budget, rateLimit, deadlineAt, hashers, readAheadPool } = run;
  const output = settings.get(OUTPUT);
  const request = {
    source: image.source,
    options: transferOptions(settings),
    tool: `imgdl ${host.version}`,
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    ...(checksumFile === undefined ? {} : { checksumFile }),
  };
  const inspect = inspector(run);
  const shared = { transport, clock: systemClock, report, budget, inspect };
  const ports = { ...shared, ...(rateLimit === undefined ? {} : { rateLimit }) };
  if (output === '-') {
    return await withObjectMade(request, ports, signal, (wanted, using) =>
      stream(wanted, using, (bytes) => host.stream.write(bytes), signal),
    );
  }
  const files = {
    startHasher: inlineIfSmall(hashers.start),
    readAheadPool,
    async place(remote: Parameters<typeof placeOf>[1]): Promise<Workspace> {
      const place = await placeOf(output, remote, host.cwd);
      claim(place, image);
      if (request.options.dryRun && (await directory?.check()) === 'missing') {
        return new UnmadeWorkspace(dirname(dirname(place.path)), place.shown);
      }
      await directory?.make();
      return await openWorkspace(place.path, place.shown, host.owner, (warning) => {
        // A killed run leaves its lock behind: taking it over is the ordinary course of a resume.
        if (warning.code === 'lock.inherited') report({ type: 'note', message: warning.message });
        else report({ type: 'warning', warning });
      });
    },
  };
  return await withObjectMade(request, { ...ports, ...files }, signal, (wanted, using) =>
    downloadFile(wanted, using, signal),
  );
}

/** A name belongs to the first image of the run that gets it: the next must not replace it, nor pass for it. */
function claimsIn(cwd: string): Claim {
  const owners = new Map<string, Image>();
  return ({ path, shown }, image) => {
    const key = resolve(cwd, path);
    const owner = owners.get(key);
    if (owner !== undefined && owner !== image) {
      throw new AppError(
        'fs.exists',
        `saving ${escapeControls(image.name)} as ${escapeControls(shown)}: another image in this run has that name`,
        {
          hint: 'download it separately with -o FILE',
          details: { path: shown, other: owner.name },
        },
      );
    }
    owners.set(key, image);
  };
}

/** Where all images log in with one account, what was refused to the first is not tried for the rest. */
function accountGuard(oneAccount: boolean) {
  let succeeded = false;
  let refused: AppError | undefined;
  return {
    check(): void {
      if (refused !== undefined) throw refused;
    },
    take(end: ImageEnd): void {
      if (end.kind === 'done') succeeded = true;
      else if (oneAccount && !succeeded && isAppError(end.error) && end.error.code === 'auth.refused')
        refused ??= end.error;
    },
  };
}
