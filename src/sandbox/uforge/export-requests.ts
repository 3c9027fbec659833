import { type Exchange, reply } from '../server/exchange.js';
import { badRequest, commonHeaders, methodNotAllowed, notFound, replyError, replyObject, replyTree } from './answer.js';
import { sendBytes } from './download.js';
import { exportNow } from './export-state.js';
import type { Export, Exported } from './exports.js';
import { APPLIANCES, appliancePath, BUNDLES, bundlePath } from './library.js';
import { own } from './objects.js';
import type { UforgeParts } from './parts.js';
import { exportTree } from './trees/export-tree.js';
import { statusTree } from './trees/status-tree.js';

const ROOTS = { appliance: 'applianceExport', bundle: 'softwareBundleExport' } as const;

/** The appliance or bundle at this path. */
function exportedAt(parent: string): Exported | undefined {
  const appliance = APPLIANCES.find((candidate) => appliancePath(candidate) === parent);
  const found = appliance ?? BUNDLES.find((candidate) => bundlePath(candidate) === parent);
  if (found === undefined) return undefined;
  return { kind: appliance === undefined ? 'bundle' : 'appliance', parent, name: found.name, version: found.version };
}

/** POST: an empty body, `outputFormat` in the query; 201 with the export and where it is. */
function make(parts: UforgeParts, exchange: Exchange, parent: string): void {
  const exported = exportedAt(parent);
  if (exported === undefined) {
    notFound(exchange, 'Object', parent.split('/').pop() ?? '');
    return;
  }
  const outputFormat = exchange.query.get('outputFormat') ?? 'yaml';
  if (!['yaml', 'json'].includes(outputFormat)) {
    badRequest(exchange, `Unknown output format ${outputFormat}.`);
    return;
  }
  const made = parts.exports.make(exported, outputFormat);
  const tree = exportTree(made, exportNow(parts, exchange, made, false));
  replyTree(exchange, 201, ROOTS[made.kind], tree, { Location: `${exchange.origin}${parts.base}/${own(made.path)}` });
}

function remove(parts: UforgeParts, exchange: Exchange, made: Export): void {
  const status = exchange.modes.get('exportDelete');
  if (status !== 204) {
    replyError(exchange, status, 'The export cannot be deleted.', 'ERROR.EXPORT');
    return;
  }
  parts.exports.delete(made);
  reply(exchange, { status, headers: commonHeaders() });
}

function cancel(parts: UforgeParts, exchange: Exchange, made: Export): void {
  if (exportNow(parts, exchange, made, false).state !== 'complete') parts.exports.cancel(made);
  reply(exchange, { status: 204, headers: commonHeaders() });
}

async function download(parts: UforgeParts, exchange: Exchange, made: Export): Promise<void> {
  const { state } = exportNow(parts, exchange, made, false);
  if (state !== 'complete') return notFound(exchange, 'Export file', String(made.id));
  await sendBytes(exchange, parts.exports.archive(made));
}

/** Everything about one export: it, its status, its bytes, and what ends it. */
async function answer(parts: UforgeParts, exchange: Exchange, made: Export, tail: string): Promise<void> {
  const { method } = exchange.log;
  if (method === 'DELETE' && tail === '') return remove(parts, exchange, made);
  if (method === 'DELETE' && tail === '/status') return cancel(parts, exchange, made);
  if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(exchange);
  if (tail === '/downloads') return download(parts, exchange, made);
  if (tail === '/status') {
    return replyObject(exchange, 'status', statusTree({ ...exportNow(parts, exchange, made, true), path: made.path }));
  }
  replyObject(exchange, ROOTS[made.kind], exportTree(made, exportNow(parts, exchange, made, true)));
}

/**
 * `…/appliances/{aid}/exports` and `…/mysoftware/{msid}/exports`, and what is below them. There is no list of them.
 * @param path below the user, who is admitted
 * @returns false when it is none of these
 */
export async function answerExport(parts: UforgeParts, exchange: Exchange, path: string): Promise<boolean> {
  const match = /^((?:appliances|mysoftware)\/\d+)\/exports(?:\/(\d+)(\/status|\/downloads)?)?$/.exec(path);
  if (match === null) return false;
  const [, parent = '', id, tail = ''] = match;
  if (id === undefined) {
    if (exchange.log.method === 'POST') make(parts, exchange, parent);
    else methodNotAllowed(exchange);
    return true;
  }
  const made = parts.exports.at(`${parent}/exports/${id}`);
  if (made === undefined) notFound(exchange, 'Export', id);
  else await answer(parts, exchange, made, tail);
  return true;
}
