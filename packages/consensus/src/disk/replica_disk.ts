// What a replica keeps on disk: term and vote, the log, what is known of snapshots, and
// the pieces of one that comes in.
//
//   <folder>/raft.log          requests to persist, one record each
//   <folder>/incoming-<name>   a snapshot that comes in
//   <folder>/lock
//
// Each request is one record, and is there or not as a whole; requests that wait share one
// sync. Entries whose first index is not above the last one's cut the log: nothing is ever
// written over. When the log has dropped enough, it is written anew, with what is left.
//
// Invariants:
//   DK1  What `saved` says after opening is what some prefix of the requests came to, and
//        every request that was answered is in it.
//   DK2  Bytes of a snapshot are durable before the record that speaks of them is written.
//   DK3  After a failure of the device nothing more is written.
//
// A record: u8 0 the format, then u8 flags: 1 hard state, 2 piece, 4 install, 8 compact,
// 16 identity; then in this order what the flags say: identity (text cluster, text node,
// base), hard state, piece (snapshot, uint offset after it), install (snapshot), compact
// (snapshot, base); then uint count of entries, and the entries. See ../codec/log_codec.ts.

import { assert, HoldfastError, Reader, Writer } from "@holdfast/std";
import {
  type Disk,
  type DiskFile,
  type DiskLock,
  RecordLog,
  replaceRecordLog,
} from "@holdfast/world";
import {
  nodeIdSizeBytesMax,
  readBase,
  readEntry,
  readHardState,
  readSnapshot,
  writeBase,
  writeEntry,
  writeHardState,
  writeSnapshot,
} from "../codec/log_codec.ts";
import type { Base, Entry, PartialSnapshot, Snapshot } from "../raft/entry.ts";
import type { Membership } from "../raft/membership.ts";
import type { PersistRequest } from "../raft/output.ts";
import type { Saved } from "../raft/state.ts";
import { type HardState, type NodeId, origin } from "../raft/types.ts";

/** What {@link ReplicaDisk.open} takes. */
export interface ReplicaDiskOptions {
  readonly disk: Disk;
  /** Made where it is missing. */
  readonly folder: string;
  readonly id: NodeId;
  /** The name of the cluster. */
  readonly cluster: string;
  /** The first membership of the cluster, for a folder that is new. */
  readonly bootstrap: Membership;
  /** The log is written anew when it has grown by so much, and drops a part. */
  readonly rewriteSizeBytes: number;
}

const purpose = "raft";
const format = 0;
const clusterSizeBytesMax = 64;
/** Bytes of one record when the log is written anew. */
const rewriteStepBytes = 1024 * 1024;
const readSizeBytes = 512 * 1024;

/** What the records add up to. */
interface State {
  hard: HardState;
  base: Base;
  entries: Entry[];
  snapshot: Snapshot | null;
  partial: PartialSnapshot | null;
}

/** See the head of this file. */
export class ReplicaDisk {
  readonly #options: ReplicaDiskOptions;
  readonly #lock: DiskLock;
  readonly #state: State;
  #log: RecordLog;
  #incoming: { readonly name: string; readonly file: DiskFile } | null = null;
  /** Bytes of the log when it was opened or written anew. */
  #freshSizeBytes: number;
  #last: Promise<void> = Promise.resolve();
  /** Requests that stand alone and are not done. */
  #aloneCount = 0;

  private constructor(options: ReplicaDiskOptions, lock: DiskLock, log: RecordLog, state: State) {
    this.#options = options;
    this.#lock = lock;
    this.#log = log;
    this.#state = state;
    this.#freshSizeBytes = log.sizeBytes;
  }

  /**
   * Claims the folder, and reads its log or begins one. O(log).
   *
   * @throws {HoldfastError} `locked`; `corrupt` where the log is damaged, or is of another
   *   node or cluster; `unsupported_version`; `permission_denied`; `disk_full`; `io`.
   */
  static async open(options: ReplicaDiskOptions): Promise<ReplicaDisk> {
    const { disk, folder } = options;
    await disk.makeFolder(folder);
    const lock = await disk.lock(`${folder}/lock`);
    try {
      const state: State = {
        hard: { term: origin.term, vote: null },
        base: { ...origin, membership: options.bootstrap },
        entries: [],
        snapshot: null,
        partial: null,
      };
      let isNew = true;
      const onRecord = (payload: Uint8Array) => {
        replay(state, new Reader(payload.slice()), options);
        isNew = false;
      };
      const path = `${folder}/raft.log`;
      const log = await RecordLog.open({ disk, path, purpose, onRecord });
      if (isNew) await log.append(identityRecord(options, state));
      return new ReplicaDisk(options, lock, log, state);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** What Raft's constructor takes, but for `applied`, which the state machine knows. Read once, before anything is persisted. */
  get saved(): Omit<Saved, "applied"> {
    return { ...this.#state, entries: this.#state.entries.slice() };
  }

  /** Bytes of the log's file. */
  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  /**
   * Makes `request` durable, after all before it. Those that come while a sync runs share
   * the next one.
   *
   * @throws {HoldfastError} `disk_full`, `io`: end the replica. What came after it fails too.
   */
  persist(request: PersistRequest): Promise<void> {
    const before = this.#last;
    const isAlone = request.chunk !== null || request.install !== null || request.compact !== null;
    if (isAlone) this.#aloneCount += 1;
    // While one that stands alone is under way, those after it take their turn too.
    const done =
      this.#aloneCount > 0
        ? before.then(() => this.#persistAlone(request, isAlone))
        : Promise.all([before, this.#append(request)]).then(() => undefined);
    this.#last = done;
    done.catch(() => {});
    return done;
  }

  /** The bytes of a snapshot that came in whole, in pieces of up to 512 KiB. */
  async *snapshotBytes({ name }: Snapshot): AsyncGenerator<Uint8Array> {
    const file = await this.#options.disk.open(this.#pathOf(name), { create: false });
    try {
      for (let offset = 0; ; ) {
        const bytes = await file.read(offset, readSizeBytes);
        if (bytes.length === 0) return;
        yield bytes;
        offset += bytes.length;
      }
    } finally {
      await file.close();
    }
  }

  /** Removes the bytes of a snapshot: the state machine holds what they say. */
  async forgetSnapshot({ name }: Snapshot): Promise<void> {
    await this.#remove(name);
  }

  /** Waits for what is under way, and gives the folder back. */
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#incoming?.file.close();
    await this.#log.close();
    await this.#lock.release();
  }

  // Pieces, and what drops a part of the log.
  async #persistAlone(request: PersistRequest, isAlone: boolean): Promise<void> {
    if (request.chunk !== null) await this.#writeChunk(request.chunk);
    await this.#append(request);
    if (!isAlone) return;
    const grownBytes = this.#log.sizeBytes - this.#freshSizeBytes;
    if (grownBytes >= this.#options.rewriteSizeBytes && request.chunk === null)
      await this.#rewrite();
    this.#aloneCount -= 1;
  }

  // In order of the calls: the log takes them so.
  #append(request: PersistRequest): Promise<void> {
    const record = encodeRequest(request);
    absorb(this.#state, request);
    return this.#log.append(record).then(() => undefined);
  }

  async #writeChunk({ snapshot, offset, bytes }: NonNullable<PersistRequest["chunk"]>) {
    const { disk, folder } = this.#options;
    const { name } = snapshot;
    if (this.#incoming?.name !== name) {
      await this.#incoming?.file.close();
      // One that was installed stays until the state machine holds it.
      const isInstalled = this.#incoming?.name === this.#state.snapshot?.name;
      if (this.#incoming !== null && !isInstalled) await this.#remove(this.#incoming.name);
      this.#incoming = { name, file: await disk.open(this.#pathOf(name), { create: true }) };
      await disk.syncFolder(folder);
    }
    const { file } = this.#incoming;
    if (offset === 0) await file.truncate(0);
    await file.write(offset, bytes);
    await file.truncate(offset + bytes.length);
    await file.sync();
  }

  async #remove(name: string): Promise<void> {
    const { disk, folder } = this.#options;
    const names = await disk.list(folder);
    if (names.includes(`incoming-${name}`)) await disk.remove(this.#pathOf(name));
  }

  async #rewrite(): Promise<void> {
    const { disk, folder } = this.#options;
    const path = `${folder}/raft.log`;
    await this.#log.close();
    await replaceRecordLog(disk, path, purpose, recordsOf(this.#options, this.#state));
    this.#log = await RecordLog.open({ disk, path, purpose, onRecord: () => {} });
    this.#freshSizeBytes = this.#log.sizeBytes;
  }

  #pathOf(name: string): string {
    return `${this.#options.folder}/incoming-${name}`;
  }
}

function absorb(state: State, { hard, chunk, install, compact, entries }: PersistRequest): void {
  if (hard !== null) state.hard = hard;
  if (chunk !== null) {
    const offset = chunk.offset + chunk.bytes.length;
    state.partial = { snapshot: chunk.snapshot, offset };
  }
  if (install !== null) {
    state.base = baseOf(install);
    state.entries = [];
    state.snapshot = install;
    state.partial = null;
  }
  if (compact !== null) {
    state.entries = state.entries.filter(({ index }) => index > compact.base.index);
    state.base = compact.base;
    state.snapshot = compact.snapshot;
  }
  takeEntries(state, entries);
}

function takeEntries(state: State, entries: readonly Entry[]): void {
  const [first] = entries;
  if (first === undefined) return;
  const kept = first.index - state.base.index - 1;
  assert(kept >= 0 && kept <= state.entries.length, "DK1: a gap in what is persisted");
  state.entries.length = kept;
  for (const entry of entries) state.entries.push(entry);
}

function baseOf({ index, term, membership }: Snapshot): Base {
  return { index, term, membership };
}

function encodeRequest({ hard, chunk, install, compact, entries }: PersistRequest): Uint8Array {
  const sizeBytes = entries.reduce((sum, { payload }) => {
    return sum + 24 + (payload.type === "command" ? payload.data.length : 128);
  }, 256);
  const flags =
    (hard === null ? 0 : 1) |
    (chunk === null ? 0 : 2) |
    (install === null ? 0 : 4) |
    (compact === null ? 0 : 8);
  const writer = new Writer(sizeBytes).u8(format).u8(flags);
  if (hard !== null) writeHardState(writer, hard);
  if (chunk !== null) {
    writeSnapshot(writer, chunk.snapshot);
    writer.uint(chunk.offset + chunk.bytes.length);
  }
  if (install !== null) writeSnapshot(writer, install);
  if (compact !== null) {
    writeSnapshot(writer, compact.snapshot);
    writeBase(writer, compact.base);
  }
  writer.uint(entries.length);
  for (const entry of entries) writeEntry(writer, entry);
  return writer.finish();
}

function identityRecord({ cluster, id }: ReplicaDiskOptions, { base, hard }: State): Uint8Array {
  const writer = new Writer()
    .u8(format)
    .u8(16 | 1)
    .text(cluster)
    .text(id);
  writeBase(writer, base);
  writeHardState(writer, hard);
  return writer.uint(0).finish();
}

/** Everything, as records of a log that begins anew. */
function* recordsOf(options: ReplicaDiskOptions, state: State): Iterable<Uint8Array> {
  yield identityRecord(options, state);
  const { snapshot, base, entries, partial } = state;
  const nothing = { id: 0 as PersistRequest["id"], hard: null, chunk: null, install: null };
  if (snapshot !== null) {
    yield encodeRequest({ ...nothing, compact: { snapshot, base }, entries: [] });
  }
  if (partial !== null) {
    const chunk = { ...partial, bytes: new Uint8Array(0) };
    yield encodeRequest({ ...nothing, chunk, compact: null, entries: [] });
  }
  let step: Entry[] = [];
  let sizeBytes = 0;
  for (const entry of entries) {
    step.push(entry);
    sizeBytes += entry.payload.type === "command" ? entry.payload.data.length : 256;
    if (sizeBytes < rewriteStepBytes) continue;
    yield encodeRequest({ ...nothing, compact: null, entries: step });
    [step, sizeBytes] = [[], 0];
  }
  if (step.length > 0) yield encodeRequest({ ...nothing, compact: null, entries: step });
}

function replay(state: State, reader: Reader, { cluster, id, folder }: ReplicaDiskOptions): void {
  const found = reader.u8("format of a record");
  if (found !== format)
    throw new HoldfastError("unsupported_version", `${folder}: format ${found}`);
  const flags = reader.u8("flags of a record");
  if (flags > 31) throw new HoldfastError("corrupt", `${folder}: flags ${flags}`);
  if (flags & 16) {
    const [theirs, node] = [
      reader.text("cluster", clusterSizeBytesMax),
      reader.text("node", nodeIdSizeBytesMax),
    ];
    if (theirs !== cluster || node !== id) {
      const sentence = `${folder} is of node ${node} of cluster ${theirs}, not ${id} of ${cluster}`;
      throw new HoldfastError("corrupt", sentence);
    }
    state.base = readBase(reader);
  }
  const hard = flags & 1 ? readHardState(reader) : null;
  const partial =
    flags & 2 ? { snapshot: readSnapshot(reader), offset: reader.uint("offset") } : null;
  const install = flags & 4 ? readSnapshot(reader) : null;
  const compact = flags & 8 ? { snapshot: readSnapshot(reader), base: readBase(reader) } : null;
  const entries: Entry[] = [];
  for (let left = reader.count("entries", reader.remaining, 3); left > 0; left -= 1) {
    entries.push(readEntry(reader));
  }
  reader.end("a record");
  const chunk = partial === null ? null : { ...partial, bytes: new Uint8Array(0) };
  const [first] = entries;
  if (first !== undefined && install === null) {
    const from = compact?.base.index ?? state.base.index;
    const last = state.entries.at(-1)?.index ?? state.base.index;
    if (first.index <= from || first.index > last + 1) {
      throw new HoldfastError("corrupt", `${folder}: entry ${first.index} after ${last}`);
    }
  }
  absorb(state, { id: 0 as PersistRequest["id"], hard, chunk, install, compact, entries });
}
