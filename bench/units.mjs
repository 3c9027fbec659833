export const KIB = 2 ** 10;
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** `64M`, `2G`, `1048576`: bytes, in powers of two. Undefined when it is none. */
export function parseSize(text) {
  const match = /^(\d+(?:\.\d+)?)([KMG]?)$/i.exec(text);
  if (match === null) return undefined;
  const unit = { '': 1, K: KIB, M: MIB, G: GIB }[match[2].toUpperCase()];
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** `2 GiB`, `512 MiB`, `1 KiB` */
export function size(bytes) {
  if (bytes >= GIB) return `${trim(bytes / GIB)} GiB`;
  if (bytes >= MIB) return `${trim(bytes / MIB)} MiB`;
  return `${trim(bytes / KIB)} KiB`;
}

/** Seconds with as many digits as mean something. */
export function seconds(ms) {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.round(ms)} ms`;
}

function trim(number) {
  return String(Number(number.toFixed(1)));
}
