import type { Provider, ProviderPorts } from '../../core/provider.js';
import type { Source } from '../../core/source.js';
import { parseUrl } from '../../core/user-url.js';
import { LOGIN_FLAGS } from './login-flags.js';
import { urlSource } from './source.js';

/** A plain file over HTTP(S); the registry asks the other providers first whether a URL is theirs. */
export const provider: Provider = {
  id: 'url',
  as: 'plain',
  families: {},
  commands: [
    {
      kind: 'download',
      anyUrl: true,
      path: ['url'],
      args: [{ name: 'url', doc: 'http(s) URL of an image or of any other file', like: /^https?:\/\//i }],
      several: true,
      summary:
        'Download by URL: an image of any supported service, a link with a one-time download id, or any other file',
      examples: ['imgdl url https://cloud.example.com/images/debian-13.qcow2 -o debian.qcow2'],
    },
  ],
  options: [],
  errors: [],
  foreignFlags: () => LOGIN_FLAGS,
  manual: {
    from: 'a plain URL',
    example: 'imgdl url https://cloud.example.com/debian-13.qcow2',
    environment: [['NETRC', 'The file that --netrc reads, instead of ~/.netrc.']],
    files: [
      ['~/.netrc', 'Users and passwords for plain URLs, read only with --netrc. Only you may be able to read it.'],
    ],
    examples: [
      [
        'Download in CI, and keep the result for the next step:',
        'imgdl url "$IMAGE_URL" --json --checksum "sha256:$SUM" >result.json',
      ],
      [
        "Verify with the publisher's checksum file:",
        'imgdl url https://cloud.example.com/debian-13.qcow2 --checksums https://cloud.example.com/SHA256SUMS',
      ],
      ['Download every URL in a list:', 'imgdl url -i urls.txt -o images/'],
    ],
  },
  sharesAccount: false,
  takesOriginCredentials: true,
  claims: (url) => url.protocol === 'http:' || url.protocol === 'https:',
  source: async (_command, [text = ''], ports) => await sourceOf(parseUrl(text), ports),
  sourceOfUrl: async (url, ports) => await sourceOf(parseUrl(url.href), ports),
};

async function sourceOf(url: URL, ports: ProviderPorts): Promise<Source> {
  return urlSource(url, await ports.credentials(url));
}
