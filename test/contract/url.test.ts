import { provider } from '#imgdl/providers/url/index.js';
import { fakeTransport } from '../support/fake-transport.js';
import { providerPorts } from '../support/provider-ports.js';
import { providerContract } from './provider-contract.js';

const SIGNATURE = 'signature-canary';

providerContract({
  name: 'a plain URL',
  asksMetadata: false,
  async stage() {
    const server = fakeTransport(() => ({ body: 'bytes' }));
    const url = new URL(`https://files.test/a/disk.img?X-Amz-Signature=${SIGNATURE}`);
    const source = await provider.sourceOfUrl(url, providerPorts({ transport: server.transport }));
    return { source, requests: server.requests, secrets: () => [SIGNATURE], keys: () => [] };
  },
});
