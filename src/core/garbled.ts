const BEYOND_ASCII = /[^\x00-\x7f]/u;
const ALL_BEYOND = new RegExp(BEYOND_ASCII, 'gu');
/** With fewer characters left it is no longer the text. */
const RECOGNISABLE = 4;

/**
 * What becomes of a text on its way through a server that takes its bytes for another encoding, or has another form for
 * its characters; the text itself is not among them. Nothing of text in ASCII.
 */
export function garbled(text: string): readonly string[] {
  if (!BEYOND_ASCII.test(text)) return [];
  const utf8 = Buffer.from(text, 'utf8');
  const forms = [text.normalize('NFC'), text.normalize('NFD'), utf8.toString('latin1')];
  forms.push(new TextDecoder('windows-1252').decode(utf8));
  if (text.replace(ALL_BEYOND, '').length >= RECOGNISABLE) {
    // Latin-1 read as UTF-8, and UTF-8 as ASCII: a sign for each character, or for each byte.
    for (const sign of ['?', '\ufffd']) {
      forms.push(
        text.replace(ALL_BEYOND, sign),
        text.replace(ALL_BEYOND, (char) => sign.repeat(Buffer.byteLength(char))),
      );
    }
  }
  return [...new Set(forms)].filter((form) => form !== text);
}

/** The bytes of a text in the encodings that a log-in may be sent in: UTF-8, and Latin-1 where that has all of it. */
export function bytesOf(text: string): readonly Buffer[] {
  const utf8 = Buffer.from(text, 'utf8');
  const latin1 = Buffer.from(text, 'latin1');
  return latin1.length < utf8.length && latin1.toString('latin1') === text ? [utf8, latin1] : [utf8];
}
