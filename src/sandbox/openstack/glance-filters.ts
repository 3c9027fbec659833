import { BadQuery } from './glance-errors.js';
import { type GlanceImage, hasData, PROJECT_IDS } from './glance-image.js';
import { imageRecord } from './glance-record.js';

export type Condition = (image: GlanceImage) => boolean | Promise<boolean>;

/** `parsed`: `in:` and `eq:` before a value mean something. `literal`: an old Glance takes them as part of it. */
export type Operators = 'parsed' | 'literal';

/** What a parameter's value asks for. @throws BadQuery */
type Maker = (text: string, operators: Operators) => Condition;

/** `in:` takes several values, quoted where one has a comma; the quotes must fit. */
function severalValues(text: string): readonly string[] {
  let open = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '"' || text[at - 1] === '\\') continue;
    if (!open && at > 0 && text[at - 1] !== ',') {
      throw new BadQuery(`Invalid filter value ${text}. There is no comma before opening quotation mark.`);
    }
    if (open && at + 1 < text.length && text[at + 1] !== ',') {
      throw new BadQuery(`Invalid filter value ${text}. There is no comma after closing quotation mark.`);
    }
    open = !open;
  }
  if (open) throw new BadQuery(`Invalid filter value ${text}. The quote is not closed.`);
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)",?|([^,]+),?|,/g)].map((match) => match[1] ?? match[2] ?? '');
}

/** `in:a,b`, `eq:a`, or a value without an operator; another word before a colon is refused. */
function byValue(textOf: (image: GlanceImage) => string | null): Maker {
  return (text, operators) => {
    const colon = operators === 'literal' ? -1 : text.indexOf(':');
    const operator = colon < 0 ? 'eq' : text.slice(0, colon);
    const operand = text.slice(colon + 1);
    if (operator === 'eq') return (image) => textOf(image) === operand;
    if (operator !== 'in') throw new BadQuery(`Unable to filter by unknown operator '${operator}'.`);
    const several = severalValues(operand);
    return (image) => several.includes(textOf(image) ?? '');
  };
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  neq: (a, b) => a !== b,
  eq: (a, b) => a === b,
};

function byTime(name: string, msOf: (image: GlanceImage) => number): Maker {
  return (text) => {
    const [, operator = 'eq', when = text] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
    const threshold = /^\d{4}-\d\d-\d\dT/.test(when) ? Date.parse(when) : Number.NaN;
    if (Number.isNaN(threshold)) {
      throw new BadQuery(`Bad "${name}" query filter format. Use ISO 8601 DateTime notation.`);
    }
    const holds = COMPARISONS[operator];
    if (holds === undefined) throw new BadQuery('Unable to filter on a unknown operator.');
    return (image) => holds(msOf(image), threshold);
  };
}

/** Images without data have no size, and are in no range. */
function bySize(fits: (size: number, limit: number) => boolean): Maker {
  return (text) => {
    if (!/^-?\d+$/.test(text)) throw new BadQuery('Unable to filter on a range with a non-numeric value.');
    return (image) => hasData(image) && fits(image.object.size, Number(text));
  };
}

/** `true` or `false` and nothing else; of os_hidden in any case. */
function byFlag(name: string, isSet: (image: GlanceImage) => boolean): Maker {
  return (text) => {
    const flag = name === 'os_hidden' ? text.toLowerCase() : text;
    if (flag !== 'true' && flag !== 'false') {
      throw new BadQuery(`Invalid value '${flag}' for '${name}' filter. Valid values are 'true' or 'false'.`);
    }
    return (image) => isSet(image) === (flag === 'true');
  };
}

/** A member of the record, by its text. */
const byMember =
  (name: string): Maker =>
  (text) =>
  async (image) =>
    String((await imageRecord(image, true))[name] ?? '') === text;

const MAKERS: Readonly<Record<string, Maker>> = {
  name: byValue(({ name }) => name),
  id: byValue(({ id }) => id),
  status: byValue(({ status }) => status),
  disk_format: byValue(({ diskFormat }) => diskFormat),
  container_format: byValue(({ diskFormat }) => (diskFormat === null ? null : 'bare')),
  created_at: byTime('created_at', ({ createdMs }) => createdMs),
  updated_at: byTime('updated_at', ({ object }) => object.modifiedMs),
  size_min: bySize((size, limit) => size >= limit),
  size_max: bySize((size, limit) => size <= limit),
  owner: (text) => (image) => PROJECT_IDS[image.owner] === text,
  protected: byFlag('protected', () => false),
  os_hidden: byFlag('os_hidden', ({ hidden }) => hidden),
  checksum: byMember('checksum'),
  os_hash_algo: byMember('os_hash_algo'),
  os_hash_value: byMember('os_hash_value'),
  size: byMember('size'),
  min_ram: byMember('min_ram'),
  min_disk: byMember('min_disk'),
};

/** What any other parameter is: a property of some images, without operators. */
const byProperty =
  (name: string): Maker =>
  (text) =>
  (image) =>
    image.properties[name] === text;

/** The condition that one parameter of a list's query is. @throws BadQuery */
export function conditionOf(name: string, text: string, operators: Operators): Condition {
  return (MAKERS[name] ?? byProperty(name))(text, operators);
}
