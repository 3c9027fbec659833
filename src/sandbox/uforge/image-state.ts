import type { ModeView } from '../modes.js';
import type { Stage, Stages } from '../stages.js';
import type { UforgeImage } from './objects.js';

type Progress = Pick<UforgeImage, 'state' | 'percentage'>;

/** What is asked of something that takes time: the clock and the modes, or what a test has set. */
export interface Moment {
  readonly stages: Stages;
  readonly modes: ModeView;
  /** Somebody asks for the object itself or its status, rather than for a list. */
  readonly look: boolean;
}

/** A stage that a test has set, in the words of UForge. A number is the percentage of what is not finished. */
export function progressOf(stage: Stage): Progress {
  if (typeof stage === 'number') return { state: 'generating', percentage: stage };
  if (stage === 'queued') return { state: stage, percentage: 0 };
  if (stage === 'error' || stage === 'cancelled' || stage === 'generating') return { state: stage, percentage: 42 };
  if (stage === 'complete' || stage === 'complete-with-error') return { state: stage, percentage: 100 };
  throw new Error(`"${stage}" is no state of UForge`);
}

/** An image as it is now. */
export function imageNow(image: UforgeImage, { stages, modes, look }: Moment): UforgeImage {
  const { name } = image.object;
  const stage = stages.at(name, look);
  if (stage !== undefined) return { ...image, ...progressOf(stage) };
  if (!image.takesTime) return image;
  const percent = stages.percent(name, modes.get('generationMs'), modes.get('generationStarts'), look);
  return { ...image, ...progressOf(percent < 100 ? percent : modes.get('generationEnds')) };
}
