import { readFileSync } from 'node:fs';

/** What the recorder writes, and the harness's own word that a post was acknowledged. */
export const kinds = {
  create: 1,
  write: 2,
  truncate: 3,
  sync: 4,
  unlink: 5,
  rename: 6,
  syncFolder: 7,
  acknowledge: 8,
} as const;

export type Operation = { kind: number; name: string; offset: number; data: Buffer };

export function readLog(file: string): Operation[] {
  const log = readFileSync(file);
  const operations: Operation[] = [];
  let at = 0;
  while (at < log.length) {
    const kind = log.readUInt32LE(at);
    const nameLength = log.readUInt32LE(at + 4);
    const offset = Number(log.readBigUInt64LE(at + 8));
    const length = Number(log.readBigUInt64LE(at + 16));
    at += 24;
    const name = log.toString('utf8', at, at + nameLength);
    at += nameLength;
    operations.push({ kind, name, offset, data: log.subarray(at, at + length) });
    at += length;
  }
  return operations;
}

/** One record, to be appended in a single write. */
export function acknowledgement(text: string): Buffer {
  const data = Buffer.from(text);
  const head = Buffer.alloc(24);
  head.writeUInt32LE(kinds.acknowledge, 0);
  head.writeBigUInt64LE(BigInt(data.length), 16);
  return Buffer.concat([head, data]);
}

/** The content of a file, and what was done to it since it was last synced. */
type Inode = { synced: Content; since: Operation[] };
type FolderChange = { name: string; inode: Inode | null };

const sector = 512;

/**
 * A disk with a cache that may lose or reorder everything that no sync has asked for. What a sync
 * of a file covers is kept; names are kept by a sync of the folder.
 */
export class Disk {
  /** as the process sees them */
  readonly #names = new Map<string, Inode>();
  readonly #syncedNames = new Map<string, Inode>();
  #folderChanges: FolderChange[] = [];

  apply(operation: Operation): void {
    const { kind, name, data } = operation;
    if (kind === kinds.create) this.#link(name, { synced: new Content(), since: [] });
    else if (kind === kinds.unlink) this.#link(name, null);
    else if (kind === kinds.rename) {
      this.#link(data.toString(), this.#names.get(name)!);
      this.#link(name, null);
    } else if (kind === kinds.syncFolder) {
      for (const change of this.#folderChanges) put(this.#syncedNames, change);
      this.#folderChanges = [];
    } else if (kind === kinds.sync) {
      const inode = this.#names.get(name);
      for (const one of inode?.since.splice(0) ?? []) inode!.synced.apply(one);
    } else this.#names.get(name)?.since.push(operation);
  }

  #link(name: string, inode: Inode | null): void {
    this.#folderChanges.push({ name, inode });
    put(this.#names, { name, inode });
  }

  /** What may be found after the power failed now: each unsynced change with this probability. */
  image(random: () => number, keep: number): Map<string, Buffer> {
    const names = new Map(this.#syncedNames);
    for (const change of this.#folderChanges) if (random() < keep) put(names, change);
    return new Map(
      [...names].map(([name, { synced, since }]) => {
        const content = synced.copy();
        for (const one of since) {
          if (random() >= keep) continue;
          if (one.kind === kinds.write && random() < 0.3) tear(content, one, random);
          else content.apply(one);
        }
        return [name, content.bytes];
      }),
    );
  }
}

function put(names: Map<string, Inode>, { name, inode }: FolderChange): void {
  if (inode === null) names.delete(name);
  else names.set(name, inode);
}

/** Some sectors of the write arrived, others did not. */
function tear(content: Content, { offset, data, ...rest }: Operation, random: () => number): void {
  for (let from = 0; from < data.length; ) {
    const to = Math.min(data.length, from + sector - ((offset + from) % sector));
    if (random() < 0.5)
      content.apply({ ...rest, offset: offset + from, data: data.subarray(from, to) });
    from = to;
  }
}

/** Bytes that grow. */
class Content {
  #memory: Buffer;
  #length: number;

  constructor(memory: Buffer = Buffer.alloc(0)) {
    this.#memory = memory;
    this.#length = memory.length;
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  copy(): Content {
    return new Content(Buffer.from(this.bytes));
  }

  apply({ kind, offset, data }: Operation): void {
    const end = kind === kinds.truncate ? offset : Math.max(this.#length, offset + data.length);
    if (end > this.#memory.length) {
      const memory = Buffer.alloc(end * 2);
      this.bytes.copy(memory);
      this.#memory = memory;
    }
    if (end < this.#length) this.#memory.fill(0, end, this.#length);
    this.#length = end;
    if (kind === kinds.write) data.copy(this.#memory, offset);
  }
}
