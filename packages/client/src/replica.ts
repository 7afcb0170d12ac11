// One open document: the Doc, what of it is kept here, and what a server has.
//
//   edit -> doc -> persistence (local) -> outbox -> session (sent) -> store (saved)
//   session -> doc -> persistence
//
// Four version vectors say where each event is. `all`: in memory. `local`: durable
// here. `sent`, `saved`: as the last session told. Where a write stands is read
// off them, never kept beside them.
//
// Invariants:
//   RE1  `local` holds an event only if it, and what was appended before it, is durable.
//   RE2  Only events of `local` are given to a session.
//   RE3  `saved` is of the store that said so; another store begins from what it says.
//   RE4  An event of this agent that comes from elsewhere and is not here means
//        that somebody else writes in its name: it is not taken in.

import { type AgentId, type EventRun, VersionVector } from "@holdfast/causality";
import {
  type Bundle,
  type Change,
  clipBundle,
  Doc,
  type DocumentId,
  decodeBundle,
  type Patch,
} from "@holdfast/doc";
import { equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import type { AppendOutcome, Arrival, HeldBundle, StoreName } from "@holdfast/sync";
import { Milestones } from "./milestones.ts";
import { Outbox } from "./outbox.ts";
import type { Persistence, ServerKnowledge } from "./persistence.ts";
import type { DocumentStatus, Write, WriteState } from "./write.ts";

/** Hears that something of a replica changed. */
export type ReplicaListener = () => void;

/** A document that is open, shared by all its handles and the session. */
export class Replica {
  readonly doc: Doc;
  readonly #persistence: Persistence;
  readonly #all: VersionVector;
  readonly #local: VersionVector;
  #sent = new VersionVector();
  #saved = new VersionVector();
  #store: StoreName | null = null;
  #knowledgeChanged = false;
  readonly #outbox = new Outbox();
  readonly #reachLocal = new Milestones();
  readonly #reachSaved = new Milestones();
  readonly #pieceListeners = new Set<ReplicaListener>();
  readonly #statusListeners = new Set<ReplicaListener>();
  readonly #unsubscribe: () => void;
  // Counts failures of the disk. What was appended before the last one does not
  // count as durable, whatever became of it: something before it may be missing.
  #failures = 0;
  #diskError: HoldfastError | null = null;
  #refusal: HoldfastError | null = null;
  // Set while this session saves no more of the document.
  #finalRefusal: HoldfastError | null = null;
  // While a change is made, how many patches told of local edits: its own comes first.
  #patches: number | null = null;
  #underWay = 0;
  #idle: (() => void) | null = null;
  #closed = false;

  private constructor(doc: Doc, persistence: Persistence) {
    this.doc = doc;
    this.#persistence = persistence;
    this.#all = doc.vector();
    this.#local = doc.vector();
    this.#unsubscribe = doc.subscribe((patch) => this.#onPatch(patch));
  }

  /**
   * Reads a document from where it is kept.
   *
   * @throws {HoldfastError} What the persistence or the Doc says of damage.
   */
  static async load(document: DocumentId, persistence: Persistence): Promise<Replica> {
    const { bundles, server } = await persistence.load(document);
    const doc = new Doc({ document, agent: persistence.agent });
    applyAll(doc, bundles);
    const replica = new Replica(doc, persistence);
    if (server !== null) replica.#recall(server);
    return replica;
  }

  /** What is durable here; a copy. */
  get local(): VersionVector {
    return this.#local.clone();
  }

  /** What of {@link local} `store` has with the same content, for all that is known. */
  confirmed(store: StoreName): VersionVector {
    const known = this.#isOf(store);
    const entries = this.#local.entries().map(([agent, next]): readonly [AgentId, number] => {
      if (!this.#persistence.writers.has(agent)) return [agent, next];
      return [agent, known ? Math.min(next, this.#saved.next(agent)) : 0];
    });
    return new VersionVector(entries);
  }

  /** Makes one change of the edits in `fn`. Inside of another change it is part of that one, and its own write is of nothing. */
  change(fn: () => void): Write {
    if (this.#closed) throw closed(this.doc.document);
    if (this.#patches !== null) {
      fn();
      return this.#write(null);
    }
    this.#patches = 0;
    let patches = 0;
    let change: Change | null;
    try {
      change = this.doc.change(fn);
    } finally {
      patches = this.#patches;
      this.#patches = null;
    }
    if (change === null) return this.#write(null);
    this.#keep(change.run, change.bundles());
    // Subscribers have made changes of their own.
    if (patches > 1) this.#keepRest();
    return this.#write(change.run);
  }

  /** Where the writes made here stand. O(writers). */
  status(): DocumentStatus {
    let pendingCount = 0;
    let localCount = 0;
    let sentCount = 0;
    for (const agent of this.#persistence.writers) {
      const saved = this.#saved.next(agent);
      const sent = Math.max(saved, this.#sent.next(agent));
      const local = Math.max(sent, this.#local.next(agent));
      pendingCount += Math.max(0, this.#all.next(agent) - local);
      localCount += local - sent;
      sentCount += sent - saved;
    }
    const least: WriteState = sentCount > 0 ? "sent" : "saved";
    const state = pendingCount > 0 ? "pending" : localCount > 0 ? "local" : least;
    const problem = this.#diskError ?? this.#refusal;
    return { state, pendingCount, localCount, sentCount, problem };
  }

  /** Resolves once all that was written here until now is durable here. */
  whenLocal(): Promise<void> {
    return this.#waitLocal(this.#ownRun());
  }

  /** Resolves once all that was written here until now is durable at the server. */
  async whenSaved(): Promise<void> {
    const runs: EventRun[] = [];
    for (const agent of this.#persistence.writers) {
      const to = this.#all.next(agent);
      if (to > 0) runs.push({ agent, from: to - 1, to });
    }
    for (const run of runs) await this.#waitSaved(run);
  }

  /** Calls `listener` when a step of {@link status} may have changed. */
  onStatus(listener: ReplicaListener): () => void {
    this.#statusListeners.add(listener);
    return () => void this.#statusListeners.delete(listener);
  }

  /** Calls `listener` when there is more to {@link read}. */
  onPiece(listener: ReplicaListener): () => void {
    this.#pieceListeners.add(listener);
    return () => void this.#pieceListeners.delete(listener);
  }

  /** As `Holdings.read`. Pieces as they were made where that is still known, else cut anew. */
  async *read(before: VersionVector, after: Arrival): AsyncGenerator<HeldBundle> {
    // What came from the server meanwhile it holds, too.
    const since = before.clone();
    since.merge(this.#saved);
    let at = after;
    if (this.#outbox.reaches(after)) {
      this.#outbox.forgetThrough(after);
    } else if (this.#coversBeforeOutbox(since)) {
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
    const stranger = this.#ownFromElsewhere(bundle);
    if (stranger !== null) return { type: "equivocation", run: stranger };
    const { applied, missing } = this.doc.apply(bundle);
    if (missing.length > 0) return { type: "missing_dependency", vector: this.local };
    this.#noteSaved(bundle);
    if (applied.length === 0) return { type: "known", vector: this.local };
    for (const run of applied) this.#all.advance(run.agent, run.to);
    await this.#append([bytes], applied);
    return { type: "stored", vector: this.local };
  }

  /** Takes what a session begins with. */
  opened(store: StoreName, saved: VersionVector): void {
    this.#store = store;
    this.#saved = saved.clone();
    this.#sent = saved.clone();
    this.#refusal = null;
    this.#finalRefusal = null;
    this.#knowledgeChanged = true;
    this.#reachSaved.reach(this.#saved);
    this.#changed();
  }

  /** Notes what was sent. */
  sent(vector: VersionVector): void {
    this.#sent.merge(vector);
    this.#changed();
  }

  /** Notes what the store acknowledged. */
  saved(vector: VersionVector): void {
    this.#saved.merge(vector);
    this.#refusal = null;
    this.#knowledgeChanged = true;
    this.#reachSaved.reach(this.#saved);
    this.#changed();
  }

  /** Notes why nothing is saved; `final` where nothing will be. */
  refused(error: HoldfastError, final: boolean): void {
    this.#refusal = error;
    if (final) {
      this.#finalRefusal = error;
      // Nothing is on its way any more.
      this.#sent = this.#saved.clone();
      this.#reachSaved.fail(error);
    }
    this.#changed();
  }

  /** Tries again to keep what a failing disk did not. */
  async keepMissing(): Promise<void> {
    if (this.#diskError !== null) await this.#keepPieces([], []);
  }

  /** Writes down what is known of the server, if it is news. */
  async remember(): Promise<void> {
    if (!this.#knowledgeChanged || this.#store === null) return;
    this.#knowledgeChanged = false;
    const knowledge = { store: this.#store, sent: this.#sent.clone(), saved: this.#saved.clone() };
    try {
      await this.#persistence.remember(this.doc.document, knowledge);
    } catch (error) {
      this.#knowledgeChanged = true;
      throw error;
    }
  }

  /** Takes no more edits; resolves once all is kept, or could not be. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#reachLocal.fail(closed(this.doc.document));
    this.#reachSaved.fail(closed(this.doc.document));
    try {
      await this.remember();
    } catch (error) {
      // To lose it costs sending again.
      if (!isHoldfastError(error)) throw error;
    }
  }

  #recall({ store, sent, saved }: ServerKnowledge): void {
    this.#store = store;
    this.#sent = sent.meet(this.#all);
    this.#saved = saved.meet(this.#all);
  }

  #isOf(store: StoreName): boolean {
    if (this.#store === null) return false;
    return this.#store.epoch === store.epoch && equalBytes(this.#store.identity, store.identity);
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
      // Where nobody listens, nobody is connected: what is made now is cut together later.
      if (result === "recut" || this.#pieceListeners.size === 0) this.#outbox.skip();
      else for (const piece of pieces) this.#outbox.push(piece, runs[0]!.from);
    } catch (error) {
      // Whoever waits for it was told.
      if (!isHoldfastError(error)) throw error;
      return;
    }
    for (const listener of this.#pieceListeners) listener();
  }

  /**
   * Makes `pieces`, which hold `runs`, durable; or, where something before them is
   * not, all that is not (`recut`). `behind`: something before them failed meanwhile.
   */
  async #append(
    pieces: readonly Uint8Array[],
    runs: readonly EventRun[],
  ): Promise<"kept" | "recut" | "behind"> {
    const failures = this.#failures;
    const recut = this.#diskError !== null;
    const all = recut ? this.#all.clone() : null;
    const parts = recut ? this.doc.bundles(this.#local) : pieces;
    this.#underWay += 1;
    try {
      const { document } = this.doc;
      await Promise.all(parts.map((part) => this.#persistence.append(document, part)));
    } catch (error) {
      if (isHoldfastError(error)) this.#notKept(error);
      throw error;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#idle?.();
    }
    if (failures !== this.#failures) return "behind";
    this.#diskError = null;
    if (all !== null) this.#local.merge(all);
    for (const { agent, to } of runs) this.#local.advance(agent, to);
    this.#reachLocal.reach(this.#local);
    this.#changed();
    return recut ? "recut" : "kept";
  }

  #notKept(error: HoldfastError): void {
    this.#failures += 1;
    this.#diskError = error;
    this.#reachLocal.fail(error);
    this.#changed();
  }

  #write(run: EventRun | null): Write {
    const replica = this;
    return {
      run,
      get state() {
        return run === null ? "saved" : replica.#stateOf(run);
      },
      get local() {
        return replica.#waitLocal(run);
      },
      get saved() {
        return replica.#waitSaved(run);
      },
    };
  }

  #stateOf({ agent, to }: EventRun): WriteState {
    if (this.#saved.next(agent) >= to) return "saved";
    if (this.#sent.next(agent) >= to) return "sent";
    return this.#local.next(agent) >= to ? "local" : "pending";
  }

  async #waitLocal(run: EventRun | null): Promise<void> {
    if (run === null || this.#local.next(run.agent) >= run.to) return;
    if (this.#diskError !== null) throw this.#diskError;
    if (this.#closed) throw closed(this.doc.document);
    await this.#reachLocal.wait(run);
  }

  async #waitSaved(run: EventRun | null): Promise<void> {
    if (run === null || this.#saved.next(run.agent) >= run.to) return;
    if (this.#finalRefusal !== null) throw this.#finalRefusal;
    if (this.#closed) throw closed(this.doc.document);
    await this.#reachSaved.wait(run);
  }

  #ownRun(): EventRun | null {
    const { agent } = this.doc;
    const to = this.#all.next(agent);
    return to === 0 ? null : { agent, from: to - 1, to };
  }

  #ownFromElsewhere({ sections }: Bundle): EventRun | null {
    const next = this.#all.next(this.doc.agent);
    const runs = sections.flatMap((section) => section.runs);
    return runs.find(({ agent, to }) => agent === this.doc.agent && to > next) ?? null;
  }

  #noteSaved({ sections }: Bundle): void {
    for (const { agent, to } of sections.flatMap((section) => section.runs)) {
      this.#saved.advance(agent, to);
      this.#sent.advance(agent, to);
    }
    this.#knowledgeChanged = true;
    this.#reachSaved.reach(this.#saved);
  }

  // Whether `since` lacks nothing that is durable but what lies in the outbox.
  #coversBeforeOutbox(since: VersionVector): boolean {
    const { agent } = this.doc;
    const from = this.#outbox.from ?? this.#local.next(agent);
    return this.#local
      .entries()
      .every(([name, next]) => since.next(name) >= (name === agent ? Math.min(from, next) : next));
  }

  #cut(since: VersionVector): readonly Uint8Array[] {
    const pieces = this.doc.bundles(since);
    if (this.#local.covers(this.#all)) return pieces;
    return pieces
      .map((piece) => clipBundle(piece, since, this.#local))
      .filter((piece) => piece !== null);
  }

  #changed(): void {
    for (const listener of this.#statusListeners) listener();
  }
}

// After a disk was full, a piece may come before one that it builds on; that was
// written again later. One whose ids were given to something else meanwhile was
// never acknowledged, and is passed over.
function applyAll(doc: Doc, bundles: readonly Uint8Array[]): void {
  let early: Uint8Array[] = [];
  for (const bundle of bundles) if (doc.apply(bundle).missing.length > 0) early.push(bundle);
  for (let count = -1; count !== early.length; ) {
    count = early.length;
    early = early.filter((bundle) => isStillEarly(doc, bundle));
  }
}

function isStillEarly(doc: Doc, bundle: Uint8Array): boolean {
  try {
    return doc.apply(bundle).missing.length > 0;
  } catch (error) {
    if (isHoldfastError(error, "equivocation", "invalid_operation")) return false;
    throw error;
  }
}

function closed(document: DocumentId): HoldfastError {
  return new HoldfastError("closed", `${document} was closed`);
}
