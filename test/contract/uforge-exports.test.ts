import { EXPORTS, type ExportKind } from '#imgdl/providers/uforge/export-kinds.js';
import { provider } from '#imgdl/providers/uforge/index.js';
import { providerPorts } from '../support/provider-ports.js';
import { element, exportServer } from '../support/uforge-exports.js';
import { providerContract, type Stage, type Subject } from './provider-contract.js';

const PASSWORD = 'pa55word-canary';
const SECRET_KEY = 'secretkey-canary';
const SUBJECTS = {
  appliance: [{ body: element('appliance', '<dbId>7</dbId><name>web</name>') }],
  bundle: [{ body: element('mySoftware', '<dbId>7</dbId><name>nginx</name>') }],
};
const POSTS = {
  appliance: [{ status: 201, body: element('applianceExport', '<dbId>9</dbId>') }],
  bundle: [{ status: 201, body: element('softwareBundleExport', '<dbId>9</dbId>') }],
};
const BASIC = { options: { url: 'https://uforge.test/api', user: 'alice' }, secrets: { password: PASSWORD } };
const KEYS = {
  options: { url: 'https://uforge.test/api', user: 'alice', 'public-key': 'PUB' },
  secrets: { 'secret-key': SECRET_KEY },
};

type Login = typeof BASIC | typeof KEYS;

/** @param made by the run, rather than by somebody else before */
function subject(name: string, kind: ExportKind, made: boolean, login: Login): Subject {
  const own = Object.values(login.secrets);
  return {
    name,
    asksMetadata: true,
    async stage(status): Promise<Stage> {
      const refused = status === undefined ? {} : { subject: [{ status, body: `no: ${own.join(' ')}` }] };
      const server = exportServer({ subject: SUBJECTS[kind], post: POSTS[kind], ...refused });
      const ports = providerPorts({ transport: server.transport, ...login });
      const segment = kind === 'appliance' ? 'appliances' : 'mysoftware';
      const url = new URL(`https://uforge.test/api/users/alice/${segment}/7/exports/9/downloads`);
      const source = made
        ? await provider.source(EXPORTS[kind].command, ['7'], ports)
        : await provider.sourceOfUrl(url, ports);
      if (status === undefined) await source.open?.(new AbortController().signal);
      return { source, requests: server.requests, secrets: () => own, keys: () => [] };
    },
  };
}

for (const kind of ['appliance', 'bundle'] as const) {
  providerContract(subject(`uforge export of ${kind}`, kind, true, BASIC));
  providerContract(subject(`uforge export of ${kind} by its URL`, kind, false, BASIC));
}
providerContract(subject('uforge export by API keys', 'appliance', true, KEYS));
