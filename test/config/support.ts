import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMON_OPTIONS } from '#imgdl/app/options.js';
import { type LoadedSettings, loadSettings } from '#imgdl/config/layers.js';
import { AppError } from '#imgdl/core/errors.js';
import type { OptionSpec } from '#imgdl/core/option.js';
import { scratch } from '../support/scratch.js';

/** A fresh directory with these files, removed after the test. */
export function directory(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const root = scratch();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), 0o600);
  }
  return root;
}

/** Rows as a provider would have them. */
export const URL_ROW: OptionSpec<string> = {
  key: 'url',
  value: 'URL',
  doc: 'base URL of the AppCenter',
  group: 'UForge',
  identity: 'server',
  parse: (raw) => raw,
};
export const CLOUD_ROW: OptionSpec<string> = {
  key: 'os-cloud',
  value: 'NAME',
  doc: 'cloud of clouds.yaml',
  group: 'OpenStack',
  identity: 'server',
  foreignEnv: ['OS_CLOUD'],
  parse: (raw) => raw,
};
export const PASSWORD_FILE_ROW: OptionSpec<string> = {
  key: 'password-file',
  value: 'FILE|-',
  doc: 'file with the password',
  group: 'UForge',
  identity: 'login',
  parse: (raw) => raw,
};
export const USER_ROW: OptionSpec<string> = { ...URL_ROW, key: 'user', value: 'LOGIN', identity: 'login' };
export const SECRET_KEY_FILE_ROW: OptionSpec<string> = { ...PASSWORD_FILE_ROW, key: 'secret-key-file' };
export const TAGS_ROW: OptionSpec<string> = {
  key: 'tag',
  value: 'TAG',
  doc: 'tag of an image',
  group: 'OpenStack',
  repeatable: true,
  parse: (raw) => raw,
};

export const ROWS = [...COMMON_OPTIONS, URL_ROW, USER_ROW, CLOUD_ROW, PASSWORD_FILE_ROW, SECRET_KEY_FILE_ROW, TAGS_ROW];

export interface Where {
  readonly flags?: Readonly<Record<string, string | readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly system?: string;
  readonly urls?: readonly URL[];
}

export function load(where: Where = {}): Promise<LoadedSettings> {
  const flags = Object.entries(where.flags ?? {}).map(([key, value]): [string, readonly string[]] => [
    key,
    typeof value === 'string' ? [value] : value,
  ]);
  return loadSettings({
    flags: new Map(flags),
    env: new Map(Object.entries(where.env ?? {})),
    home: where.home ?? directory(),
    options: ROWS,
    urls: where.urls ?? [],
    systemDirectory: where.system ?? join(directory(), 'none'),
  });
}

/** The error as one line: `code: message (hint)`. */
export async function refusal(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message} (${error.hint})`;
    throw error;
  }
  return 'accepted';
}
