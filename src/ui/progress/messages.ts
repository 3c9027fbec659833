import type { TransferEvent } from '../../core/events.js';
import { foreign } from '../text/foreign.js';
import { formatBytes, formatDuration, percentOf } from '../text/format.js';
import type { Palette } from '../text/palette.js';
import type { Change, DisplayOptions, Format } from './format.js';

/** How much a message matters: `must` is told unless `-q`, `news` where progress is shown, `detail` with `-v`. */
type Weight = 'must' | 'news' | 'detail';

/** A message for people: one line, safe to print, without a line end. */
interface Announcement {
  readonly weight: Weight;
  readonly tone: 'plain' | 'warn';
  readonly text: string;
}

/** With more images than this a line for each would bury what matters. */
export const FEW = 20;
/** So often a warning of one kind is shown among many images. */
const MOST_ALIKE = 3;
const TEXT_LIMIT = 300;
const IMAGE_LIMIT = 80;

/** Messages alone: nothing of the progress itself is shown. */
export function createMessages(options: DisplayOptions): Format {
  const words = wording(options);
  const { stream } = options;
  return {
    on(change) {
      const line = words(change);
      if (line !== undefined) stream.write(line);
    },
    say: (text) => void stream.write(text),
    close() {},
  };
}

/**
 * Which events are worth a line, and the line with its end. Among several images it begins with the name, and news
 * are not told; among many only what must be known, and not again and again.
 */
export function wording({
  mode,
  palette,
  verbose,
  count,
  dryRun = false,
}: DisplayOptions): (change: Change) => string | undefined {
  const alike = new Map<string, number>();
  const isWanted = ({ weight }: Announcement, event: TransferEvent): boolean => {
    if (weight === 'must') return true;
    if (weight === 'detail') return verbose;
    if (mode === 'line' && count === 1) return true;
    // News is what the rows show anyway; only a continuation is worth a line that stays.
    if (mode === 'none' || count > FEW) return false;
    return event.type === 'planned' || (event.type === 'pending' && mode === 'line');
  };
  return (change) => {
    if (change.type !== 'event') return undefined;
    const { event } = change;
    const announcement = announce(event, dryRun);
    if (announcement === undefined || !isWanted(announcement, event)) return undefined;
    const name = count === 1 ? undefined : change.image?.name;
    if (event.type !== 'warning' || count <= FEW || verbose) return messageLine(announcement, palette, name);
    const times = (alike.get(event.warning.code) ?? 0) + 1;
    alike.set(event.warning.code, times);
    if (times > MOST_ALIKE) return undefined;
    const text = times < MOST_ALIKE ? announcement.text : `${announcement.text} (use -v to see more of these)`;
    return messageLine({ ...announcement, text }, palette, name);
  };
}

/** What to say about an event, if anything. */
function announce(event: TransferEvent, dryRun: boolean): Announcement | undefined {
  switch (event.type) {
    case 'described': {
      const { size } = event.remote.identity;
      const what = event.remote.label ?? event.remote.name ?? event.remote.fallbackName;
      // A plain URL tells its size with the first answer only.
      const length = (): string => (size === undefined ? '' : `: ${formatBytes(size)}`);
      return news(() => `${foreign(event.target, TEXT_LIMIT)}${length()}${labelWords(what, event.target)}`);
    }
    case 'planned': {
      const why = foreign(event.why, TEXT_LIMIT);
      if (event.from === 0) return why === '' ? undefined : detail(() => `plan: ${why}`);
      // The result says that it would be.
      if (dryRun) return undefined;
      const percent = percentOf(event.from, event.size);
      const share = percent === undefined ? '' : ` (${percent}%)`;
      return news(() => `resuming at ${formatBytes(event.from)}${share}${why === '' ? '' : `: ${why}`}`);
    }
    case 'retry': {
      const again = event.inMs < 1 ? 'now' : `in ${formatDuration(event.inMs)}`;
      const message = foreign(event.error.message, TEXT_LIMIT);
      return must(() => `${event.error.code}: ${message}; trying again ${again} (retry ${event.attempt})`);
    }
    case 'pending': {
      if (event.waitedMs > 0) return undefined;
      const message = foreign(event.error.message, TEXT_LIMIT);
      return news(() => `${message}; waiting for up to ${formatDuration(event.leftMs)}`);
    }
    case 'restart': {
      const lost = (): string => (event.discarded > 0 ? `, ${formatBytes(event.discarded)} discarded` : '');
      const next = (): string => (event.kept > 0 ? `resuming at ${formatBytes(event.kept)}` : 'starting again');
      return must(() => `${foreign(event.why, TEXT_LIMIT)}: ${next()}${lost()}`);
    }
    case 'outdated':
      return must(() => `${dryRun ? 'would download' : 'downloading'} again: ${foreign(event.why, TEXT_LIMIT)}`);
    case 'warning':
      return must(() => `warning: ${foreign(event.warning.message, TEXT_LIMIT)}`);
    case 'note':
      return detail(() => foreign(event.message, TEXT_LIMIT));
    case 'checkpoint':
      return detail(() => `safe on disk: ${formatBytes(event.durable)}`);
    case 'phase':
      if (event.phase === 'waiting-for-lock') return must(() => 'another imgdl is using this target: waiting');
      if (event.phase === 'verifying') return news(() => 'verifying');
      if (event.phase === 'cleaning-up') return news(() => 'cleaning up on the server');
      return undefined;
    // With -v there is a note of each request, which says it all.
    case 'connected':
    case 'bytes':
    case 'hashed':
      return undefined;
  }
}

/**
 * A message as a line of stderr. It begins with our name: foreign text never starts a line.
 * @param image whom it is about, where there are several; untrusted
 */
function messageLine(announcement: Announcement, palette: Palette, image?: string): string {
  const paint = announcement.tone === 'warn' ? palette.warn : palette.dim;
  const about = image === undefined ? '' : `${foreign(image, IMAGE_LIMIT)}: `;
  return `imgdl: ${about}${paint(announcement.text)}\n`;
}

/** The image's title, where it says more than the file's name. */
function labelWords(label: string, target: string): string {
  const safe = foreign(label, 80);
  return safe === '' || target.endsWith(label) ? '' : `, "${safe.replaceAll('"', "'")}"`;
}

function must(words: () => string): Announcement {
  return announcement('must', 'warn', words);
}

function news(words: () => string): Announcement {
  return announcement('news', 'plain', words);
}

function detail(words: () => string): Announcement {
  return announcement('detail', 'plain', words);
}

/** Worded when it is read: most announcements are not told, and formatting the first number takes 15 ms. */
function announcement(weight: Weight, tone: Announcement['tone'], words: () => string): Announcement {
  return {
    weight,
    tone,
    get text() {
      return words();
    },
  };
}
