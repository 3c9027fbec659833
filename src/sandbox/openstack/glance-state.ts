import type { ModeView } from '../modes.js';
import type { Stages } from '../stages.js';
import type { GlanceImage, GlanceStatus } from './glance-image.js';

const STATUSES: readonly string[] = [
  'active',
  'queued',
  'saving',
  'importing',
  'deactivated',
  'killed',
] satisfies GlanceStatus[];

function isStatus(stage: unknown): stage is GlanceStatus {
  return typeof stage === 'string' && STATUSES.includes(stage);
}

/**
 * An image as it is now: as a test has set it, else as the clock says. Glance tells no percentage.
 * @param look somebody asks for the image itself, rather than for a list
 */
export function imageNow(image: GlanceImage, stages: Stages, modes: ModeView, look: boolean): GlanceImage {
  const { name } = image.object;
  const stage = stages.at(name, look);
  if (stage !== undefined) {
    if (!isStatus(stage)) throw new Error(`"${stage}" is no status of Glance`);
    return { ...image, status: stage };
  }
  if (!image.takesTime) return image;
  const percent = stages.percent(name, modes.get('generationMs'), modes.get('generationStarts'), look);
  if (percent < 100) return { ...image, status: percent < 25 ? 'queued' : 'saving' };
  return { ...image, status: modes.get('generationEnds') === 'complete' ? 'active' : 'killed' };
}
