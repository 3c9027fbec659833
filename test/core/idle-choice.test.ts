import { expect, test } from 'vitest';
import { FORMAT, NEWEST } from '#imgdl/core/choice-options.js';
import { idleChoice } from '#imgdl/core/idle-choice.js';
import { fakeTransport } from '../support/fake-transport.js';
import { providerPorts } from '../support/provider-ports.js';

const { transport } = fakeTransport(() => ({}));

test.each([
  ['of one option', { format: 'qcow2' }, '--format does not apply to an id: the image is taken as it is'],
  [
    'of several',
    { format: 'x', newest: 'true' },
    '--format, --newest do not apply to an id: the image is taken as it is',
  ],
])('%s, once in a run', (_, options, message) => {
  const ports = providerPorts({ transport, options });
  const say = idleChoice([FORMAT, NEWEST]);
  say(ports);
  say(ports);
  expect(ports.warnings).toEqual([{ code: 'selection.idle', message }]);
});

test.each([
  ['a variable', 'IMGDL_FORMAT'],
  ['a configuration file', 'format in /etc/imgdl/config.yaml'],
  ['nothing', undefined],
])('nothing of what comes from %s', (_, origin) => {
  const ports = providerPorts({ transport, options: {} });
  idleChoice([FORMAT])({ ...ports, settings: { ...ports.settings, origin: () => origin } });
  expect(ports.warnings).toEqual([]);
});
