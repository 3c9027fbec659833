import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { asOption, sourceOf, sourceOfUrl } from '#imgdl/providers/registry.js';
import { fakeTransport } from '../support/fake-transport.js';
import { providerPorts } from '../support/provider-ports.js';

const ports = (options: Readonly<Record<string, string>> = {}) =>
  providerPorts({ transport: fakeTransport(() => ({})).transport, options });

describe('whose a URL is', () => {
  test.each([
    ['https://h/api/users/a/appliances/1/images/2/downloads?downloadId=k', 'uforge'],
    ['https://h/v2/images/3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22/file', 'glance'],
    ['https://h/image/v2/images/3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22', 'glance'],
    ['https://h/disk.img', 'url'],
    ['https://h/users/a/appliances/1/images/latest', 'url'],
  ])('%s: %s', async (text, id) => {
    expect((await sourceOfUrl(PROVIDERS, text, ports())).ref.provider).toBe(id);
    const command = PROVIDERS.flatMap((provider) => provider.commands).find((one) => one.path[0] === 'url');
    if (command?.kind !== 'download') throw new Error('no such command');
    expect((await sourceOf(PROVIDERS, command, [text], ports())).ref.provider).toBe(id);
  });

  test('--as overrules the look', async () => {
    const uforge = 'https://h/api/users/a/appliances/1/images/2';
    expect((await sourceOfUrl(PROVIDERS, uforge, ports({ as: 'plain' }))).ref.provider).toBe('url');
    await expect(sourceOfUrl(PROVIDERS, 'https://h/disk.img', ports({ as: 'uforge' }))).rejects.toMatchObject({
      code: 'usage.url',
    });
    await expect(sourceOfUrl(PROVIDERS, 'https://h/disk.img', ports({ as: 'glance' }))).rejects.toMatchObject({
      code: 'usage.url',
    });
  });

  test.each(['', 'x', 'ftp://h/a', 'https://u:p@h/users/a/appliances/1/images/2'])('%j: refused', async (text) => {
    await expect(sourceOfUrl(PROVIDERS, text, ports())).rejects.toMatchObject({ code: 'usage.url' });
  });
});

test('--as takes the words of the providers, and no other', () => {
  const row = asOption(PROVIDERS);
  expect(row.choices).toEqual(['uforge', 'glance', 'plain']);
  expect(asOption(PROVIDERS.slice(2)).choices).toEqual(['plain']);
  expect(() => row.parse('url')).toThrow(expect.objectContaining({ code: 'usage.option' }));
});

test('commands and options have one owner each', () => {
  const commands = PROVIDERS.flatMap((provider) => provider.commands.map((command) => command.path.join(' ')));
  expect(new Set(commands).size).toBe(commands.length);
  expect(commands).toEqual(
    expect.arrayContaining([
      'appliance image',
      'appliance pimage',
      'container image',
      'scan image',
      'glance image',
      'url',
    ]),
  );
  const keys = PROVIDERS.flatMap((provider) => provider.options.map((option) => option.key));
  expect(new Set(keys).size).toBe(keys.length);
});
