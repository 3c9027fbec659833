import { drained, type Exchange } from '../server/exchange.js';
import { badRequest, commonHeaders, replyTree, wantsJson } from './answer.js';
import { fieldOf, parseFiql } from './fiql.js';
import { pageOf } from './page.js';
import { elementXml, rootXml, type Tree, type TreeValue } from './xml.js';

/** An entry's tree is made when it is needed: a long catalog is never in memory as a whole. */
export type Entry = () => Tree | Promise<Tree>;

/** `<images><total/><images><image/>…</images></images>`: what every list of UForge looks like. */
export interface List {
  /** Name of the root, and of the wrapper in it. */
  readonly outer: string;
  readonly item: string;
  /** The entries have `xsi:type`s. */
  readonly typed?: true;
  readonly entries: readonly Entry[];
}

/** Characters that are gathered before they are sent. */
const CHUNK = 32 * 1024;

/** Text in the order of its numbers: `1.10` after `1.9`. */
function compare(a: TreeValue, b: TreeValue): number {
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** What `query` and `orderBy` leave and in which order; undefined when the query was refused. */
async function select(exchange: Exchange, entries: readonly Entry[]): Promise<readonly Entry[] | undefined> {
  const { query, modes } = exchange;
  const text = query.get('query') ?? '';
  const order = query.get('orderBy') ?? query.get('orderby');
  if (text !== '' && modes.get('fiql') === 'refused') return undefined;
  const fiql = parseFiql(modes.get('fiql') === 'ignored' ? '' : text);
  if (fiql.kind === 'wrong') return undefined;
  if (text === '' && order === null) return entries;
  const trees: Tree[] = [];
  for (const entry of entries) {
    const tree = await entry();
    if (fiql.holds(tree)) trees.push(tree);
  }
  if (order !== null) {
    trees.sort((a, b) => compare(fieldOf(a, order), fieldOf(b, order)));
    if (query.get('descending') === 'true' || query.get('asc') === 'false') trees.reverse();
  }
  return trees.map((tree) => () => tree);
}

/** What the modes let a list say of its length. */
function totalOf(exchange: Exchange, matches: number, page: number): number | undefined {
  const mode = exchange.modes.get('listTotal');
  if (mode === 'absent') return undefined;
  return mode === 'page' ? page : mode === 'more' ? matches + 1 : matches;
}

/** Answers with the entries that the query asks for. XML is sent entry by entry. */
export async function replyList(exchange: Exchange, list: List): Promise<void> {
  const { query, modes } = exchange;
  const found = await select(exchange, list.entries);
  if (found === undefined) return badRequest(exchange, `The query "${query.get('query')}" cannot be parsed.`);
  const page = pageOf(found.length, query, modes);
  if (page === undefined) return badRequest(exchange, 'A paging parameter is not a number.');
  const shown = found.slice(page.start, page.end);
  const total = totalOf(exchange, found.length, shown.length);
  if (shown.length > 0 && modes.take('shortLists')) shown.pop();
  const padding = modes.get('entryPadding');
  const treeOf = async (entry: Entry): Promise<Tree> => {
    const tree = await entry();
    return padding === 0 ? tree : { ...tree, tag: 'x'.repeat(padding) };
  };
  if (wantsJson(exchange)) {
    const items: Tree[] = [];
    for (const entry of shown) items.push(await treeOf(entry));
    return replyTree(exchange, 200, list.outer, { total, [list.outer]: { [list.item]: items } }, {});
  }
  await stream(exchange, list, total, shown, treeOf);
}

async function stream(
  exchange: Exchange,
  list: List,
  total: number | undefined,
  shown: readonly Entry[],
  treeOf: (entry: Entry) => Promise<Tree>,
): Promise<void> {
  const { response, log } = exchange;
  const { open, close } = rootXml(list.outer, list.typed ?? false);
  log.status = 200;
  response.writeHead(200, { ...commonHeaders(), 'Content-Type': 'application/xml' });
  let text = `${open}${elementXml('total', total)}<${list.outer}>`;
  for (const entry of shown) {
    text += elementXml(list.item, await treeOf(entry));
    if (text.length < CHUNK) continue;
    if (response.destroyed) return;
    if (!response.write(text)) await drained(exchange);
    text = '';
  }
  response.end(`${text}</${list.outer}>${close}`);
  log.complete = true;
}
