/** From creation: what is being downloaded is nobody else's business until it is complete. */
export const PRIVATE_MODE = 0o600;

/** What open(2) would give a new file: 0666 without the bits of the umask. */
export function publicMode(umask: number): number {
  let mode = 0;
  for (let bit = 0o400; bit >= 1; bit /= 2) {
    if (has(0o666, bit) && !has(umask, bit)) mode += bit;
  }
  return mode;
}

function has(bits: number, bit: number): boolean {
  return Math.floor(bits / bit) % 2 === 1;
}
