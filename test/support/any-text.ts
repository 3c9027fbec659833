import fc from 'fast-check';

/**
 * One code point of all there are, halves of surrogate pairs too. `unit: 'binary'` of fast-check is the same, but
 * spends a second and a half of CPU time on its tables when it is first asked for.
 */
const codePoint: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff })
  .map((value) => String.fromCodePoint(value), pointOf);

/** The way back: by it fast-check also puts in words such as `__proto__`. */
function pointOf(text: unknown): number {
  const [only, more] = typeof text === 'string' ? Array.from(text) : [];
  if (only === undefined || more !== undefined) throw new TypeError('not one code point');
  return only.codePointAt(0) ?? 0;
}

/** Any text, however little sense it makes; `maxLength` is in code points. */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  return fc.string({ unit: codePoint, ...(maxLength === undefined ? {} : { maxLength }) });
}
