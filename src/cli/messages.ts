import { systemClock } from '../app/clock.js';
import type { Settings } from '../core/option.js';
import { resultError } from '../ui/document/result.js';
import { createDisplay, type Display, type Failure } from '../ui/progress/display.js';
import { speaksUnicode } from '../ui/progress/progress-mode.js';
import { errorText } from '../ui/text/errors.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import { earlyVoice, type Voice, voiceOf } from './voice.js';

/** What the images of a run come to, as far as it matters for what is said. */
export interface Expected {
  /** False for a command that downloads no image: there is no progress to show, and stdout is free. */
  readonly watched: boolean;
  /** So many are to come. */
  readonly images: number;
  /** Their results are one result, also that of a single image. */
  readonly batch: boolean;
}

/** What is said on stderr: progress where it is shown, and text that stays. */
export class Messages {
  readonly #io: Io;
  #voice: Voice;
  #images = 1;
  #batch = false;
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

  /** One image was asked for by itself: what is said of the run is said of it. */
  get single(): boolean {
    return this.#images === 1 && !this.#batch;
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

  /** Called again when more is known. */
  configure(settings: Settings, { watched, images, batch }: Expected): void {
    this.#voice = voiceOf(settings, this.#io, watched);
    this.#images = Math.max(1, images);
    this.#batch = batch;
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
