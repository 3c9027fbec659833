/**
 * A disk with a write cache: what programs see, and what is left of it after a power cut.
 */

/** Unsynced bytes reach the disk by pages, each or not. */
const PAGE = 4096;

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

let lastIno = 100;

/** A file, or the file of a socket, whatever its names. */
export class Inode {
  readonly ino = ++lastIno;
  readonly kind: 'file' | 'socket';
  /** Does somebody listen? Of a socket only. */
  alive: () => boolean = () => false;
  stopListening: () => void = () => {};
  mode: number;
  links = 0;
  /** In nanoseconds since 1970; taken from a counter, so that no two changes have the same. */
  changedNs = 0n;
  modifiedMs = 0;
  size = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  #unsynced: Change[] = [];

  constructor(kind: 'file' | 'socket', mode: number) {
    this.kind = kind;
    this.mode = mode;
  }

  get content(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }

  /** Bytes that the disk needs for it: what it has, and what a power cut may bring back. */
  get blocks(): number {
    return Math.ceil(this.size / PAGE) * PAGE;
  }

  read(into: Uint8Array, at: number): number {
    if (at >= this.size) return 0;
    return this.#bytes.copy(into, 0, at, Math.min(this.size, at + into.byteLength));
  }

  write(bytes: Uint8Array, at: number): void {
    // A copy: who wrote it may use its memory again.
    const copy = Buffer.from(bytes);
    this.#unsynced.push({ kind: 'write', at, bytes: copy });
    this.#grow(at + copy.length);
    copy.copy(this.#bytes, at);
  }

  truncate(size: number): void {
    this.#unsynced.push({ kind: 'truncate', size });
    this.#bytes.fill(0, Math.min(size, this.size), this.size);
    this.#grow(size);
    this.size = size;
  }

  sync(): void {
    this.#durable = applied(this.#durable, this.#unsynced);
    this.#unsynced = [];
  }

  /** Linux tells of a lost write once, and takes the pages for clean: no later sync writes them. */
  failSync(random: () => number): void {
    this.#durable = applied(this.#durable, survivors(this.#unsynced, random));
    this.#unsynced = [];
  }

  cutPower(random: () => number): void {
    const kept = random();
    const survived = kept < 0.3 ? [] : kept < 0.4 ? this.#unsynced : survivors(this.#unsynced, random);
    this.#durable = applied(this.#durable, survived);
    this.#bytes = Buffer.from(this.#durable);
    this.size = this.#bytes.length;
    this.#unsynced = [];
  }

  #grow(size: number): void {
    if (size > this.#bytes.length) {
      const bytes = Buffer.alloc(Math.max(size, this.#bytes.length * 2, PAGE));
      this.#bytes.copy(bytes, 0, 0, this.size);
      this.#bytes = bytes;
    }
    this.size = Math.max(this.size, size);
  }
}

function applied(before: Buffer, changes: readonly Change[]): Buffer {
  if (changes.length === 0) return before;
  let size = before.length;
  let most = size;
  for (const change of changes) {
    size = change.kind === 'truncate' ? change.size : Math.max(size, change.at + change.bytes.length);
    most = Math.max(most, size);
  }
  const bytes = Buffer.alloc(most);
  before.copy(bytes);
  size = before.length;
  for (const change of changes) {
    if (change.kind === 'write') {
      change.bytes.copy(bytes, change.at);
      size = Math.max(size, change.at + change.bytes.length);
    } else {
      bytes.fill(0, Math.min(change.size, size), size);
      size = change.size;
    }
  }
  return bytes.subarray(0, size);
}

/** Each change is there, absent, or torn between two pages. */
function survivors(changes: readonly Change[], random: () => number): Change[] {
  const left: Change[] = [];
  for (const change of changes) {
    const fate = random();
    if (fate < 0.4) continue;
    if (change.kind === 'truncate' || fate < 0.7) left.push(change);
    else left.push(...tornPages(change, random));
  }
  return left;
}

function tornPages({ at, bytes }: Extract<Change, { kind: 'write' }>, random: () => number): Change[] {
  const pages: Change[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, (Math.floor((at + from) / PAGE) + 1) * PAGE - at);
    if (random() < 0.5) pages.push({ kind: 'write', at: at + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return pages;
}

/** A change of names: what each of them is afterwards. */
type Naming = ReadonlyMap<string, Inode | undefined>;

/** One directory, which is all that a download sees of a disk. */
export class Disk {
  /** Bytes that fit in. */
  capacity = Number.POSITIVE_INFINITY;
  #names = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  #unsynced: Naming[] = [];
  #changes = 0n;

  /** Called whenever a name has become another file, or another content. */
  onNamed: (name: string, inode: Inode | undefined) => void = () => {};

  get names(): readonly string[] {
    return [...this.#names.keys()];
  }

  get freeBytes(): number {
    if (this.capacity === Number.POSITIVE_INFINITY) return this.capacity;
    const used = new Set(this.#names.values());
    return Math.max(0, this.capacity - [...used].reduce((sum, { blocks }) => sum + blocks, 0));
  }

  find(name: string): Inode | undefined {
    return this.#names.get(name);
  }

  /** Puts names to files, all at once. */
  put(...entries: readonly (readonly [name: string, inode: Inode | undefined])[]): void {
    this.#unsynced.push(new Map(entries));
    for (const [name, inode] of entries) {
      const before = this.#names.get(name);
      if (before !== undefined) before.links -= 1;
      if (inode === undefined) this.#names.delete(name);
      else this.#names.set(name, inode);
      if (inode !== undefined) inode.links += 1;
      if (before !== undefined) this.touch(before);
      if (inode !== undefined) this.touch(inode);
      this.onNamed(name, inode);
    }
  }

  touch(inode: Inode): void {
    this.#changes += 1n;
    inode.changedNs = this.#changes;
  }

  sync(): void {
    this.#durable = new Map(this.#names);
    this.#unsynced = [];
  }

  /**
   * Everybody is dead by now. Of what was not synced some is there: of the names either all up to a moment, as a journal
   * of metadata has it, or any, as the standard allows.
   */
  cutPower(random: () => number): void {
    const names = new Map(this.#durable);
    const inOrder = random() < 0.5;
    const upTo = Math.floor(random() * (this.#unsynced.length + 1));
    this.#unsynced.forEach((naming, index) => {
      if (inOrder ? index >= upTo : random() < 0.5) return;
      for (const [name, inode] of naming) {
        if (inode === undefined) names.delete(name);
        else names.set(name, inode);
      }
    });
    const inodes = new Set(names.values());
    for (const inode of inodes) inode.links = 0;
    for (const inode of names.values()) inode.links += 1;
    for (const inode of inodes) inode.cutPower(random);
    this.#names = names;
    this.#durable = new Map(names);
    this.#unsynced = [];
    for (const [name, inode] of names) this.onNamed(name, inode);
  }
}
