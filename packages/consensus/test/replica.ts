// A replica for tests: the machine with a disk that writes when it is told to, and a
// state machine that remembers what it applied.

import {
  type Entry,
  type HardState,
  type Index,
  type Input,
  type Output,
  type PartialSnapshot,
  type PersistRequest,
  Raft,
  type RaftOptions,
  type Saved,
  type Snapshot,
  type Term,
} from "../src/index.ts";

/** The bytes of all snapshots, by name. As one would copy a file. */
export type Archive = Map<string, Uint8Array>;

/** A disk that holds what was persisted. */
export class Disk {
  hard: HardState;
  base: Saved["base"];
  entries: readonly Entry[];
  snapshot: Snapshot | null;
  partial: PartialSnapshot | null;
  unsure: Index | null;
  #partialBytes: Uint8Array[] = [];
  readonly #archive: Archive;

  constructor(saved: Saved, archive: Archive) {
    this.hard = saved.hard;
    this.base = saved.base;
    this.entries = saved.entries;
    this.snapshot = saved.snapshot;
    this.partial = saved.partial;
    this.unsure = saved.unsure;
    if (saved.partial !== null) this.#partialBytes = [new Uint8Array(saved.partial.offset)];
    this.#archive = archive;
  }

  /** Carries out one request. */
  write({ hard, chunk, install, compact, healed, entries }: PersistRequest): void {
    if (healed) this.unsure = null;
    if (hard !== null) this.hard = hard;
    if (chunk !== null) this.#writeChunk(chunk);
    if (install !== null) {
      const bytes = Buffer.concat(this.#partialBytes);
      const whole = this.#archive.get(install.name);
      if (whole === undefined || !bytes.equals(whole)) {
        throw new Error(`a snapshot ${install.name} was put together from other pieces`);
      }
      const { index, term, membership } = install;
      this.base = { index, term, membership };
      this.entries = [];
      this.snapshot = install;
      this.partial = null;
    }
    if (compact !== null) {
      this.snapshot = compact.snapshot;
      this.entries = this.entries.filter(({ index }) => index > compact.base.index);
      this.base = compact.base;
    }
    const [first] = entries;
    if (first === undefined) return;
    this.entries = [...this.entries.filter(({ index }) => index < first.index), ...entries];
  }

  /** Loses all entries but the first `keep`; what ReplicaDisk then says on opening. */
  damage(keep: number): void {
    const last = (this.base.index + this.entries.length) as Index;
    this.unsure = Math.max(this.unsure ?? 0, last) as Index;
    this.hard = { term: (this.hard.term + 1) as Term, vote: null };
    this.entries = this.entries.slice(0, keep);
    if (this.snapshot !== null && this.snapshot.index > this.base.index + keep) {
      const { index, term, membership } = this.snapshot;
      this.base = { index, term, membership };
      this.entries = [];
    }
  }

  #writeChunk({ snapshot, offset, bytes }: NonNullable<PersistRequest["chunk"]>): void {
    if (offset === 0) this.#partialBytes = [];
    const held = this.#partialBytes.reduce((sum, piece) => sum + piece.length, 0);
    if (offset !== held) throw new Error(`a piece at ${offset} after ${held} bytes`);
    this.#partialBytes.push(bytes);
    this.partial = { snapshot, offset: offset + bytes.length };
  }
}

/** What `text` means to {@link Replica}'s state machine. */
export function textOf({ payload, term }: Entry): string {
  return payload.type === "command"
    ? Buffer.from(payload.data).toString()
    : `${payload.type}@${term}`;
}

/** One replica. */
export class Replica {
  readonly options: RaftOptions;
  readonly disk: Disk;
  raft: Raft;
  /** Requests that were made and not carried out. */
  writes: PersistRequest[] = [];
  /** Entries that were handed out and not applied. */
  toApply: Entry[] = [];
  /** What the state machine holds, from index 1 on. */
  applied: string[];
  readonly #archive: Archive;

  constructor(options: RaftOptions, saved: Saved, archive: Archive, nowMs: number) {
    this.options = options;
    this.#archive = archive;
    this.disk = new Disk(saved, archive);
    this.applied = [];
    if (saved.applied > 0) this.applied = restored(archive, saved.snapshot!);
    this.raft = new Raft(options, saved, nowMs);
  }

  /** Feeds one input; notes what is to be written and applied. */
  feed(input: Input, nowMs: number): Output {
    const output = this.raft.step(input, nowMs);
    if (output.persist !== null) this.writes.push(output.persist);
    if (output.restore !== null) {
      this.toApply = [];
      this.applied = restored(this.#archive, output.restore);
    }
    this.toApply.push(...output.committed);
    return output;
  }

  /** Carries out the oldest request; the input that says so. Null where there is none. */
  write(): Input | null {
    const request = this.writes.shift();
    if (request === undefined) return null;
    this.disk.write(request);
    return { type: "persisted", id: request.id };
  }

  /** Applies the oldest entry that waits; the input that says so. Null where there is none. */
  apply(): Input | null {
    const entry = this.toApply.shift();
    if (entry === undefined) return null;
    if (entry.index !== this.applied.length + 1) {
      throw new Error(`entry ${entry.index} applied after ${this.applied.length}`);
    }
    this.applied.push(textOf(entry));
    return { type: "applied", index: entry.index };
  }

  /** Makes a snapshot of what is applied; the input that says so. */
  compact(name: string, keep: number): Input {
    const index = this.applied.length as Index;
    this.#archive.set(name, Buffer.from(JSON.stringify(this.applied)));
    return { type: "compact", index, name, through: Math.max(0, index - keep) as Index };
  }

  /** Begins again from the disk; a state machine that was volatile is empty. */
  restart(options: { readonly isVolatile: boolean }, nowMs: number): void {
    const { hard, base, entries, snapshot, partial, unsure } = this.disk;
    this.writes = [];
    this.toApply = [];
    if (options.isVolatile) this.applied = [];
    const applied = this.applied.length as Index;
    const saved: Saved = { hard, base, entries, snapshot, partial, unsure, applied };
    this.raft = new Raft(this.options, saved, nowMs);
  }
}

function restored(archive: Archive, { name, index }: Snapshot): string[] {
  const bytes = archive.get(name);
  if (bytes === undefined) throw new Error(`no snapshot ${name}`);
  const applied = JSON.parse(Buffer.from(bytes).toString()) as string[];
  if (applied.length !== index) throw new Error(`a snapshot of ${applied.length}, not ${index}`);
  return applied;
}
