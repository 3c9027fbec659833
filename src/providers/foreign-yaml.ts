import { isTooDeep } from '../core/nesting.js';
import type { ForeignFile } from '../core/provider.js';
import type { RepeatedKey } from '../core/repeated-key.js';

/** The YAML of other programs: clouds.yaml, hammr's credentials. */

/** As it is written: every scalar is the text of the file, and what says that it is not set is undefined. */
export type Tree = string | undefined | readonly Tree[] | TreeMap;
export type TreeMap = ReadonlyMap<string, Tree>;

/** It cannot be read as YAML. The parser's own text quotes lines of the file, which may hold a secret: told is the place. */
export class BadYaml extends Error {
  override readonly name = 'BadYaml';
  /** @param what for a message, after `reading FILE: ` @param hint what to do, without its end */
  constructor(
    readonly what: string,
    readonly hint: string,
  ) {
    super(what);
  }

  /** @param place `, line 3, column 5`, or nothing where it cannot be told */
  static at(place: string): BadYaml {
    // A password that begins with `%`, `@` or `*`, or has `: ` in it, is what it mostly is.
    return new BadYaml(`it is not valid YAML${place}`, 'correct the file; quote a value that has special characters');
  }
}

/**
 * How a plain scalar says that there is no value (YAML 1.2.2, section 10.3.2, which PyYAML shares). Templates, `yq`,
 * Ansible and Terraform write it for what is not set. In quotes it is text.
 */
const NOT_SET = /^(?:|~|null|Null|NULL)$/;

/** Tags that name the type of a scalar (section 10.3). What counts here is the text, which every key is parsed from. */
const TYPES = ['null', 'bool', 'int', 'float'].map((type) => ({
  tag: `tag:yaml.org,2002:${type}`,
  resolve: (text: string): string => text,
}));

/** Keys that `<<` copies in one file: far beyond honest ones, and done in no time. */
const MAX_MERGED = 100_000;

type Library = typeof import('yaml');

/** Where an offset in the text is. */
interface Places {
  /** From 1. */
  lineOf(offset: number): number;
  /** `, line 3, column 5`. */
  placeOf(offset: number | undefined): string;
}

/** All of a file. @throws BadYaml */
export async function readFile(file: ForeignFile, onRepeated: (repeated: RepeatedKey) => void): Promise<Tree> {
  // Half of a password is none: what stands in for its bytes would be sent.
  if (file.garbled === true) throw new BadYaml('it is not UTF-8', 'save it as UTF-8');
  return await readYaml(file.text.replace(/^\ufeff/, ''), onRepeated);
}

/**
 * Failsafe schema (YAML 1.2.2, section 10.1): with any richer one `project_id: 012345` becomes a number and loses
 * digits. `<<` is kept: people write clouds.yaml with merge keys, and PyYAML knows them.
 * @param onRepeated a key stands twice in one mapping: the last one counts, as for PyYAML, which the file was written for
 * @throws BadYaml
 */
export async function readYaml(written: string, onRepeated: (repeated: RepeatedKey) => void): Promise<Tree> {
  // A lone CR is the end of a line as well (section 5.4), which the library does not know.
  const text = written.replace(/\r\n?/g, '\n');
  // Loaded when there is a file to read: many log in by the environment.
  const library = await import('yaml');
  const lines = new library.LineCounter();
  const lineOf: Places['lineOf'] = (offset) => lines.linePos(offset).line;
  const placeOf: Places['placeOf'] = (offset) => {
    if (offset === undefined) return '';
    const { line, col } = lines.linePos(offset);
    return `, line ${line}, column ${col}`;
  };
  try {
    if (isTooDeep([...new library.Parser().parse(text)])) throw BadYaml.at('');
    const document = library.parseDocument(text, {
      schema: 'failsafe',
      customTags: TYPES,
      resolveKnownTags: false,
      // The library's own check compares every key with every other.
      uniqueKeys: false,
      lineCounter: lines,
      prettyErrors: false,
    });
    // A tag that the schema does not know is a warning to the library; it may be one of code.
    const fault = document.errors[0] ?? document.warnings[0];
    if (fault !== undefined) throw BadYaml.at(placeOf(fault.pos[0]));
    return new TreeBuilder(library, { lineOf, placeOf }, onRepeated).build(document.contents);
  } catch (error) {
    throw error instanceof BadYaml ? error : BadYaml.at('');
  }
}

/**
 * From the library's nodes, in the order of the text. What an alias stands for is shared and not copied, so that a
 * "billion laughs" file stays as small as it is. The library's toJS() walks all anchors again for every alias.
 */
class TreeBuilder {
  readonly #library: Library;
  readonly #places: Places;
  readonly #onRepeated: (repeated: RepeatedKey) => void;
  readonly #anchors = new Map<string, Tree>();
  /** Keys copied by `<<` so far. */
  #merged = 0;

  constructor(library: Library, places: Places, onRepeated: (repeated: RepeatedKey) => void) {
    this.#library = library;
    this.#places = places;
    this.#onRepeated = onRepeated;
  }

  /** @throws BadYaml */
  build(node: unknown): Tree {
    const { isAlias, isMap, isScalar, isSeq } = this.#library;
    if (isAlias(node)) {
      if (!this.#anchors.has(node.source)) throw BadYaml.at(this.#places.placeOf(node.range?.[0]));
      return this.#anchors.get(node.source);
    }
    if (isSeq(node)) {
      const list = this.#named<Tree[]>(node.anchor, []);
      for (const item of node.items) list.push(this.build(item));
      return list;
    }
    if (isMap(node)) {
      const map = this.#named(node.anchor, new Map<string, Tree>());
      this.#fill(map, node.items);
      return map;
    }
    if (!isScalar(node)) return undefined;
    const text = String(node.value);
    const plain = node.type === 'PLAIN' && node.tag === undefined;
    const notSet = NOT_SET.test(text) && (plain || node.tag === 'tag:yaml.org,2002:null');
    return this.#named(node.anchor, notSet ? undefined : text);
  }

  #named<T extends Tree>(anchor: string | undefined, tree: T): T {
    if (anchor !== undefined) this.#anchors.set(anchor, tree);
    return tree;
  }

  #fill(map: Map<string, Tree>, pairs: readonly { readonly key: unknown; readonly value: unknown }[]): void {
    const { isNode, isScalar } = this.#library;
    const offsets = new Map<string, number>();
    for (const { key, value } of pairs) {
      const name = this.build(key);
      const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
      const place = this.#places.placeOf(offset);
      if (typeof name !== 'string') continue;
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN') {
        this.#merge(map, this.build(value), place);
        continue;
      }
      const earlier = offsets.get(name);
      if (earlier !== undefined) {
        this.#onRepeated({ key: name, lines: [this.#places.lineOf(earlier), this.#places.lineOf(offset)] });
      }
      offsets.set(name, offset);
      map.set(name, this.build(value));
    }
  }

  /** https://yaml.org/type/merge.html: a map or a list of maps; an earlier one wins, and what the map itself says. */
  #merge(map: Map<string, Tree>, source: Tree, place: string): void {
    for (const each of listOf(source) ?? [source]) {
      const from = mapOf(each);
      this.#merged += from?.size ?? 0;
      if (from === undefined || this.#merged > MAX_MERGED) throw BadYaml.at(place);
      for (const [name, value] of from) if (!map.has(name)) map.set(name, value);
    }
  }
}

export function mapOf(tree: Tree): TreeMap | undefined {
  return tree instanceof Map ? tree : undefined;
}

export function listOf(tree: Tree): readonly Tree[] | undefined {
  return Array.isArray(tree) ? tree : undefined;
}
