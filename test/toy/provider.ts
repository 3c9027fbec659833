import { errorKinds } from '#imgdl/core/error-kind.js';
import { AppError } from '#imgdl/core/errors.js';
import { parseChoice } from '#imgdl/core/format.js';
import type { ListItem } from '#imgdl/core/list.js';
import type { DefaultedOption, OptionSpec } from '#imgdl/core/option.js';
import type { DownloadCommand, ListCommand, Provider, ProviderPorts } from '#imgdl/core/provider.js';
import type { Source } from '#imgdl/core/source.js';

/**
 * A provider from outside src/: one object, given to run(), and the command line, the variables, the configuration, the
 * help, the manual and the errors have it. A shelf of files behind one URL.
 */

const TOY_CODES = errorKinds({
  'toy.broken': {
    exit: 'not-ready',
    cause: 'Somebody broke the toy.',
    cure: 'Glue it, then run the command again.',
  },
});

const SHELF: OptionSpec<URL> = {
  key: 'toy-shelf',
  value: 'URL',
  doc: 'where the toys are',
  group: 'Toys',
  parse: (raw) => {
    if (!URL.canParse(raw)) throw new AppError('usage.option', 'the value is no URL', { hint: 'give http://HOST' });
    return new URL(raw);
  },
};

const COLOURS = ['red', 'blue'] as const;
const COLOUR: DefaultedOption<(typeof COLOURS)[number]> = {
  key: 'toy-colour',
  value: 'COLOUR',
  choices: COLOURS,
  doc: 'which toys',
  group: 'Toys',
  default: 'red',
  parse: (raw) => parseChoice(raw, COLOURS),
};

const IMAGE: DownloadCommand = {
  kind: 'download',
  path: ['toy', 'image'],
  args: [{ name: 'toy', doc: 'its name' }],
  several: true,
  summary: 'Download toys',
  examples: ['imgdl toy image ball'],
};

const LIST: ListCommand = {
  kind: 'list',
  path: ['toy', 'list'],
  args: [{ name: 'begin', doc: 'only names that begin so', optional: true }],
  summary: 'Show the toys',
  examples: ['imgdl toy list'],
  columns: [
    { title: 'TOY', of: 'name' },
    { title: 'COLOUR', of: (item) => item.version },
    { title: 'SIZE', of: 'bytes' },
    { title: 'CREATED', of: 'created' },
    { title: 'READY', of: 'ready' },
  ],
};

export const toy: Provider = {
  id: 'toy',
  as: 'toy',
  families: { toy: 'Toys: things to try' },
  commands: [IMAGE, LIST],
  options: [SHELF, COLOUR],
  errors: Object.values(TOY_CODES),
  manual: { from: 'a shelf of toys', product: 'Toy Shelf', example: 'imgdl toy image ball' },
  sharesAccount: false,
  claims: (url) => url.pathname.startsWith('/toys/'),
  source: async (_command, [name = ''], ports) => sourceAt(shelfUrl(ports, name)),
  sourceOfUrl: async (url) => sourceAt(url),
  list: listed,
};

function shelfUrl({ settings }: ProviderPorts, name: string): URL {
  const shelf = settings.get(SHELF);
  if (shelf === undefined)
    throw new AppError('usage.missing', 'the shelf is missing', { hint: 'give --toy-shelf URL' });
  return new URL(`/toys/${settings.get(COLOUR)}/${encodeURIComponent(name)}`, shelf);
}

async function* listed(
  _command: ListCommand,
  [begin = '']: readonly string[],
  ports: ProviderPorts,
  signal: AbortSignal,
): AsyncGenerator<ListItem> {
  const reply = await ports.transport.call({ method: 'GET', url: shelfUrl(ports, ''), headers: {} }, signal);
  for (const line of reply.text.split('\n').filter((name) => name.startsWith(begin))) {
    const [name = '', bytes] = line.split(' ');
    yield item(name, bytes, ports.settings.get(COLOUR));
  }
}

function item(name: string, bytes: string | undefined, colour: string): ListItem {
  return {
    command: 'toy image',
    args: [name],
    id: name,
    name,
    version: colour,
    revision: null,
    format: 'raw',
    formatTitle: 'Raw toy',
    bytes: bytes === undefined ? null : Number(bytes),
    created: '2026-11-21T08:00:00Z',
    updated: null,
    ready: bytes !== undefined,
    reason: bytes === undefined ? 'generating' : null,
    digests: [],
    percent: bytes === undefined ? 42 : null,
    visibility: null,
    owner: null,
  };
}

function sourceAt(url: URL): Source {
  const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
  const ref = { provider: 'toy', endpoint: url.origin, ref: url.pathname };
  return {
    ref,
    describe: async () => ({
      ref,
      name: `${name}.img`,
      fallbackName: 'toy.img',
      identity: {},
      digests: [],
      opener: 'range',
      headerDigest: 'body',
      validator: 'http',
      warnings: [],
    }),
    ticket: async (need) => {
      if (need.reason === 'denied') throw new AppError(TOY_CODES['toy.broken'], `downloading ${name}: it is broken`);
      return { url, headers: {}, singleUse: false, by: 'none' };
    },
    explain: () => new AppError(TOY_CODES['toy.broken'], `downloading ${name}: it is broken`),
  };
}
