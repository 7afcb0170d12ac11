// A replica as a process runs it: the machine of ../raft, and around it a World.
//
//   peers --frames--> inputs --step--> outputs --> disk, peers, state machine, callers
//     ^                 ^                |
//     +-----------------+----------------+   each comes back as an input
//
// Invariants:
//   RE1  Inputs are stepped one after another, and each output is carried out before the
//        next step, in the order that `Output` states.
//   RE2  A proposal resolves only when its command is applied here, and is refused as
//        `unavailable` only when it never will be, anywhere.
//   RE3  After a failure of the disk or the state machine nothing is stepped or said.

import { assert, HoldfastError, isHoldfastError } from "@holdfast/std";
import { Scope, type Timer } from "@holdfast/world";
import { commandSizeBytesMax } from "../codec/log_codec.ts";
import { ReplicaDisk } from "../disk/replica_disk.ts";
import { type Entry, entrySizeBytes, type Snapshot } from "../raft/entry.ts";
import type { Input } from "../raft/input.ts";
import type { MembershipChange } from "../raft/membership.ts";
import type { Answer, ChunkRead, Output } from "../raft/output.ts";
import { Raft, type RaftStatus } from "../raft/raft.ts";
import { defaultLimits } from "../raft/state.ts";
import type { Index, NodeId, Position, RequestId, Term } from "../raft/types.ts";
import { closedError, type Pending, refusalError } from "./caller.ts";
import { cutThrough } from "./compaction.ts";
import { openDiskName } from "./disk_name.ts";
import { Incoming } from "./incoming.ts";
import { Links } from "./links.ts";
import { Members } from "./members.ts";
import { Office } from "./office.ts";
import { defaultCompaction, type ReplicaOptions } from "./options.ts";
import type { Order } from "./order.ts";
import { Proposals } from "./proposals.ts";
import { Reads } from "./reads.ts";
import { SnapshotReader, snapshotName } from "./snapshot_reader.ts";
import { commandsOf } from "./state_machine.ts";
import { Teller } from "./teller.ts";

const requestIdStartMax = 2 ** 40;

/** See the head of this file. */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #disk: ReplicaDisk;
  readonly #raft: Raft;
  readonly #scope: Scope;
  readonly #links: Links;
  readonly #members: Members;
  readonly #office: Office;
  readonly #incoming: Incoming;
  readonly #snapshots: SnapshotReader;
  readonly #inputs: Input[] = [];
  #isStepping = false;
  #tick: Timer | null = null;
  #tickDueMs = Number.POSITIVE_INFINITY;
  readonly #teller: Teller;
  #standing: Raft["standing"];
  #lastId: number;
  /** Asked for, and not yet in the log. */
  readonly #asked = new Map<RequestId, Pending>();
  /** In the log of this node as a leader, by index: more than one where its log was cut since. */
  readonly #proposed = new Proposals();
  readonly #reads: Reads;
  #proposals: { readonly data: Uint8Array; readonly term: Term; readonly pending: Pending }[] = [];
  readonly #applying: Pick<Output, "restore" | "committed">[] = [];
  #applyEnd: Promise<void> = Promise.resolve();
  #isApplying = false;
  #applied: Index;
  /** What the log holds of what was applied. */
  #keptBytes: number;
  #closed: Promise<void> | null = null;
  #resolveEnded: (error: HoldfastError | null) => void = () => {};
  /** Resolves when it has ended: null after {@link close}, else why. */
  readonly ended: Promise<HoldfastError | null>;

  private constructor(
    options: ReplicaOptions,
    disk: ReplicaDisk,
    { raft, diskName }: { readonly raft: Raft; readonly diskName: string },
    keptBytes: number,
  ) {
    this.#options = options;
    this.#disk = disk;
    this.#raft = raft;
    this.#members = new Members(options, raft, diskName);
    const { world, machine } = options;
    this.#scope = Scope.open(world.clock, { name: `replica ${options.id}` });
    this.#links = new Links(options, this.#members, this.#scope, {
      onUnreachable: (peer) => this.#feed({ type: "unreachable", peer }),
      onRebuff: (rebuff) => this.#office.heedRebuff(rebuff),
    });
    this.#office = new Office(options, raft, this.#members, {
      change: (change) => this.change(change),
      transfer: (to) => this.transfer(to),
      links: this.#links,
      review: () => this.#incoming.review(),
      applied: () => this.#applied,
      end: (error) => this.#fail(error),
    });
    this.#teller = new Teller(world.clock, {
      hasUntold: () => raft.hasUntold,
      tell: () => this.#feed({ type: "tell" }),
    });
    this.#reads = new Reads(world, options.timing, {
      newId: () => this.#newId(),
      ask: (id) => this.#feed({ type: "read", id }),
    });
    this.#snapshots = new SnapshotReader(machine, world.clock);
    this.#keptBytes = keptBytes;
    this.#incoming = new Incoming(options, {
      judge: (hello, connection) => this.#office.judge(hello, connection),
      onOrder: (bytes) => this.#office.answer(bytes),
      onPeer: (from) => this.#links.hurry(from),
      onMessage: (from, message) => this.#feed({ type: "message", from, message }),
      onFailure: (error) => this.#fail(error),
    });
    this.#standing = raft.standing;
    this.#applied = machine.applied;
    // Not used twice, not after a restart either.
    this.#lastId = Math.floor(world.random.next() * requestIdStartMax) * 4_096;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /**
   * Claims the folder, reads the log, and takes part.
   *
   * @throws {HoldfastError} As `ReplicaDisk.open`; `invalid_argument` where the options
   *   contradict each other.
   */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const { world, id, cluster, folder, bootstrap, machine, timing } = options;
    const { segmentSizeBytes } = options.compaction ?? defaultCompaction;
    const disk = await ReplicaDisk.open({
      ...{ disk: world.disk, folder, id, cluster, bootstrap, segmentSizeBytes },
      applied: machine.applied,
    });
    try {
      const saved = { ...disk.saved, applied: machine.applied };
      const limits = options.limits ?? defaultLimits;
      const raft = new Raft(
        { id, ...timing, tellsAtOnce: false, limits },
        saved,
        world.clock.now(),
      );
      const diskName = await openDiskName(world, folder);
      const kept = saved.entries.filter(({ index }) => index <= machine.applied);
      const keptBytes = kept.reduce((sum, entry) => sum + entrySizeBytes(entry), 0);
      const replica = new Replica(options, disk, { raft, diskName }, keptBytes);
      replica.#start();
      return replica;
    } catch (error) {
      await disk.close();
      throw error;
    }
  }

  /** Where it stands. O(peers). */
  get status(): RaftStatus {
    return this.#raft.status;
  }

  /** What it is doing, in which term, and who leads. O(1). */
  get standing(): Raft["standing"] {
    return this.#raft.standing;
  }

  /**
   * Has `data` agreed upon. Resolves once it is applied here, to where it stands.
   *
   * @throws {HoldfastError} `unavailable` where this node does not lead `term`, or lost it
   *   before: it never takes effect; `overloaded`; `too_large` over 16 MiB, which no log
   *   could be read with; `unknown_outcome` where it may have.
   */
  propose(data: Uint8Array, term: Term): Promise<Position> {
    if (data.length > commandSizeBytesMax) {
      return Promise.reject(new HoldfastError("too_large", `a command of ${data.length} bytes`));
    }
    return new Promise((resolve, reject) => {
      this.#proposals.push({ data, term, pending: { resolve, reject } });
      if (this.#proposals.length === 1) void Promise.resolve().then(() => this.#propose());
    });
  }

  /**
   * Resolves once what is applied here has all that was acknowledged anywhere before the call.
   *
   * @throws {HoldfastError} `unavailable` where nobody leads for long; `cancelled`.
   */
  read(signal?: AbortSignal): Promise<void> {
    return this.#reads.barrier(signal);
  }

  /** Asks another node. @throws {HoldfastError} `unavailable`: surely not heard; `unknown_outcome`; `overloaded`; `cancelled`. */
  call(to: NodeId, request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.#closed !== null) return Promise.reject(closedError());
    if (to === this.#options.id) {
      return Promise.reject(new HoldfastError("invalid_argument", "a call of oneself"));
    }
    return this.#links.to(to).call(request, signal);
  }

  /**
   * Changes who decides; resolves once that is in force and applied here. Leaders only.
   *
   * @throws {HoldfastError} `unavailable`, `conflict` where another change is under way,
   *   `invalid_argument`, `unknown_outcome`.
   */
  async change(change: MembershipChange): Promise<void> {
    if (this.#closed !== null) throw closedError();
    await new Promise<Position>((resolve, reject) => {
      const id = this.#newId();
      this.#asked.set(id, { resolve, reject });
      this.#feed({ type: "change", id, change });
    });
  }

  /** Asks that `to` lead; whether it came about shows by who leads. @throws {HoldfastError} `unavailable`, `invalid_argument`. */
  async transfer(to: NodeId): Promise<void> {
    if (this.#closed !== null) throw closedError();
    const id = this.#newId();
    let refused: HoldfastError | null = null;
    const reject = (error: HoldfastError) => {
      refused = error;
    };
    this.#asked.set(id, { resolve: () => {}, reject });
    this.#feed({ type: "transfer", id, to });
    this.#asked.delete(id);
    if (refused !== null) throw refused;
  }

  /**
   * Has the leader, whoever that is, carry out an order. Resolves when it is agreed upon.
   *
   * @throws {HoldfastError} As `changeOf`; `unavailable` where nobody leads, or the leader
   *   changed before; `timeout` of a transfer that did not come about; `unknown_outcome`.
   */
  async order(order: Order): Promise<void> {
    if (this.#closed !== null) throw closedError();
    await this.#office.order(order);
  }

  /** Leaves off, and gives everything back but the state machine. Harmless twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close(null);
    return this.#closed;
  }

  #start(): void {
    this.#incoming.run(this.#scope);
    this.#onTick();
  }

  async #close(error: HoldfastError | null): Promise<void> {
    this.#tick?.cancel();
    this.#teller.close();
    this.#snapshots.close();
    const reason = new HoldfastError("unknown_outcome", "the replica was closed");
    for (const { pending } of this.#proposals) pending.reject(reason);
    for (const pending of this.#asked.values()) pending.reject(reason);
    this.#proposed.end(reason);
    this.#reads.end();
    this.#applying.length = 0;
    this.#incoming.close();
    try {
      await this.#scope.close();
      // The state machine is the caller's again, once nothing is done to it.
      await this.#applyEnd;
      await this.#disk.close();
    } finally {
      this.#resolveEnded(error);
    }
  }

  #fail(cause: unknown): void {
    if (this.#closed !== null) return;
    const error = isHoldfastError(cause)
      ? cause
      : new HoldfastError("io", `the replica can't go on: ${String(cause)}`, { cause });
    this.#closed = this.#close(error);
    // Why it ended is told; that giving back failed too adds nothing.
    this.#closed.catch(() => undefined);
    this.#options.onEvent?.({ type: "stopped", error });
  }

  // Time.

  #onTick(): void {
    const { world, timing } = this.#options;
    const nowMs = world.clock.now();
    const lateMs = nowMs - this.#tickDueMs;
    // Timers come before what lies in the buffers of connections.
    if (lateMs > timing.heartbeatMs) this.#feed({ type: "stood_still", ms: lateMs });
    this.#feed({ type: "tick", jitterMs: world.random.next() * timing.electionMs });
    this.#compactIfLarge();
    this.#snapshots.releaseUnused();
    if (this.#closed !== null) return;
    this.#office.tend();
    const periodMs = timing.heartbeatMs / 2;
    this.#tickDueMs = world.clock.now() + periodMs;
    this.#tick = world.clock.timer(periodMs, () => this.#onTick());
  }

  // The machine.

  #feed(input: Input): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        if (this.#closed !== null) return;
        this.#carryOut(this.#raft.step(next, this.#options.world.clock.now()));
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isStepping = false;
    }
    this.#tellOfRole();
    if (this.#closed === null) this.#teller.look();
  }

  // What peers wait for leaves before this thread turns to the disk, and the disk has what it
  // is to keep before this thread applies anything: so all three go on at the same time.
  #carryOut({ persist, send, restore, committed, answers, chunks }: Output): void {
    for (const { to, message } of send) this.#links.to(to).send(message);
    if (persist !== null) {
      this.#links.flush();
      const { id } = persist;
      this.#disk.persist(persist).then(
        () => this.#feed({ type: "persisted", id }),
        (error) => this.#fail(error),
      );
    }
    if (restore !== null || committed.length > 0) {
      this.#applying.push({ restore, committed });
      if (!this.#isApplying) this.#applyEnd = this.#apply();
    }
    for (const answer of answers) this.#pass(answer);
    for (const chunk of chunks) void this.#readChunk(chunk);
  }

  #tellOfRole(): void {
    const { role, term, leader } = this.#raft.standing;
    const before = this.#standing;
    if (role === before.role && term === before.term && leader === before.leader) return;
    this.#standing = { role, term, leader };
    this.#options.onEvent?.({ type: "role", role, term, leader });
  }

  // The state machine.

  async #apply(): Promise<void> {
    this.#isApplying = true;
    const { machine } = this.#options;
    try {
      for (let next = this.#applying.shift(); next !== undefined; next = this.#applying.shift()) {
        if (next.restore !== null) await this.#restore(next.restore);
        if (next.committed.length > 0) {
          const through = next.committed.at(-1)!.index;
          await machine.apply(commandsOf(next.committed), through);
          this.#noteApplied(next.committed, through);
        }
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#isApplying = false;
  }

  async #restore(snapshot: Snapshot): Promise<void> {
    const { machine, onEvent } = this.#options;
    const { index } = snapshot;
    await machine.restore(index, this.#disk.snapshotBytes(snapshot));
    await this.#disk.forgetSnapshot(snapshot);
    this.#proposed.skip(snapshot);
    this.#applied = index;
    this.#keptBytes = 0;
    this.#feed({ type: "applied", index });
    onEvent?.({ type: "restored", index });
  }

  #noteApplied(committed: readonly Entry[], through: Index): void {
    this.#applied = through;
    // Before callers go on: a read that they begin must find this applied.
    this.#feed({ type: "applied", index: through });
    for (const entry of committed) this.#keptBytes += entrySizeBytes(entry);
    this.#proposed.settle(committed);
  }

  #compactIfLarge(): void {
    const base = this.#raft.base.index;
    const index = Math.min(this.#options.machine.durable, this.#applied) as Index;
    const limits = this.#options.compaction ?? defaultCompaction;
    const unneeded = this.#raft.unneeded(this.#options.world.clock.now());
    const through = cutThrough(limits, { base, index, keptBytes: this.#keptBytes, unneeded });
    if (through === null) return;
    this.#keptBytes = (this.#keptBytes * (index - through)) / (index - base);
    this.#feed({ type: "compact", index, name: snapshotName(index), through });
  }

  async #readChunk(chunk: ChunkRead): Promise<void> {
    const { to, snapshot, offset } = chunk;
    const { name } = snapshot;
    try {
      const piece = await this.#snapshots.read(chunk);
      if ("instead" in piece) {
        const { base } = this.#raft;
        const index = piece.instead;
        if (index >= base.index && index <= this.#applied && index > 0) {
          const through = base.index;
          this.#feed({ type: "compact", index, name: snapshotName(index), through });
        }
        this.#feed({ type: "chunk", to, name, offset, bytes: null, isLast: false });
      } else {
        const { bytes, isLast } = piece;
        this.#feed({ type: "chunk", to, name, offset, bytes, isLast });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  // Callers.

  #propose(): void {
    const proposals = this.#proposals;
    this.#proposals = [];
    const { role, term: led } = this.#raft.standing;
    const accepted = [];
    for (const { data, term, pending } of proposals) {
      if (this.#closed !== null || role !== "leader" || led !== term) {
        pending.reject(new HoldfastError("unavailable", "this node does not lead"));
        continue;
      }
      const id = this.#newId();
      this.#asked.set(id, pending);
      accepted.push({ id, data });
    }
    if (accepted.length > 0) this.#feed({ type: "propose", proposals: accepted });
  }

  #pass(answer: Answer): void {
    const { id } = answer;
    if (answer.type === "read") {
      this.#reads.pass(id);
      return;
    }
    const pending = this.#asked.get(id);
    this.#asked.delete(id);
    if (answer.type === "proposed") {
      assert(pending !== undefined, "RE2: an answer that nobody asked for");
      this.#proposed.add(answer.position, pending);
      return;
    }
    const error = refusalError(answer.reason);
    pending?.reject(error);
    this.#reads.refuse(id, error);
  }

  #newId(): RequestId {
    this.#lastId += 1;
    return this.#lastId as RequestId;
  }
}
