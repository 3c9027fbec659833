import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { asOption, refuseUrls, sourceOf, sourceOfUrl } from '#imgdl/providers/registry.js';
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

  test.each(['747', '3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22', 'latest', 'name:x'])(
    '%s is an id or a name',
    async (text) => {
      await expect(sourceOfUrl(PROVIDERS, text, ports())).rejects.toMatchObject({
        code: 'usage.url',
        hint: expect.stringMatching(/ imgdl appliance image, .* or imgdl glance image$/),
      });
    },
  );

  test.each(['', 'x', 'ftp://h/a', 'https://u:p@h/users/a/appliances/1/images/2'])('%j: refused', async (text) => {
    await expect(sourceOfUrl(PROVIDERS, text, ports())).rejects.toMatchObject({ code: 'usage.url' });
  });
});

const COMMANDS = PROVIDERS.flatMap(({ commands }) => commands).filter(
  (command) => command.kind !== 'download' || command.anyUrl !== true,
);

describe('a URL where an id or a name belongs', () => {
  const SIGNED = 'https://files.example/a.img?sig=canary';
  test.each(COMMANDS.map((command) => [command.path.join(' '), command] as const))('%s', (_, command) => {
    for (const args of [[SIGNED], ['747', SIGNED], [`${SIGNED}*`]]) {
      let error: unknown;
      try {
        refuseUrls(PROVIDERS, command, args);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: 'usage.url', hint: 'to download a URL, use imgdl url URL' });
      expect(String(error)).not.toMatch(/canary|example/);
    }
    for (const text of ['747', 'latest', `name:${SIGNED}`, 'a:b', 'web@1.0']) {
      expect(() => refuseUrls(PROVIDERS, command, [text])).not.toThrow();
    }
  });

  test('is refused before a source is made', async () => {
    const download = COMMANDS.flatMap((one) => (one.kind === 'download' && one.several === true ? [one] : []));
    for (const command of download) {
      await expect(sourceOf(PROVIDERS, command, [SIGNED], ports())).rejects.toMatchObject({ code: 'usage.url' });
    }
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
