/** An encrypted disk. https://gitlab.com/cryptsetup/cryptsetup/-/wikis/Specification */
import type { Fields } from './fields.js';

export function recognizeLuks(start: Fields): 'luks' | undefined {
  return start.has(0, 'LUKS\xba\xbe') ? 'luks' : undefined;
}
