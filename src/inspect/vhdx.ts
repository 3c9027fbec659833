/** Hyper-V's disks. Microsoft, [MS-VHDX], sections 2.2.3 and 2.6. */
import type { Finding } from '../core/inspection.js';
import type { Fields } from './fields.js';
import { badHeader, parent } from './findings.js';
import type { HeaderReader } from './header-reader.js';

/** Two copies: a damaged one does not count. */
const REGION_TABLES = [192 * 1024, 256 * 1024];
const TABLE_BYTES = 64 * 1024;
const MOST_ENTRIES = 2047;
const ENTRY_BYTES = 32;
const ITEM_BYTES = 64 * 1024;

/** GUIDs as they are stored: the first three groups are little-endian. */
const METADATA_REGION = '06a27c8b90479a4bb8fe575f050f886e';
const FILE_PARAMETERS = '3767a1ca36fa434db3b633f0aa44e76b';
const PARENT_LOCATOR = '2d5fd3a80bb34d45abf7d3d84834ab0c';

/** In the order of how much they say. */
const LOCATOR_KEYS = ['absolute_win32_path', 'relative_path', 'volume_path'];

export function recognizeVhdx(start: Fields): 'vhdx' | undefined {
  return start.has(0, 'vhdxfile') ? 'vhdx' : undefined;
}

export async function inspectVhdx(reader: HeaderReader): Promise<readonly Finding[]> {
  const places = new Set<number>();
  for (const at of REGION_TABLES) {
    const place = metadataPlace(await reader.at(at, TABLE_BYTES));
    if (place !== undefined) places.add(place);
  }
  const findings: Finding[] = [];
  for (const place of places) findings.push(...(await inspectMetadata(place, reader)));
  return places.size > 0 ? findings : [badHeader('vhdx', 'has no region table that can be read')];
}

function metadataPlace(table: Fields): number | undefined {
  if (!table.has(0, 'regi')) return undefined;
  const at = entryOf(table, table.u32(8, 'little') ?? 0, 16, METADATA_REGION);
  return at === undefined ? undefined : table.offset(at + 16, 'little');
}

async function inspectMetadata(place: number, reader: HeaderReader): Promise<readonly Finding[]> {
  const table = await reader.at(place, TABLE_BYTES);
  const count = table.u16(10, 'little');
  if (!table.has(0, 'metadata') || count === undefined) return [badHeader('vhdx', 'has no metadata that can be read')];
  const parameters = await itemOf(FILE_PARAMETERS, table, count, place, reader);
  const flags = parameters?.u32(4, 'little');
  if (flags === undefined) return [badHeader('vhdx', 'has no file parameters that can be read')];
  const locator = await itemOf(PARENT_LOCATOR, table, count, place, reader);
  // Bit 1: HasParent.
  const hasParent = Math.floor(flags / 2) % 2 === 1;
  return hasParent || locator !== undefined ? [parent('vhdx', locator === undefined ? '' : nameIn(locator))] : [];
}

async function itemOf(
  id: string,
  table: Fields,
  count: number,
  place: number,
  reader: HeaderReader,
): Promise<Fields | undefined> {
  const at = entryOf(table, count, 32, id);
  const offset = at === undefined ? undefined : table.u32(at + 16, 'little');
  const length = at === undefined ? undefined : table.u32(at + 20, 'little');
  if (offset === undefined || length === undefined) return undefined;
  return await reader.at(place + offset, Math.min(length, ITEM_BYTES));
}

/** Where the entry with this GUID begins. @param first where the entries begin */
function entryOf(table: Fields, count: number, first: number, id: string): number | undefined {
  for (let entry = 0; entry < Math.min(count, MOST_ENTRIES); entry += 1) {
    const at = first + entry * ENTRY_BYTES;
    if (at + ENTRY_BYTES > table.length) return undefined;
    if (table.hex(at, 16) === id) return at;
  }
  return undefined;
}

/** Keys and values in UTF-16, each with an offset within the locator and a length. */
function nameIn(locator: Fields): string {
  const count = Math.min(locator.u16(18, 'little') ?? 0, MOST_ENTRIES);
  const named = new Map<string, string>();
  for (let entry = 0; entry < count; entry += 1) {
    const at = 20 + entry * 12;
    const keyAt = locator.u32(at, 'little');
    const valueAt = locator.u32(at + 4, 'little');
    const keyBytes = locator.u16(at + 8, 'little');
    const valueBytes = locator.u16(at + 10, 'little');
    if (keyAt === undefined || valueAt === undefined || keyBytes === undefined || valueBytes === undefined) break;
    const key = locator.text(keyAt, Math.min(keyBytes, 64), 'utf-16le');
    if (LOCATOR_KEYS.includes(key)) named.set(key, locator.text(valueAt, Math.min(valueBytes, 2048), 'utf-16le'));
  }
  return LOCATOR_KEYS.map((key) => named.get(key) ?? '').find((name) => name !== '') ?? '';
}
