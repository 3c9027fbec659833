import { systemClock } from '../app/clock.js';
import type { Settings } from '../core/option.js';
import { speaksUnicode } from '../ui/progress/progress-mode.js';
import { errorText } from '../ui/text/errors.js';
import { createDisplay, type Display } from './display.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import { earlyVoice, type Voice, voiceOf } from './voice.js';

/** What is said on stderr: progress where it is shown, and text that stays. */
export class Messages {
  readonly #io: Io;
  #voice: Voice;
  #images = 1;
  #display: Display | undefined;

  constructor(io: Io, flags: Flags) {
    this.#io = io;
    this.#voice = earlyVoice(flags, io);
  }

  get voice(): Voice {
    return this.#voice;
  }

  /** So many are to come, at least one. */
  get images(): number {
    return this.#images;
  }

  get showsProgress(): boolean {
    return this.#voice.mode === 'bar' || this.#voice.mode === 'line';
  }

  /** Made when there is something to show. */
  get display(): Display {
    const { stderr, env } = this.#io;
    this.#display ??= createDisplay({
      ...this.#voice,
      count: this.#images,
      stream: stderr,
      columns: () => stderr.columns ?? 0,
      rows: () => stderr.rows ?? 0,
      unicode: speaksUnicode(env),
      now: systemClock.now,
    });
    return this.#display;
  }

  /** @param images so many are to come; 0 for what shows no progress */
  configure(settings: Settings, images: number): void {
    this.#voice = voiceOf(settings, this.#io, images > 0);
    this.#images = Math.max(1, images);
  }

  /** @param text lines with their ends */
  say(text: string): void {
    if (this.#display === undefined) this.#io.stderr.write(text);
    else this.#display.say(text);
  }

  sayError(error: unknown): void {
    const { palette, verbose } = this.#voice;
    const { version, platform } = this.#io;
    this.say(errorText(error, { palette, verbose, version, platform }));
  }

  /** Removes what is redrawn. */
  close(): void {
    this.#display?.close();
  }
}
