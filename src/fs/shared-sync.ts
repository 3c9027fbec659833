/**
 * One sync for all who ask while another is under way, or in the same turn: it begins after each of them asked, so it
 * covers what each has done. Several images that end in one directory share its syncs.
 *
 * @param sync makes durable whatever was done before it was called
 */
export function shareSync<T>(sync: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= running.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const work = sync();
      running = work.catch(() => undefined);
      // Whoever asks from now on may have done something that this one does not see.
      next = undefined;
      return await work;
    });
    return next;
  };
}
