import type { Process } from './process.js';

/**
 * Who makes the calls of one copy of the product. Two copies can run at once: what stands for Node's modules in each of
 * them finds its process by the name in its own URL.
 */
export interface Slot {
  process: Process | undefined;
}

const SLOTS = new Map<string, Slot>();

export function slotOf(name: string): Slot {
  const known = SLOTS.get(name);
  if (known !== undefined) return known;
  const slot: Slot = { process: undefined };
  SLOTS.set(name, slot);
  return slot;
}

/** The process of the module with this URL. */
export function processFor(url: string): () => Process {
  const slot = slotOf(new URL(url).searchParams.get('slot') ?? '');
  return () => {
    if (slot.process === undefined) throw new Error('no process runs here');
    return slot.process;
  };
}
