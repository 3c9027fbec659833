import type { TransferEvent } from '../../core/events.js';
import { foreign } from '../text/foreign.js';
import { formatBytes, formatDuration, percentOf } from '../text/format.js';
import type { Palette } from '../text/palette.js';

/** How much a message matters: `must` is told unless `-q`, `news` where progress is shown, `detail` with `-v`. */
export type Weight = 'must' | 'news' | 'detail';

/** A message for people: one line, safe to print, without a line end. */
export interface Announcement {
  readonly weight: Weight;
  readonly tone: 'plain' | 'warn';
  readonly text: string;
}

const TEXT_LIMIT = 300;
export const IMAGE_LIMIT = 80;

/** What to say about an event, if anything. */
export function announce(event: TransferEvent): Announcement | undefined {
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
      const percent = percentOf(event.from, event.size);
      const share = percent === undefined ? '' : ` (${percent}%)`;
      return news(() => `resuming at ${formatBytes(event.from)}${share}${why === '' ? '' : `: ${why}`}`);
    }
    case 'retry': {
      const again = event.inMs < 1 ? 'now' : `in ${formatDuration(event.inMs)}`;
      const message = foreign(event.error.message, TEXT_LIMIT);
      return must(() => `${event.error.code}: ${message}; trying again ${again} (retry ${event.attempt})`);
    }
    case 'restart': {
      const lost = (): string => (event.discarded > 0 ? `, ${formatBytes(event.discarded)} discarded` : '');
      const next = (): string => (event.kept > 0 ? `resuming at ${formatBytes(event.kept)}` : 'starting again');
      return must(() => `${foreign(event.why, TEXT_LIMIT)}: ${next()}${lost()}`);
    }
    case 'outdated':
      return must(() => `downloading again: ${foreign(event.why, TEXT_LIMIT)}`);
    case 'warning':
      return must(() => `warning: ${foreign(event.warning.message, TEXT_LIMIT)}`);
    case 'note':
      return detail(() => foreign(event.message, TEXT_LIMIT));
    case 'connected':
      return detail(
        () => `connected with ${foreign(event.by, 60)} at ${formatBytes(event.from)}, status ${event.status}`,
      );
    case 'checkpoint':
      return detail(() => `safe on disk: ${formatBytes(event.durable)}`);
    case 'phase':
      if (event.phase === 'waiting-for-lock') return must(() => 'another imgdl is using this target: waiting');
      if (event.phase === 'verifying') return news(() => 'verifying');
      return undefined;
    case 'bytes':
      return undefined;
  }
}

/**
 * A message as a line of stderr. It begins with our name: foreign text never starts a line.
 * @param image whom it is about, where there are several; untrusted
 */
export function messageLine(announcement: Announcement, palette: Palette, image?: string): string {
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
