import { describe, expect, it } from 'vitest';
import { looksLikeDocument } from '#imgdl/core/document.js';

describe('looksLikeDocument', () => {
  it.each([
    ['a doctype', '<!DOCTYPE html><html>', true],
    ['a page without doctype', '\n  <html lang="en">', true],
    ['a page after a byte order mark', '\ufeff<html>', true],
    ["UForge's error", '<?xml version="1.0"?><ns0:uforgeError xmlns:ns0="x">', true],
    ["a store's error", '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code>', true],
    ['an element that only ends like one', '<Mirror>', false],
    ['an OVF descriptor', '<?xml version="1.0"?><Envelope>', false],
    ['a qcow2 image', 'QFI\u00fb\u0000\u0000\u0000\u0003', false],
    ['zeroes', '\u0000\u0000\u0000', false],
    ['nothing', '', false],
  ])('%s', (_name, text, expected) => {
    expect(looksLikeDocument(Buffer.from(text))).toBe(expected);
  });
});
