/**
 * Milliseconds of CPU time that this process spends on some work. A bound on it holds on a busy machine, too, where
 * the time by the clock says how many others want the processor.
 */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
