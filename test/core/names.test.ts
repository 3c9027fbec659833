import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultName, safeName } from '#imgdl/core/names.js';
import { anyText } from '../support/any-text.js';
import { cpuMs } from '../support/cpu-time.js';

describe("a server's name for a file", () => {
  it.each<[string, string, string | undefined]>([
    ['a good name stays', 'debian-12.5_amd64 (x) 100%.qcow2', 'debian-12.5_amd64 (x) 100%.qcow2'],
    ['a name in any script stays', 'образ 東京.img', 'образ 東京.img'],
    ['a path is one component', '../../etc/cron.d/x', '_._.._etc_cron.d_x'],
    ['an absolute path is one component', '/etc/passwd', '_etc_passwd'],
    ['a path of Windows is one component', 'C:\\x\\y.img', 'C__x_y.img'],
    ['NUL, LF, CR, TAB, ESC, DEL and C1 are underscores', 'a\0\n\r\t\u001b\u007f\u009bb', 'a_______b'],
    ['line separators are underscores', 'a\u2028\u2029b', 'a__b'],
    ['a device of Windows is prefixed', 'CON', '_CON'],
    ['also with an extension', 'nul.img', '_nul.img'],
    ['also with a blank before it', 'con .img', '_con .img'],
    ['also a serial port', 'COM1', '_COM1'],
    ['also when the shortening uncovers it', `con${' '.repeat(300)}.img`, '_con.img'],
    ['but not what only begins like one', 'console.img', 'console.img'],
    ...['con', 'prn', 'aux', 'nul', 'com0', 'com9', 'com¹', 'lpt1', 'lpt³', 'conin$', 'ConOut$'].map(
      (device): [string, string, string] => [`also ${device}`, `${device}.tar.gz`, `_${device}.tar.gz`],
    ),
    ...['com', 'com10', 'lpta', 'conin'].map((name): [string, string, string] => [
      `but not ${name}`,
      `${name}.img`,
      `${name}.img`,
    ]),
    ['trailing dots and blanks go', 'aux. . ', '_aux'],
    ['a stream of NTFS is part of the name', 'x:stream', 'x_stream'],
    ['a command to a CI system is broken', '##vso[task.complete]x.img', '_#vso[task.complete]x.img'],
    ['also with more of its marks', 'a###[error]', 'a__#[error]'],
    ['a mark alone stays', 'build #4.img', 'build #4.img'],
    ['a leading hyphen is an underscore', '-rf', '_rf'],
    ['a leading tilde is an underscore', '~root', '_root'],
    ['a leading dot is an underscore', '.bashrc', '_bashrc'],
    ['a dot behind blanks and invisible characters, too', ' \u200b .ssh', '_ssh'],
    ['a bidirectional override is removed', 'a\u202egmi.exe', 'agmi.exe'],
    ['zero width characters are removed', 'a\u200b\u200d\ufeff\u00adb.img', 'ab.img'],
    ['blank-looking fillers are removed', 'a\u3164\u115f\uffa0b', 'ab'],
    ['invisible tags are removed', 'a\u{e0041}b', 'ab'],
    ['two spellings of a letter are one', 'e\u0301.img', 'é.img'],
    ['also with something invisible between', 'e\u200d\u0301.img', 'é.img'],
    ['a lone surrogate is a replacement character', 'a\ud800b', 'a\ufffdb'],
    ['the name of a part is changed', '.imgdl-0123456789abcdef.part', 'image_imgdl-0123456789abcdef.part'],
    ['what would become the name of a part is changed', '_imgdl-x.lock', 'image_imgdl-x.lock'],
    ['the name of a part in capitals is changed', '.IMGDL-x.PART', 'image_IMGDL-x.PART'],
    ['the name of a receipt is changed', 'x.img.imgdl.json', 'x.img_imgdl_json'],
    ['an empty name is none', '', undefined],
    ['dots alone are none', '...', undefined],
    ['blanks alone are none', ' \u3000\t', undefined],
    ['underscores alone are none', '/\\/', undefined],
    ['invisible characters alone are none', '\u3164\u200b', undefined],
  ])('%s', (_, raw, name) => {
    expect(safeName(raw)).toBe(name);
  });

  it.each([
    ['256 letters', `${'a'.repeat(256)}.qcow2`, '.qcow2'],
    ['64 KiB', `${'a'.repeat(60_000)}.img`, '.img'],
    ['letters of two bytes', `${'é'.repeat(128)}.tar.gz`, '.tar.gz'],
    ['emoji', `${'😀'.repeat(100)}.img`, '.img'],
    ['an extension that is none', `a.${'x'.repeat(300)}`, 'x'],
  ])('%s are cut to at most 200 bytes, the extension stays', (_, raw, end) => {
    const name = safeName(raw) ?? '';
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(Buffer.byteLength(name)).toBeGreaterThan(190);
    expect(name.endsWith(end)).toBe(true);
    expect(name).not.toContain('\ufffd');
  });

  it.each([
    ['200 bytes stay', `${'a'.repeat(196)}.img`, `${'a'.repeat(196)}.img`],
    ['of 201 one goes, in front of the extension', `${'a'.repeat(197)}.img`, `${'a'.repeat(196)}.img`],
    ['of a name without extension the last one goes', 'a'.repeat(201), 'a'.repeat(200)],
    ['a character that does not fit goes whole', `${'a'.repeat(195)}é.img`, `${'a'.repeat(195)}.img`],
    ['one that just fits stays', `${'a'.repeat(194)}éa.img`, `${'a'.repeat(194)}é.img`],
    ['blanks and dots that come to stand at the end of the stem go', `a${' .'.repeat(120)} b.img`, 'a.img'],
    ['what lies beyond 64 KiB is not looked at', `${'a'.repeat(65_532)}.imgx`, `${'a'.repeat(196)}.img`],
  ])('%s', (_, raw, name) => {
    expect(safeName(raw)).toBe(name);
  });

  it('the shortening does not make the name of a receipt', () => {
    const name = safeName(`${'a'.repeat(189)}.imgdl${'z'.repeat(20)}.json`);
    expect(name).not.toMatch(/\.imgdl\.json$/);
  });

  it('a name of 64 KiB blanks costs no time', async () => {
    const spent = await cpuMs(() => {
      for (const filling of [' ', '. ', '.', '.a']) safeName(`x${filling.repeat(32_000)}x`);
    });
    expect(spent).toBeLessThan(1_500);
  });

  it('any name becomes one harmless component, and stays what it became', () => {
    const nasty = fc.constantFrom(
      ...['.', '-', '~', '_', ' ', '/', '\\', '\0', '\u202e', '\u200d', '\u0301', '\ud800', 'é', '😀', 'a', 'X', ':'],
      ...['.imgdl-', '.imgdl.json', 'con', 'lpt1', '.json', '.tar.gz', ' '.repeat(250), 'x'.repeat(190), '\u3164'],
    );
    const names = fc.oneof(
      fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join('')),
      anyText(300),
    );
    fc.assert(
      fc.property(names, (raw) => {
        const name = safeName(raw);
        if (name === undefined) return;
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
        expect(name).not.toMatch(
          /[/\\:*?"<>|\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u,
        );
        expect(name).not.toMatch(/^[.~\s-]|[\s.]$/);
        expect(name).not.toMatch(/^_?imgdl-|\.imgdl\.json$/i);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)/i);
        expect(name).toBe(name.normalize('NFC'));
        expect(safeName(name)).toBe(name);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the name to use without -o', () => {
  it.each([
    ["the server's when it is good", 'a.img', 'image-7.img', 'a.img'],
    ["the provider's when there is none", undefined, 'image-7.img', 'image-7.img'],
    ["the provider's when the server's is no good", '...', 'image-7.img', 'image-7.img'],
    ['none when neither is good', '..', '', undefined],
  ])('is %s', (_, name, fallback, expected) => {
    expect(defaultName(name, fallback)).toBe(expected);
  });
});
