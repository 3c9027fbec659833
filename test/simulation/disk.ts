/**
 * A disk with a write cache: what programs see, and what is left of it after a power cut.
 */

/** Unsynced bytes reach the disk by pages, each or not. */
const PAGE = 4096;

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

let lastIno = 100n;

/** What a file holds. */
class Bytes {
  size = 0;
  #buffer: Buffer = Buffer.allocUnsafe(0);

  get all(): Buffer {
    return this.#buffer.subarray(0, this.size);
  }

  apply(change: Change): void {
    if (change.kind === 'truncate') {
      this.#resize(change.size);
      return;
    }
    const end = change.at + change.bytes.length;
    if (end > this.size) this.#resize(end);
    change.bytes.copy(this.#buffer, change.at);
  }

  become(other: Bytes): void {
    this.#resize(0);
    this.#resize(other.size);
    other.all.copy(this.#buffer);
  }

  #resize(size: number): void {
    if (size > this.#buffer.length) {
      // Once for a small file, and once for an image.
      const buffer = Buffer.allocUnsafe(Math.max(size, size > 1024 ? 72 * 1024 : 1024));
      this.all.copy(buffer);
      this.#buffer = buffer;
    }
    if (size > this.size) this.#buffer.fill(0, this.size, size);
    this.size = size;
  }
}

/** A file, or the file of a socket, whatever its names. */
export class Inode {
  readonly ino: bigint = ++lastIno;
  readonly kind: 'file' | 'socket';
  /** Does somebody listen? Of a socket only. */
  alive: () => boolean = () => false;
  stopListening: () => void = () => {};
  mode: number;
  links = 0;
  /** In nanoseconds since 1970; taken from a counter, so that no two changes have the same. */
  changedNs = 0n;
  modifiedMs = 0;
  readonly #seen = new Bytes();
  readonly #durable = new Bytes();
  #unsynced: Change[] = [];

  constructor(kind: 'file' | 'socket', mode: number) {
    this.kind = kind;
    this.mode = mode;
  }

  get size(): number {
    return this.#seen.size;
  }

  get content(): Buffer {
    return this.#seen.all;
  }

  /** Bytes that the disk gives out for it: whole pages. */
  get blocks(): number {
    return Math.ceil(this.size / PAGE) * PAGE;
  }

  read(into: Uint8Array, at: number): number {
    return at >= this.size ? 0 : this.content.copy(into, 0, at, Math.min(this.size, at + into.byteLength));
  }

  write(bytes: Uint8Array, at: number): void {
    // A copy: who wrote it may use its memory again.
    this.#change({ kind: 'write', at, bytes: Buffer.from(bytes) });
  }

  truncate(size: number): void {
    this.#change({ kind: 'truncate', size });
  }

  sync(): void {
    this.#writeBack(this.#unsynced);
  }

  /** Linux tells of a lost write once, and takes the pages for clean: no later sync writes them. */
  failSync(random: () => number): void {
    this.#writeBack(survivors(this.#unsynced, random));
  }

  cutPower(random: () => number): void {
    const kept = random();
    this.#writeBack(kept < 0.3 ? [] : kept < 0.4 ? this.#unsynced : survivors(this.#unsynced, random));
    this.#seen.become(this.#durable);
  }

  #change(change: Change): void {
    this.#unsynced.push(change);
    this.#seen.apply(change);
  }

  #writeBack(changes: readonly Change[]): void {
    for (const change of changes) this.#durable.apply(change);
    this.#unsynced = [];
  }
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
   * @returns whether they are in order
   */
  cutPower(random: () => number): boolean {
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
    return inOrder;
  }
}
