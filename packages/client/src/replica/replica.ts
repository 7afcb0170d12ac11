// One open document: the Doc, what of it is kept here, and what a server has.
//
//   edit -> doc -> persistence (local) -> outbox -> session (sent) -> store (saved)
//   session -> doc -> persistence
//   siblings -> persistence -> doc (local) -> outbox -> session
//
// Four version vectors say where each event is. `all`: in memory. `local`: durable
// here (kept_events.ts). `sent`, `saved`: at the server (standing.ts). Where a write
// stands is read off them, never kept beside them.
//
// Invariants:
//   RE2  Only events of `local` are given to a session.
//   RE4  An event of this agent, or of a sibling's, that comes from elsewhere and is
//        not here means that somebody else writes in its name: it is not taken in.
//   RE5  Once an event that is here came from a server with another content, nothing
//        more of that server is taken in: it would be read on what is here, and be
//        counted as what the server has.

import { type AgentId, type EventRun, VersionVector } from "@holdfast/causality";
import {
  type Applied,
  type Bundle,
  type Change,
  type ChangeOptions,
  clipBundle,
  Doc,
  type DocumentId,
  decodeBundle,
  type Patch,
} from "@holdfast/doc";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { AppendOutcome, Arrival, HeldBundle, StoreName } from "@holdfast/sync";
import type { Persistence } from "../copy/persistence.ts";
import { CopyReader } from "./copy_reader.ts";
import { type KeepResult, KeptEvents } from "./kept_events.ts";
import { Outbox } from "./outbox.ts";
import { Standing, type ToldStanding } from "./standing.ts";
import type { DocumentStatus, Write } from "./write.ts";
import { Writes } from "./writes.ts";

/** Hears that something of a replica changed. */
export type ReplicaListener = () => void;

/** What a {@link Replica} is read from. */
export interface ReplicaOptions {
  readonly document: DocumentId;
  readonly persistence: Persistence;
  /** Who else writes to the copy now; changes. Null where nobody else can have it open. */
  readonly siblings: ReadonlySet<AgentId> | null;
}

/** A document that is open, shared by all its handles and the session. */
export class Replica {
  readonly doc: Doc;
  readonly #persistence: Persistence;
  readonly #siblings: ReadonlySet<AgentId> | null;
  readonly #all: VersionVector;
  readonly #kept: KeptEvents;
  readonly #standing = new Standing();
  readonly #writes: Writes;
  readonly #reader: CopyReader;
  // All who wrote to the copy, before it was lost too.
  readonly #knownWriters = new Set<AgentId>();
  // Up to where the copy was read.
  #position = 0;
  #catchUpWanted = false;
  #catchingUp: Promise<void> | null = null;
  readonly #outbox = new Outbox();
  readonly #pieceListeners = new Set<ReplicaListener>();
  readonly #statusListeners = new Set<ReplicaListener>();
  readonly #keptListeners = new Set<ReplicaListener>();
  readonly #stops: readonly (() => void)[];
  // Of a piece that lies in the copy and was passed over; it stays there.
  #pieceProblem: HoldfastError | null = null;
  // Of the last time that the copy was read.
  #readProblem: HoldfastError | null = null;
  #isDoubled = false;
  // What a server sent with another content than it has here.
  #contradiction: HoldfastError | null = null;
  // While a change is made, how many patches told of local edits: its own comes first.
  #patches: number | null = null;
  #closed = false;

  private constructor(doc: Doc, reader: CopyReader, options: ReplicaOptions) {
    const { persistence, siblings } = options;
    this.doc = doc;
    this.#reader = reader;
    this.#persistence = persistence;
    this.#siblings = siblings;
    this.#all = doc.vector();
    const onChange = (): void => this.#changed();
    this.#kept = new KeptEvents({ doc, persistence, all: this.#all, onChange });
    this.#writes = new Writes(doc.document, this.#kept, this.#standing);
    this.#stops = [
      doc.subscribe((patch) => this.#onPatch(patch)),
      persistence.onLost(() => this.#onLost()),
    ];
  }

  /**
   * Reads a document from where it is kept.
   *
   * @throws {HoldfastError} What the persistence or the Doc says of damage.
   */
  static async load(options: ReplicaOptions): Promise<Replica> {
    const { document, persistence } = options;
    const { agent } = persistence;
    const { bundles, position, server } = await persistence.load(document);
    if (agent !== persistence.agent) return Replica.load(options);
    const doc = new Doc({ document, agent });
    const reader = new CopyReader(doc);
    const problem = reader.takeAll(bundles);
    const replica = new Replica(doc, reader, options);
    replica.#pieceProblem = problem;
    replica.#position = position;
    if (server !== null) replica.#standing.recall(server, replica.#all);
    return replica;
  }

  /** What is durable here; a copy. */
  get local(): VersionVector {
    return this.#kept.local.clone();
  }

  /** What of {@link local} `store` has with the same content, for all that is known. */
  confirmed(store: StoreName): VersionVector {
    const known = this.#standing.isOf(store);
    const { saved } = this.#standing;
    const writers = this.#writers();
    const entries = this.#kept.local.entries().map(([agent, next]): readonly [AgentId, number] => {
      if (!writers.has(agent)) return [agent, next];
      return [agent, known ? Math.min(next, saved.next(agent)) : 0];
    });
    return new VersionVector(entries);
  }

  /** Makes one change of the edits in `fn`. Inside of another change it is part of that one, and its own write is of nothing. */
  change(fn: () => void, options: ChangeOptions = {}): Write {
    if (this.#closed) throw this.#closedError();
    if (this.#patches !== null) {
      // A subscriber that is told of the outer change makes one of its own, kept after that.
      const inner = this.doc.change(fn, options);
      return this.#writes.of(inner?.run ?? null);
    }
    this.#patches = 0;
    let patches = 0;
    let change: Change | null;
    try {
      change = this.doc.change(fn, options);
    } finally {
      patches = this.#patches;
      this.#patches = null;
    }
    if (change === null) return this.#writes.of(null);
    this.#keep(change.run, change.bundles());
    // Subscribers have made changes of their own.
    if (patches > 1) this.#keepRest();
    return this.#writes.of(change.run);
  }

  /** Where the writes made in this copy stand. O(writers). */
  status(): DocumentStatus {
    const counts = this.#writes.count(this.#all, this.#writers());
    const refusal = this.#standing.problem?.error ?? null;
    const problem = this.#kept.error ?? refusal ?? this.#pieceProblem ?? this.#readProblem;
    return { ...counts, problem };
  }

  /** Whether the server has all, or nothing more will be done about it for now. */
  get isSettled(): boolean {
    return this.status().state === "saved" || (this.#standing.problem?.isFinal ?? false);
  }

  /** Whether, since it was opened, the copy got a second content of an event. */
  get isDoubled(): boolean {
    return this.#isDoubled;
  }

  /** Resolves once all that was written here until now is durable here. */
  whenLocal(): Promise<void> {
    const { agent } = this.doc;
    const to = this.#all.next(agent);
    return this.#writes.whenLocal(to === 0 ? null : { agent, from: to - 1, to });
  }

  /** Resolves once all that was written here until now is durable at the server. */
  async whenSaved(): Promise<void> {
    const runs: EventRun[] = [];
    for (const agent of this.#writers()) {
      const to = this.#all.next(agent);
      if (to > 0) runs.push({ agent, from: to - 1, to });
    }
    for (const run of runs) await this.#writes.whenSaved(run);
  }

  /** Calls `listener` when a step of {@link status} may have changed. */
  onStatus(listener: ReplicaListener): () => void {
    return listen(this.#statusListeners, listener);
  }

  /** Calls `listener` when there is more to {@link read}. */
  onPiece(listener: ReplicaListener): () => void {
    return listen(this.#pieceListeners, listener);
  }

  /** Calls `listener` when something was made durable that siblings may not have seen. */
  onKept(listener: ReplicaListener): () => void {
    return listen(this.#keptListeners, listener);
  }

  /** As `Holdings.read`. Pieces as they were made where that is still known, else cut anew. */
  async *read(before: VersionVector, after: Arrival): AsyncGenerator<HeldBundle> {
    // What came from the server meanwhile it holds, too.
    const since = before.clone();
    since.merge(this.#standing.saved);
    let at = after;
    if (this.#outbox.reaches(after)) {
      this.#outbox.forgetThrough(after);
    } else if (since.covers(this.#outbox.before(this.#kept.local))) {
      // It lacks nothing that is durable but what lies in the outbox.
      at = this.#outbox.floor;
    } else {
      const last = this.#outbox.last;
      const pieces = this.#cut(since);
      for (const [index, bytes] of pieces.entries()) {
        // Only the last one completes the step; until then, a reader that comes back gets a new cut.
        yield { bytes, arrival: index === pieces.length - 1 ? last : after };
      }
      at = last;
    }
    while (this.#outbox.reaches(at)) {
      const piece = this.#outbox.next(at);
      if (piece === null) return;
      yield piece;
      at = piece.arrival;
    }
  }

  /** As `Holdings.append`, for what a server sent. Also throws what the Doc refuses it with. */
  async receive(bytes: Uint8Array): Promise<AppendOutcome> {
    const bundle = decodeBundle(bytes);
    const runs = bundle.sections.flatMap((section) => section.runs);
    // A sibling that led before may have sent what was not read here yet.
    if (this.#siblings !== null && this.#findStranger(runs) !== null) await this.catchUp();
    const stranger = this.#findStranger(runs);
    if (stranger !== null) return { type: "equivocation", run: stranger };
    const { applied, missing } = this.#applyReceived(bundle);
    if (missing.length > 0) return { type: "missing_dependency", vector: this.local };
    this.#standing.wasReceived(runs);
    if (applied.length === 0) return { type: "known", vector: this.local };
    for (const run of applied) this.#all.advance(run.agent, run.to);
    // With it was kept what could not be before: that may leave now.
    if ((await this.#append([bytes], applied)) === "recut") this.#offerAnew();
    return { type: "stored", vector: this.local };
  }

  /**
   * Reads what siblings appended; resolves when all is taken in that was durable
   * when it was called. What stands in the way shows in {@link status}.
   */
  catchUp(): Promise<void> {
    if (this.#siblings === null) return Promise.resolve();
    this.#catchUpWanted = true;
    this.#catchingUp ??= this.#readOn();
    return this.#catchingUp;
  }

  /** Takes what a session begins with. */
  opened(store: StoreName, saved: VersionVector): void {
    this.#standing.opened(store, saved);
    this.#changed();
  }

  /** Notes what was sent. */
  sent(vector: VersionVector): void {
    this.#standing.wasSent(vector);
    this.#changed();
  }

  /** Notes what the store acknowledged. */
  saved(vector: VersionVector): void {
    this.#standing.wasSaved(vector);
    this.#changed();
  }

  /** Notes why nothing is saved; `isFinal` where nothing will be. */
  refused(error: HoldfastError, isFinal: boolean): void {
    this.#standing.refused({ error, isFinal });
    this.#changed();
  }

  /** How it stands with the server, for siblings. */
  toldStanding(): ToldStanding {
    return this.#standing.told(this.#writers());
  }

  /** Takes what the sibling who holds the connection tells. */
  learn(told: ToldStanding): void {
    this.#standing.learn(told);
    this.#changed();
  }

  /** Tries again to keep what is not kept. */
  async keepMissing(): Promise<void> {
    if (this.#kept.isBehind) await this.#keepPieces([], []);
  }

  /** Writes down what is known of the server, if it is news. */
  remember(): Promise<void> {
    return this.#standing.writeDown((knowledge) =>
      this.#persistence.remember(this.doc.document, knowledge),
    );
  }

  /** Takes no more edits; resolves once all is kept, or could not be, tried once more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#writes.close();
    for (const stop of this.#stops) stop();
    await this.keepMissing();
    await this.#kept.end();
    await this.#catchingUp;
    this.#standing.fail(this.#closedError());
    try {
      await this.remember();
    } catch (error) {
      // To lose it costs sending again.
      if (!isHoldfastError(error)) throw error;
    }
  }

  // All that was kept is gone.
  #onLost(): void {
    this.#kept.lost();
    this.#position = 0;
    this.#outbox.skip();
    this.#standing.forgetWritten();
    void this.#keepPieces([], []);
  }

  #writers(): ReadonlySet<AgentId> {
    for (const agent of this.#persistence.writers) this.#knownWriters.add(agent);
    return this.#knownWriters;
  }

  async #readOn(): Promise<void> {
    const { document } = this.doc;
    do {
      this.#catchUpWanted = false;
      const { failures } = this.#kept;
      try {
        const { bundles, position } = await this.#persistence.appended(document, this.#position);
        // What was read before a loss says nothing of what is there now.
        if (failures !== this.#kept.failures) this.#catchUpWanted = true;
        else {
          this.#position = position;
          this.#takeFromCopy(bundles);
        }
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        this.#readProblem = error;
        this.#changed();
      }
    } while (this.#catchUpWanted && !this.#closed);
    // In the same step as the last look at what is wanted: nobody's wish is missed.
    this.#catchingUp = null;
  }

  #takeFromCopy(bundles: readonly Uint8Array[]): void {
    if (this.#closed) return;
    this.#writers();
    let isNews = false;
    const problem = this.#reader.take(
      bundles,
      (runs) => this.#kept.holds(runs),
      ({ bytes, runs, applied }) => {
        for (const { agent, to } of applied) this.#all.advance(agent, to);
        this.#kept.found(runs);
        if (applied.length === 0) return;
        isNews = true;
        this.#offer([bytes], runs, this.#kept.holds(runs));
      },
    );
    if (problem?.code === "equivocation") this.#isDoubled = true;
    this.#pieceProblem ??= problem;
    this.#readProblem = null;
    this.#changed();
    if (isNews) for (const listener of this.#pieceListeners) listener();
  }

  #applyReceived(bundle: Bundle): Applied {
    if (this.#contradiction !== null) throw this.#contradiction;
    try {
      return this.doc.apply(bundle);
    } catch (error) {
      if (isHoldfastError(error, "equivocation")) this.#contradiction = error;
      throw error;
    }
  }

  #findStranger(runs: readonly EventRun[]): EventRun | null {
    const isOurs = (agent: AgentId): boolean =>
      agent === this.doc.agent || (this.#siblings?.has(agent) ?? false);
    return runs.find(({ agent, to }) => isOurs(agent) && to > this.#all.next(agent)) ?? null;
  }

  #onPatch({ isLocal }: Patch): void {
    if (!isLocal) return;
    if (this.#patches === null) this.#keepRest();
    else this.#patches += 1;
  }

  // Keeps own events that are in the Doc and were not seen yet.
  #keepRest(): void {
    const { agent } = this.doc;
    const head = this.doc.version().find((id) => id.agent === agent);
    const to = head === undefined ? this.doc.vector().next(agent) : head.seq + 1;
    const from = this.#all.next(agent);
    if (to > from) this.#keep({ agent, from, to }, this.doc.bundles(this.#all));
  }

  #keep(run: EventRun, pieces: readonly Uint8Array[]): void {
    this.#all.advance(run.agent, run.to);
    void this.#keepPieces(pieces, [run]);
    this.#changed();
  }

  async #keepPieces(pieces: readonly Uint8Array[], runs: readonly EventRun[]): Promise<void> {
    try {
      const result = await this.#append(pieces, runs);
      if (result === "behind") return;
      this.#offer(pieces, runs, result === "kept");
    } catch (error) {
      // Whoever waits for it was told.
      if (!isHoldfastError(error)) throw error;
      return;
    }
    for (const listener of this.#pieceListeners) listener();
  }

  // Has a session send `pieces`, which hold `runs`, as they are; or all anew.
  #offer(pieces: readonly Uint8Array[], runs: readonly EventRun[], asTheyAre: boolean): void {
    // Where nobody listens, nobody is connected: what is made now is cut together later.
    if (!asTheyAre || this.#pieceListeners.size === 0) this.#outbox.skip();
    else for (const piece of pieces) this.#outbox.push(piece, runs);
  }

  #offerAnew(): void {
    this.#outbox.skip();
    for (const listener of this.#pieceListeners) listener();
  }

  async #append(pieces: readonly Uint8Array[], runs: readonly EventRun[]): Promise<KeepResult> {
    const result = await this.#kept.append(pieces, runs);
    if (result !== "behind") for (const listener of this.#keptListeners) listener();
    return result;
  }

  #cut(since: VersionVector): readonly Uint8Array[] {
    const pieces = this.doc.bundles(since);
    if (this.#kept.local.covers(this.#all)) return pieces;
    return pieces
      .map((piece) => clipBundle(piece, since, this.#kept.local))
      .filter((piece) => piece !== null);
  }

  #closedError(): HoldfastError {
    return new HoldfastError("closed", `${this.doc.document} was closed`);
  }

  #changed(): void {
    for (const listener of this.#statusListeners) listener();
  }
}

function listen(listeners: Set<ReplicaListener>, listener: ReplicaListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
