import { NEWEST } from '../../core/choice-options.js';
import { AppError } from '../../core/errors.js';
import type { ProviderPorts } from '../../core/provider.js';
import type { Source } from '../../core/source.js';
import { appCenterOf } from './app-center.js';
import { isUnder } from './base.js';
import { EXPORTS, type ExportKind } from './export-kinds.js';
import { ExistingExport, ExportSource } from './export-source.js';
import { exportOfUrl } from './export-url.js';
import { LEVELS } from './kinds.js';
import { startSearch } from './list-reading.js';
import { logInCure, readAccount } from './login/credentials.js';
import { idOfWord } from './names.js';
import { DOWNLOAD_ID, OUTPUT_FORMAT, VIA } from './options.js';
import { parseWord } from './words.js';

/**
 * The source of a command's export.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfExport(kind: ExportKind, args: readonly string[], ports: ProviderPorts): Promise<Source> {
  const word = parseWord(kind, args[0] ?? '');
  const center = await appCenterOf(ports);
  const { base, uid, credentials, cure } = center;
  if (credentials === undefined) {
    throw new AppError('usage.missing', `${EXPORTS[kind].command.path.join(' ')}: an export requires credentials`, {
      hint: cure,
    });
  }
  const typed =
    word.kind === 'id' ? word.id : encodeURIComponent(word.kind === 'name' ? `name:${word.text}` : 'latest');
  const ref = {
    provider: 'uforge',
    endpoint: base.endpoint,
    ref: `users/${encodeURIComponent(uid)}/${LEVELS[kind].segment}/${typed}/exports`,
  };
  const find = async (signal: AbortSignal) => {
    const where = { levels: [kind], above: [] };
    const id = await idOfWord(startSearch(center, signal), where, word, ports.settings.get(NEWEST));
    return { center, kind, id };
  };
  return new ExportSource(ref, find, ports.settings.get(OUTPUT_FORMAT), ports.clock);
}

/**
 * The source of the URL of an export.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfExportUrl(url: URL, ports: ProviderPorts): Promise<Source> {
  const { base, uid, kind, id, exportId } = exportOfUrl(url);
  const { settings } = ports;
  const wrong = settings.get(DOWNLOAD_ID) === undefined ? (settings.get(VIA) === 'key' ? VIA : undefined) : DOWNLOAD_ID;
  if (wrong !== undefined) {
    const origin = settings.origin(wrong) ?? `--${wrong.key}`;
    throw new AppError('usage.option', `${origin}: an export has no one-time download id`, {
      hint: `remove ${origin}, and use credentials`,
    });
  }
  const account = await readAccount(ports, (one) => isUnder(one, url));
  const configured = account.base !== undefined && isUnder(account.base, url) ? account.base : undefined;
  const cure = logInCure(base, configured, settings, ports.env);
  const { credentials } = account;
  const center = { base, uid, cure, ports, ...(credentials === undefined ? {} : { credentials }) };
  return new ExistingExport({ center, kind, id }, exportId);
}
