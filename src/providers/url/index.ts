import type { Provider } from '../../core/provider.js';
import { parseUrl } from './address.js';
import { AS } from './options.js';
import { urlSource } from './source.js';

/** A plain file over HTTP(S); the registry asks the other providers first whether a URL is theirs. */
export const provider: Provider = {
  id: 'url',
  commands: [
    {
      path: ['url'],
      args: [{ name: 'url', doc: 'http(s) URL of a UForge or Glance image, or of a file' }],
      several: true,
      summary: 'Download by URL: images of UForge or Glance, also with ?downloadId=…, or plain files',
      examples: [
        'imgdl url https://cloud.example.com/images/debian-13.qcow2 -o debian.qcow2',
        "imgdl url 'https://uforge.example.com/api/users/…/downloads?downloadId=KEY'",
      ],
    },
  ],
  options: [AS],
  claims: (url) => url.protocol === 'http:' || url.protocol === 'https:',
  source: async (_command, [text = '']) => urlSource(parseUrl(text)),
  sourceOfUrl: async (url) => urlSource(parseUrl(url.href)),
};
