// Finds a node whose rows are not those of the others: by a defect of its disk, that no
// checksum covers, or of this program.
//
//   leader: check --log--> each node, where it applies that: a snapshot of its rows,
//   hashed in the background --> each tells each other its hash --> each judges itself
//
// A check stands in the log, so all take their rows as of the same entry, however far
// they are. Nobody waits for it: what is hashed is a snapshot, in steps with pauses thrice as long.
// Each node judges by what it was told itself, so it doesn't matter who leads meanwhile.
//
// Invariants:
//   CK1  A node stops only where a quorum of the voters had other rows than it as of one
//        entry, and all of that quorum the same. So never does a majority stop.
//   CK2  A node that stopped so never opens these rows again.
//   CK3  Who has no hash as of that entry agrees with nobody and differs from nobody: it
//        was closed, took in a snapshot, was busy with the check before, or is not done.
//
// Source: CockroachDB's consistency checker (its RFC "Raft consistency checker", 2016).
// Departures: the leader is no judge and compares nothing for others; 128 bits of a fast
// hash instead of SHA-512, since nobody is to be kept from forging rows of his own.
//
// What nodes tell each other: a call is u8 1, which tells it from a commit, and a digest;
// the answer is u8 0, or u8 1 and a digest. A digest is uint index, 4 x u32 hash.

import { hasQuorum, type Index, membersOf, type NodeId, type Replica } from "@holdfast/consensus";
import { HoldfastError, isHoldfastError, Reader, Writer } from "@holdfast/std";
import { type Clock, Scope, type Timer } from "@holdfast/world";
import type { EngineSnapshot } from "../../engine.ts";
import type { CommitVersion } from "../../store.ts";
import { encodeCheck } from "./command.ts";
import { type Hash128, newHash } from "./murmur128.ts";
import { comparedSpans } from "./replicated_rows.ts";
import { hashRows } from "./row_hash.ts";

/** How often rows are compared. */
export interface CheckLimits {
  /** After so many entries since the last time, */
  readonly count: number;
  /** and not sooner than this after it; also not sooner than twenty times what hashing took. */
  readonly everyMs: number;
  /** After so long also where fewer entries came, or none: what rests on a disk decays, too. */
  readonly idleMs: number;
}

/** Costs about a hundredth of a processor where there are many rows, and four checks a day where nothing is written. */
export const defaultChecks: CheckLimits = {
  count: 10_000,
  everyMs: 600_000,
  idleMs: 6 * 3_600_000,
};

/** What a comparison of rows came to, as far as the nodes are done; by name. */
export interface StateCheck {
  /** The rows as they are after this entry. */
  readonly index: Index;
  readonly version: CommitVersion;
  /** Who has the rows of this node, which is among them. */
  readonly agreeing: readonly NodeId[];
  readonly differing: readonly NodeId[];
}

/** What a {@link Checker} is given. */
export interface CheckerParts {
  readonly clock: Clock;
  readonly node: NodeId;
  readonly limits: CheckLimits;
  /** The rows as they are applied, all of them. */
  readonly rows: () => EngineSnapshot;
  /** This node has to stop. Called once. Must not throw. */
  readonly onCorrupt: (error: HoldfastError) => void;
  /** The rows can't be read. Must not throw. */
  readonly onFailure: (error: unknown) => void;
  /** Hears of each comparison. Must not throw. */
  readonly onCheck: (check: StateCheck) => void;
}

interface Digest {
  readonly index: Index;
  readonly hash: Hash128;
}

interface OwnDigest extends Digest {
  readonly version: CommitVersion;
}

/** What is hashed of one check. */
interface Round {
  readonly index: Index;
  /** Released by whoever is given it. */
  readonly rows: EngineSnapshot;
  readonly signal: AbortSignal;
}

/** The first byte of a call that is a digest. */
export const digestCall = 1;

const pauseFactor = 3;
const pauseMsMin = 1;
const costFactor = 20;
/** A node that can't be told is told again, after so long and then twice as long. */
const againMs = 1_000;
const triesMax = 5;

/** See the head of this file. */
export class Checker {
  readonly #parts: CheckerParts;
  readonly #scope: Scope;
  readonly #heard = new Map<NodeId, Digest>();
  #replica: Replica | null = null;
  #timer: Timer | null = null;
  #own: OwnDigest | null = null;
  #isHashing = false;
  /** The last check that was applied, when, and what its hash took. */
  #last = 0 as Index;
  #lastMs = 0;
  #tookMs = 0;
  #check: StateCheck | null = null;
  #isCorrupt = false;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
    this.#scope = Scope.open(parts.clock, { name: "checker" });
  }

  /** What the last comparison came to; null before the first. */
  get last(): StateCheck | null {
    return this.#check;
  }

  /** Begins to propose checks, where this node leads. */
  start(replica: Replica): void {
    this.#replica = replica;
    this.#last = replica.status.applied;
    this.#lastMs = this.#parts.clock.now();
    this.#wait();
  }

  /**
   * A check stands at `index`, and that is what is applied.
   *
   * @throws {HoldfastError} What the rows do; not `overloaded`.
   */
  check(index: Index): void {
    this.#last = index;
    this.#lastMs = this.#parts.clock.now();
    const replica = this.#replica;
    if (replica === null || this.#isHashing || this.#scope.signal.aborted) return; // CK3
    this.#wait();
    const rows = this.#openRows();
    if (rows === null) return;
    this.#isHashing = true;
    this.#scope.spawn("check", (signal) => this.#run(replica, { index, rows, signal }));
  }

  /** Takes what another node tells of its rows, and tells of those here. @throws {HoldfastError} `corrupt`, `truncated`. */
  answer(from: NodeId, reader: Reader): Uint8Array {
    this.#hear(from, readDigest(reader));
    const writer = new Writer(32);
    if (this.#own === null) return writer.u8(0).finish();
    return writeDigest(writer.u8(1), this.#own).finish();
  }

  /** Leaves off. Harmless twice. */
  close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    return this.#scope.close();
  }

  // When.

  #wait(): void {
    this.#timer?.cancel();
    const delayMs = Math.max(this.#parts.limits.everyMs, this.#tookMs * costFactor);
    this.#timer = this.#parts.clock.timer(delayMs, () => this.#propose());
  }

  #propose(): void {
    this.#wait();
    const replica = this.#replica!;
    const { role, term } = replica.standing;
    if (role !== "leader" || this.#isHashing) return;
    const { applied, membership } = replica.status;
    const { count, idleMs } = this.#parts.limits;
    const isDue = applied - this.#last >= count || this.#parts.clock.now() - this.#lastMs >= idleMs;
    if (!isDue || membersOf(membership).length < 2) return;
    // Where it comes to nothing, there is a next time.
    replica.propose(encodeCheck(), term).catch(() => undefined);
  }

  // One check.

  #openRows(): EngineSnapshot | null {
    try {
      return this.#parts.rows();
    } catch (error) {
      if (isHoldfastError(error, "overloaded")) return null;
      throw error;
    }
  }

  async #run(replica: Replica, { index, rows, signal }: Round): Promise<void> {
    try {
      const hash = await this.#hash(rows, signal);
      this.#own = { index, hash, version: rows.version };
    } catch (error) {
      if (!signal.aborted) this.#parts.onFailure(error);
      return;
    } finally {
      this.#isHashing = false;
      rows.release();
    }
    this.#judge();
    const others = membersOf(replica.status.membership).filter((id) => id !== this.#parts.node);
    await Promise.all(others.map((to) => this.#tell(replica, to, this.#own!, signal)));
  }

  async #hash(rows: EngineSnapshot, signal: AbortSignal): Promise<Hash128> {
    const { clock } = this.#parts;
    const startMs = clock.now();
    let fromMs = startMs;
    const hash = await hashRows(rows, comparedSpans, async () => {
      const pauseMs = Math.max(pauseMsMin, (clock.now() - fromMs) * pauseFactor);
      await clock.sleep(pauseMs, signal);
      fromMs = clock.now();
    });
    this.#tookMs = clock.now() - startMs;
    this.#wait();
    return hash;
  }

  /** Tells `to`, unless another check takes the place of this one. */
  async #tell(replica: Replica, to: NodeId, own: Digest, signal: AbortSignal): Promise<void> {
    const request = writeDigest(new Writer(32).u8(digestCall), own).finish();
    for (let tries = 0; tries < triesMax && this.#own === own && !signal.aborted; tries += 1) {
      try {
        const reader = new Reader(await replica.call(to, request, signal));
        if (reader.u8("whether there is a digest") === 1) this.#hear(to, readDigest(reader));
        return;
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
      }
      await this.#parts.clock.sleep(againMs * 2 ** tries, signal).catch(() => undefined);
    }
  }

  #hear(from: NodeId, digest: Digest): void {
    const before = this.#heard.get(from);
    if (before !== undefined && before.index >= digest.index) return;
    this.#heard.set(from, digest);
    this.#judge();
  }

  #judge(): void {
    const [own, replica] = [this.#own, this.#replica];
    if (own === null || replica === null || this.#isCorrupt) return;
    const { membership } = replica.status;
    const hashes = new Map<NodeId, string>();
    for (const node of membersOf(membership)) {
      const digest = node === this.#parts.node ? own : this.#heard.get(node);
      if (digest?.index === own.index) hashes.set(node, digest.hash.join());
    }
    const ownHash = own.hash.join();
    const nodes = [...hashes.keys()];
    const agreeing = nodes.filter((node) => hashes.get(node) === ownHash);
    const differing = nodes.filter((node) => hashes.get(node) !== ownHash);
    this.#check = { index: own.index, version: own.version, agreeing, differing };
    this.#parts.onCheck(this.#check);
    const others = new Set(differing.map((node) => hashes.get(node)));
    for (const hash of others) {
      if (!hasQuorum(membership, (node) => hashes.get(node) === hash)) continue;
      this.#isCorrupt = true; // CK1
      const quorum = differing.filter((node) => hashes.get(node) === hash);
      this.#parts.onCorrupt(corruptError(own.index, quorum));
    }
  }
}

function corruptError(index: Index, quorum: readonly NodeId[]): HoldfastError {
  const sentence = `the rows of this node are not those of ${quorum.join(", ")} as of entry ${index} of the log: replace the node, by one of another name on another disk`;
  return new HoldfastError("corrupt", sentence);
}

function writeDigest(writer: Writer, { index, hash }: Digest): Writer {
  writer.uint(index);
  for (const word of hash) writer.u32(word);
  return writer;
}

function readDigest(reader: Reader): Digest {
  const index = reader.uint("index of a digest") as Index;
  const hash = newHash();
  for (let at = 0; at < hash.length; at += 1) hash[at] = reader.u32("hash");
  reader.end("a digest");
  return { index, hash };
}
