import { provider } from '#imgdl/providers/uforge/index.js';
import { SHAPES } from '#imgdl/providers/uforge/kinds.js';
import { providerPorts } from '../support/provider-ports.js';
import { CLOUD_SECRET, uforgeServer } from '../support/uforge-server.js';
import { providerContract, type Stage, type Subject } from './provider-contract.js';

const PASSWORD = 'pa55word-canary';
const SECRET_KEY = 'secretkey-canary';
const GIVEN = 'given-download-id-canary';
const IDS = {
  image: ['747', '1095'],
  pimage: ['747', '88'],
  container: ['21', '4', '13'],
  scan: ['12', '34', '56'],
} as const;

const BASIC = { options: { url: 'https://uforge.test/api', user: 'alice' }, secrets: { password: PASSWORD } };
const KEYS = {
  options: { url: 'https://uforge.test/api', user: 'alice', 'public-key': 'PUB' },
  secrets: { 'secret-key': SECRET_KEY },
};

function subject(
  name: string,
  kind: keyof typeof IDS,
  login: { readonly options: Readonly<Record<string, string>>; readonly secrets?: Readonly<Record<string, string>> },
  asksMetadata = true,
): Subject {
  return {
    name,
    asksMetadata,
    async stage(status): Promise<Stage> {
      const own = [...Object.values(login.secrets ?? {}), login.options['download-id'] ?? []].flat();
      const server = uforgeServer({
        pimage: kind === 'pimage',
        ...(kind === 'pimage' ? { uri: 'bare' } : {}),
        ...(status === undefined ? {} : { answer: { status, body: `no: ${own.join(' ')}` } }),
      });
      const source = await provider.source(
        SHAPES[kind].command,
        IDS[kind],
        providerPorts({ transport: server.transport, ...login }),
      );
      return {
        source,
        requests: server.requests,
        secrets: () => [...own, ...server.keys],
        foreign: [CLOUD_SECRET],
        keys: () => [GIVEN, ...server.keys],
      };
    },
  };
}

const withOption = (key: string, value: string) => ({ ...BASIC, options: { ...BASIC.options, [key]: value } });

for (const kind of ['image', 'pimage', 'container', 'scan'] as const) {
  providerContract(subject(`uforge ${kind} by password`, kind, BASIC));
  providerContract(subject(`uforge ${kind} by one-time download id`, kind, withOption('via', 'key')));
}
providerContract(subject('uforge image by API keys', 'image', KEYS));
providerContract(subject('uforge image by credentials only', 'image', withOption('via', 'credentials')));
providerContract(subject('uforge image by a given id and password', 'image', withOption('download-id', GIVEN)));
providerContract(
  subject(
    'uforge image by a given id alone',
    'image',
    { options: { url: 'https://uforge.test/api', uid: 'alice', 'download-id': GIVEN } },
    false,
  ),
);
