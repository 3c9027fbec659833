import { systemClock } from '../app/clock.js';
import type { Settings } from '../core/option.js';
import { resultError } from '../ui/document/result.js';
import { createDisplay, type Display, type Failure } from '../ui/progress/display.js';
import { speaksUnicode } from '../ui/progress/progress-mode.js';
import { errorText } from '../ui/text/errors.js';
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

  /**
   * @param text lines with their ends
   * @param failure what the lines tell, where it is a failure
   */
  say(text: string, failure?: Failure): void {
    this.display.say(text, failure);
  }

  /** @param image what the user calls the image that failed; absent: the run failed */
  sayError(error: unknown, image?: string): void {
    const { palette, verbose } = this.#voice;
    const { version, platform } = this.#io;
    const text = errorText(error, { palette, verbose, version, platform });
    this.say(text, { error: resultError(error), ...(image === undefined ? {} : { image }) });
  }

  /** Removes what is redrawn. */
  close(): void {
    this.#display?.close();
  }
}
