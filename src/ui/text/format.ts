import prettyBytes from 'pretty-bytes';

/** Bytes for people, in binary units: `512 B`, `1.2 GiB`. One decimal, so that a running number does not jump about. */
export function formatBytes(bytes: number): string {
  const whole = Math.max(0, Math.floor(bytes));
  if (whole < 1024) return prettyBytes(whole, { binary: true });
  return prettyBytes(whole, { binary: true, minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/**
 * `0.9/4.0 GiB`: in the unit of the whole, so that the text keeps its width while it runs; `64.0 MiB/4.0 GiB` as long
 * as the part would read 0.0.
 */
export function formatAmount(done: number, size: number | undefined): string {
  if (size === undefined) return formatBytes(done);
  const whole = formatBytes(size);
  const unit = UNITS.indexOf(whole.split(' ')[1] ?? '');
  if (unit <= 0) return `${Math.max(0, Math.floor(done))}/${whole}`;
  const tenths = Math.floor((done / 1024 ** unit) * 10);
  return tenths < 1 && done > 0 ? `${formatBytes(done)}/${whole}` : `${(tenths / 10).toFixed(1)}/${whole}`;
}

/** Bytes per millisecond as bytes per second: `56.9 MiB/s`. */
export function formatSpeed(bytesPerMs: number): string {
  return `${formatBytes(bytesPerMs * 1000)}/s`;
}

/**
 * Whole percent, rounded down: 100 is shown only when nothing is missing. An empty object is complete.
 * Undefined without a size.
 */
export function percentOf(done: number, size: number | undefined): number | undefined {
  if (size === undefined) return undefined;
  if (size <= 0) return 100;
  return Math.min(100, Math.max(0, Math.floor((done / size) * 100)));
}

/** A duration in words, two units at most: `0.4 s`, `51 s`, `1 min 12 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 9_950) return `${(Math.max(0, durationMs) / 1000).toFixed(1)} s`.replace('.0 s', ' s');
  const { days, hours, minutes, seconds } = split(durationMs);
  if (days > 0) return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  if (minutes > 0) return seconds === 0 ? `${minutes} min` : `${minutes} min ${seconds} s`;
  return `${seconds} s`;
}

/** The same for a running display: `0:51`, `1:02:03`, `3d 04h`. */
export function formatClock(durationMs: number): string {
  const { days, hours, minutes, seconds } = split(durationMs);
  if (days > 0) return `${days}d ${two(hours)}h`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

function split(durationMs: number): { days: number; hours: number; minutes: number; seconds: number } {
  const total = Math.round(Math.max(0, durationMs) / 1000);
  return {
    days: Math.floor(total / 86_400),
    hours: Math.floor(total / 3600) % 24,
    minutes: Math.floor(total / 60) % 60,
    seconds: total % 60,
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
