import type { Transport } from '#imgdl/core/http.js';
import type { DefaultedOption, OptionSpec, Settings } from '#imgdl/core/option.js';
import type { ForeignFile, ProviderPorts } from '#imgdl/core/provider.js';
import { Secret } from '#imgdl/core/secret.js';
import type { Warning } from '#imgdl/core/source.js';
import { type FakeClock, fakeClock } from './fake-clock.js';

/** What a provider is told of the outside world, from literals. */
export interface World {
  readonly transport: Transport;
  /** Option values as a user types them, by key; several of a repeatable one. */
  readonly options?: Readonly<Record<string, string | readonly string[]>>;
  readonly secrets?: Readonly<Partial<Record<'password' | 'secret-key', string>>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the user has for an origin. */
  readonly credentials?: ProviderPorts['credentials'];
  /** Text by path; `{text, groupOrWorld: true}` for one that others may read. */
  readonly files?: Readonly<Record<string, string | ForeignFile>>;
}

export interface Ports extends ProviderPorts {
  readonly clock: FakeClock;
  readonly notes: readonly string[];
  readonly warnings: readonly Warning[];
  /** Names of the secrets that were asked for. */
  readonly asked: readonly string[];
}

export function providerPorts(world: World): Ports {
  const notes: string[] = [];
  const warnings: Warning[] = [];
  const asked: string[] = [];
  const settings = settingsOfTexts(world.options ?? {});
  return {
    transport: world.transport,
    settings,
    env: new Map(Object.entries(world.env ?? {})),
    home: '/home/alice',
    cwd: '/srv',
    clock: fakeClock(),
    readFile: async (path) => {
      const file = world.files?.[path];
      return typeof file === 'string' ? { text: file, groupOrWorld: false } : file;
    },
    secret: async (name) => {
      asked.push(name);
      const value = world.secrets?.[name];
      return value === undefined ? undefined : new Secret(value);
    },
    credentials: world.credentials ?? (async () => undefined),
    note: (message) => notes.push(message),
    warn: (warning) => warnings.push(warning),
    notes,
    warnings,
    asked,
  };
}

/** Option values as a user types them, by key; the rows parse them when they are asked for. */
export function settingsOfTexts(texts: Readonly<Record<string, string | readonly string[]>>): Settings {
  const all = <T>(option: OptionSpec<T>): readonly T[] =>
    [texts[option.key] ?? []].flat().map((raw) => option.parse(raw));
  function get<T>(option: DefaultedOption<T>): T;
  function get<T>(option: OptionSpec<T>): T | undefined;
  function get<T>(option: OptionSpec<T>): T | undefined {
    return texts[option.key] === undefined ? option.default : all(option).at(-1);
  }
  return {
    get,
    all,
    origin: (option) => (texts[option.key] === undefined ? undefined : `--${option.key}`),
  };
}
