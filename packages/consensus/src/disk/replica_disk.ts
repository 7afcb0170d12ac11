// What a replica keeps on disk: term and vote, the log, what is known of snapshots, and
// the pieces of one that comes in.
//
//   <folder>/log-0000000001    segments of the log, see segment.ts
//   <folder>/segment.new       one that has no head yet
//   <folder>/incoming-<name>   a snapshot that comes in
//   <folder>/lock
//
// Each request is one record, and is there or not as a whole; requests that wait share one
// write and one sync. Nothing is written over: entries that cut the log come behind it. A
// segment goes when the log was dropped through beyond all that lies in it.
//
// Invariants:
//   DK1  What `saved` says after opening is what some prefix of the requests came to, and
//        every request that was answered is in it; or else `unsure` reaches as far as any
//        entry that was answered and is lost (see log_history.ts).
//   DK2  Bytes of a snapshot are durable before the record that speaks of them is written.
//   DK3  After a failure nothing more is written.
// DK4 is log_record.ts's, DK5 segment_file.ts's.
//
// What no log of one node can tell: the last batch, damaged after it was synced and with
// nothing written after it, looks like a torn one, and is cut off; but where the state
// machine holds more entries than are left, that tells. So does what a disk lost that lied
// about a sync.

import { HoldfastError, Writer } from "@holdfast/std";
import type { Disk, DiskLock } from "@holdfast/world";
import type { Snapshot } from "../raft/entry.ts";
import { type Membership, unknownMembership } from "../raft/membership.ts";
import type { PersistRequest } from "../raft/output.ts";
import type { Saved } from "../raft/state.ts";
import { type Index, type NodeId, origin } from "../raft/types.ts";
import {
  IncomingSnapshot,
  incomingBytes,
  incomingSizeBytes,
  removeIncoming,
} from "./incoming_snapshot.ts";
import { type LogFiles, noteEntries, readLog, type Segment } from "./log_files.ts";
import { writeRecord } from "./log_record.ts";
import { LogStanding } from "./log_standing.ts";
import { encodeHead, seedOf, segmentName } from "./segment.ts";
import { aheadSizeBytesMax, SegmentFile } from "./segment_file.ts";

/** What {@link ReplicaDisk.open} takes. */
export interface ReplicaDiskOptions {
  readonly disk: Disk;
  /** Made where it is missing. */
  readonly folder: string;
  readonly id: NodeId;
  /** The name of the cluster, at most 64 bytes. */
  readonly cluster: string;
  /** The first membership of the cluster, for a folder that is new; null for a node that joins it. */
  readonly bootstrap: Membership | null;
  /** Through where the state machine holds everything: a log that ends before was damaged. */
  readonly applied: Index;
  /** A segment that is longer is followed by a new one; 64 MiB unless given. */
  readonly segmentSizeBytes?: number;
}

/** What {@link ReplicaDisk.status} says. */
export interface ReplicaDiskStatus {
  /** Bytes of the log's files. */
  readonly sizeBytes: number;
  readonly segments: number;
  /** Bytes of a torn end that opening cut off. */
  readonly tornBytes: number;
  /** Damaged records that opening found, of what had been durable. */
  readonly damage: LogFiles["damage"];
}

interface Waiting {
  readonly request: PersistRequest;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const segmentSizeBytesDefault = 67_108_864;
/** One write takes at most about so much. */
const batchSizeBytesMax = 16_777_216;
/** Room for an append at first, and how much of it is kept for the next one. */
const batchSizeBytesFirst = 16_384;
const batchSizeBytesKept = 1_048_576;

/** See the head of this file. */
export class ReplicaDisk {
  readonly #options: ReplicaDiskOptions;
  readonly #lock: DiskLock;
  /** What was found; given out once, and let go. */
  readonly #found: LogFiles["recovered"];
  readonly #standing: LogStanding;
  readonly #incoming: IncomingSnapshot;
  readonly #segments: Segment[];
  readonly #opened: Pick<ReplicaDiskStatus, "tornBytes" | "damage">;
  #file: SegmentFile | null = null;
  #seed = 0;
  #chain: number;
  #syncedBytes = 0;
  /** What is being appended. */
  #writer = new Writer(batchSizeBytesFirst);
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #failure: unknown = null;

  private constructor(options: ReplicaDiskOptions, lock: DiskLock, files: LogFiles) {
    this.#options = options;
    this.#lock = lock;
    this.#found = files.recovered;
    this.#standing = new LogStanding(files.recovered);
    this.#incoming = new IncomingSnapshot(options.disk, options.folder);
    this.#segments = files.segments;
    this.#chain = files.chain;
    const { tornBytes, damage } = files;
    this.#opened = { tornBytes, damage };
  }

  /**
   * Claims the folder, and reads its log or begins one. O(log).
   *
   * @throws {HoldfastError} `locked`; `corrupt` where the log is of another node or cluster,
   *   or so damaged that what this node promised can't be known: replace the replica by one
   *   of a new id; `unsupported_version`; `permission_denied`; `disk_full`; `io`.
   */
  static async open(options: ReplicaDiskOptions): Promise<ReplicaDisk> {
    const { disk, folder, bootstrap, applied, ...owner } = options;
    await disk.makeFolder(folder);
    const lock = await disk.lock(`${folder}/lock`);
    try {
      const base = { ...origin, membership: bootstrap ?? unknownMembership };
      const hard = { term: origin.term, vote: null };
      const fresh = { hard, base, snapshot: null, partial: null, unsure: null, last: origin };
      const found = (await readLog(disk, folder, { ...owner, applied })) ?? {
        recovered: { ...fresh, entries: [], isHoled: false },
        ...{ segments: [], chain: 0, tornBytes: 0, damage: [] },
      };
      const files = await withWholePieces(disk, folder, found);
      const opened = new ReplicaDisk(options, lock, files);
      const { snapshot, partial, isHoled } = files.recovered;
      await removeIncoming(disk, folder, [snapshot?.name, partial?.snapshot.name]);
      // What is lost is written down before anybody relies on it.
      if (isHoled || files.segments.length === 0) await opened.#beginSegment();
      else await opened.#continueSegment();
      return opened;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** What Raft's constructor takes, but for `applied`, which the state machine knows: as it was when this was opened. */
  get saved(): Omit<Saved, "applied"> {
    const { hard, base, entries, snapshot, partial, unsure } = this.#found;
    return { hard, base, entries, snapshot, partial, unsure };
  }

  /** How large the log is, and what opening found. */
  get status(): ReplicaDiskStatus {
    const sizeBytes = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    return { sizeBytes, segments: this.#segments.length, ...this.#opened };
  }

  /**
   * Makes `request` durable, after all before it. Those that come while a sync runs share
   * the next one.
   *
   * @throws {HoldfastError} `disk_full`: nothing of the request is kept. `io`. After either,
   *   all that comes later fails too, since it would stand on what is missing: end the
   *   replica, and open it again when there is room. `closed`.
   */
  persist(request: PersistRequest): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** The bytes of a snapshot that came in whole, in pieces of up to 512 KiB. */
  snapshotBytes({ name }: Snapshot): AsyncIterable<Uint8Array> {
    return incomingBytes(this.#options.disk, this.#options.folder, name);
  }

  /** Removes the bytes of a snapshot: the state machine holds what they say. */
  async forgetSnapshot({ name }: Snapshot): Promise<void> {
    await this.#incoming.remove(name);
  }

  /** Waits for what is under way, and gives the folder back. Harmless twice. */
  async close(): Promise<void> {
    await this.#writing;
    this.#failure ??= new HoldfastError("closed", `${this.#options.folder} is closed`);
    const file = this.#file;
    this.#file = null;
    await this.#incoming.close();
    await file?.close();
    await this.#lock.release();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch: Waiting[] = [];
      try {
        await this.#writeBatch(batch);
        for (const { resolve } of batch) resolve();
        await this.#incoming.removeStale(this.#standing.now.snapshot?.name);
        await this.#dropSegments();
      } catch (error) {
        this.#failure ??= error;
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(error);
      }
    }
    this.#writing = null;
  }

  async #writeBatch(batch: Waiting[]): Promise<void> {
    if (this.#segments.at(-1)!.sizeBytes >= this.#segmentSizeBytes) await this.#beginSegment();
    const segment = this.#segments.at(-1)!;
    const writer = this.#writer.clear();
    while (this.#waiting.length > 0 && writer.sizeBytes < batchSizeBytesMax) {
      const next = this.#waiting.shift()!;
      batch.push(next);
      const { chunk, install } = next.request;
      if (chunk !== null) await this.#incoming.write(chunk);
      // From here on it is whoever takes it in that says when it may go.
      if (install !== null) await this.#incoming.close();
      const offset = segment.sizeBytes + writer.sizeBytes;
      const record = this.#standing.take(next.request);
      const place = { seed: this.#seed, before: this.#chain, offset, synced: this.#syncedBytes };
      this.#chain = writeRecord(writer, record, place);
      noteEntries(this.#segments, record.previous.index, this.#standing.last.index);
    }
    await this.#file!.add(writer.view());
    segment.sizeBytes += writer.sizeBytes;
    this.#syncedBytes = segment.sizeBytes;
    if (writer.sizeBytes > batchSizeBytesKept) this.#writer = new Writer(batchSizeBytesFirst);
  }

  get #segmentSizeBytes(): number {
    return this.#options.segmentSizeBytes ?? segmentSizeBytesDefault;
  }

  async #beginSegment(): Promise<void> {
    const { disk, folder } = this.#options;
    await this.#file?.trim();
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const head = encodeHead(this.#options, number, this.#standing.now);
    const draft = `${folder}/segment.new`;
    const file = await disk.open(draft, { create: true });
    try {
      await file.truncate(0);
      await file.append(head);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(draft, `${folder}/${segmentName(number)}`);
    await disk.syncFolder(folder);
    await this.#file?.close();
    this.#file = null;
    this.#segments.push({ number, through: origin.index, sizeBytes: head.length });
    this.#chain = new DataView(head.buffer, head.byteOffset).getUint32(8);
    await this.#continueSegment();
  }

  async #continueSegment(): Promise<void> {
    const { disk, folder } = this.#options;
    const { number, sizeBytes } = this.#segments.at(-1)!;
    const path = `${folder}/${segmentName(number)}`;
    this.#file = await SegmentFile.open(disk, path, {
      sizeBytes,
      aheadBytesMax: Math.min(aheadSizeBytesMax, this.#segmentSizeBytes),
    });
    this.#seed = seedOf(this.#options, number);
    this.#syncedBytes = sizeBytes;
  }

  // Only from the front: what is left must begin with a head that knows what came before.
  async #dropSegments(): Promise<void> {
    const { disk, folder } = this.#options;
    const { base } = this.#standing.now;
    while (this.#segments.length > 1 && this.#segments[0]!.through <= base.index) {
      await disk.remove(`${folder}/${segmentName(this.#segments[0]!.number)}`);
      this.#segments.shift();
    }
  }
}

// A file that is shorter than the log says was begun anew just before the end: its snapshot
// is asked for from the beginning.
async function withWholePieces(disk: Disk, folder: string, files: LogFiles): Promise<LogFiles> {
  const { partial } = files.recovered;
  if (partial === null) return files;
  const sizeBytes = await incomingSizeBytes(disk, folder, partial.snapshot.name);
  if (sizeBytes >= partial.offset) return files;
  return { ...files, recovered: { ...files.recovered, partial: null } };
}
