/** From creation: what is being downloaded is nobody else's business until it is complete. */
export const PRIVATE_MODE = 0o600;

/** What open(2) is asked for a new file. The kernel takes from it what the umask, or the directory's default ACL, says. */
export const PUBLIC_MODE = 0o666;

/** The bits that say who may read, write and run. Setuid, setgid and sticky are not passed on: an image is data. */
export function permissionBits(mode: number): number {
  return mode % 0o1000;
}

/** The group may no more than others may, who are everybody. */
export function withoutGroup(mode: number): number {
  const others = mode % 0o10;
  const group = Math.floor(mode / 0o10) % 0o10;
  let common = 0;
  for (const bit of [0o4, 0o2, 0o1]) if (has(others, bit) && has(group, bit)) common += bit;
  return mode - (group - common) * 0o10;
}

function has(bits: number, bit: number): boolean {
  return Math.floor(bits / bit) % 2 === 1;
}
