// What was promised in a run, to be held against what is there later.
//
// Promises (a violation's message begins with the id):
//   S1  What was acknowledged as saved is in the store that acknowledged it, and in
//       every replica once all is well.
//   S2  What was acknowledged as local is there when its client starts again.
//   S3  Once all is well, all replicas and all stores hold the same, in good time; and
//       who holds the same, at whatever time, reads the same.
//   S4  No reader goes backwards: what a document held, it holds.
//   S5  What a store holds is whole: nothing without what it builds on, keys that agree.
//   S6  A word is in a text, and in a list, at most once; a list holds words, and nothing else.
//   S7  An event id that was acknowledged is never given out again.
//   S8  A program that was asked to end does, and leaves nothing running.
//   S9  Undo takes away nothing that others wrote.
//   S10 Once all is well, who has a document open is shown all others at their server
//       who have it open, and nobody who left, in good time.
//   S11 All that was ever shown of a text, or of a list, fits one order of its units.
//
// S1 to S4 and S11 are left to the judge of merged data, by what is written down here of
// each document: S2 whenever a copy is opened, the others in the end. That all is well in
// good time is for the scenario to see. Units are looked up where somebody undoes: that
// takes longer than all else.

import { type EventId, type EventRun, VersionVector } from "@holdfast/causality";
import type { Doc } from "@holdfast/doc";
import { type RunHistory, ViolationError } from "@holdfast/sim";
import { DocumentHistory, type PromiseNames } from "../document_history.ts";
import { shownOf, type Units, unitsOf } from "./document_content.ts";

/** By what name a broken promise goes when a copy is opened again. */
const opening: PromiseNames = { durability: "S2", "no-rollback": "S4" };
/** By what name it goes in the end. */
const whole: PromiseNames = {
  durability: "S1",
  "no-rollback": "S4",
  "eventual-delivery": "S3",
  convergence: "S3",
  "weak-list": "S11",
  "strong-list": "S11",
};

/** A document after an undo. */
interface Undone {
  readonly doc: Doc;
  /** The units that it showed before. */
  readonly before: readonly Units[];
}

/** The books of one run. */
export class SyncLedger {
  readonly counts = { written: 0, local: 0, saved: 0, restarts: 0, compared: 0 };
  /** By client and document: how far its own events are durable on its disk. */
  readonly #local = new Map<string, VersionVector>();
  readonly #histories: ReadonlyMap<string, DocumentHistory>;

  constructor(documents: readonly string[]) {
    this.#histories = new Map(documents.map((name) => [name, new DocumentHistory(name)]));
  }

  /** What it leaves behind to be looked at. */
  get kept(): readonly RunHistory[] {
    return [...this.#histories.values()].map(({ kept }) => kept);
  }

  /** A client made `run`. @throws {ViolationError} S7. */
  written(client: string, document: string, run: EventRun): void {
    this.counts.written += 1;
    const given = this.#localOf(client, document).next(run.agent);
    if (run.from >= given) return;
    const sentence = `${client} gives out event ${run.from} of ${document} again, ${given} are local`;
    throw new ViolationError("S7", sentence);
  }

  /**
   * A client undid what it did last; its document showed the units of `before`.
   *
   * @throws {ViolationError} S9 where units of others are gone.
   */
  undone(client: string, document: string, { doc, before }: Undone): void {
    const history = this.#historyOf(document);
    history.shows(client, before);
    const after = unitsOf(doc);
    this.looked(client, document, doc);
    history.shows(client, after);
    const name = ({ agent, seq }: EventId): string => `${agent}:${seq}`;
    const names = new Set(after.flatMap(({ units }) => units).map(name));
    for (const unit of before.flatMap(({ units }) => units)) {
      if (unit.agent === doc.agent || names.has(name(unit))) continue;
      const sentence = `${client} undid its own, and ${name(unit)} is gone from ${document}`;
      throw new ViolationError("S9", sentence);
    }
  }

  /** `run` was acknowledged as local. */
  local(client: string, document: string, run: EventRun): void {
    this.counts.local += 1;
    this.#localOf(client, document).advance(run.agent, run.to);
    this.#historyOf(document).durable(client, run);
  }

  /** `run` was acknowledged as saved by `store`. */
  saved(store: string, document: string, run: EventRun): void {
    this.counts.saved += 1;
    this.#historyOf(document).acknowledged(store, run);
  }

  /** A client opened a document, for the first time or again. @throws {ViolationError} S2, S4. */
  opened(client: string, document: string, doc: Doc): void {
    this.counts.restarts += 1;
    const history = this.#historyOf(document);
    if (history.opened(client, doc.vector())) history.judgeHeld(client, opening);
  }

  /** Somebody looks at a document. */
  looked(client: string, document: string, doc: Doc): void {
    const history = this.#historyOf(document);
    if (history.holds(client, doc.vector())) history.shows(client, shownOf(doc));
  }

  /** Somebody looks into a store. */
  examined(store: string, document: string, held: VersionVector): void {
    this.#historyOf(document).opened(store, held);
  }

  /** All is well: all of `clients` hold the same of a document, and whatever was acknowledged anywhere. */
  settled(document: string, clients: ReadonlyMap<string, Doc>): void {
    const history = this.#historyOf(document);
    for (const [client, doc] of clients) {
      history.holds(client, doc.vector());
      history.shows(client, shownOf(doc));
      history.holdsAll(client);
      this.counts.compared += 1;
    }
    history.settled([...clients.keys()]);
  }

  /** Nothing more comes. @throws {ViolationError} S1, S3, S4, S11. */
  end(): void {
    for (const history of this.#histories.values()) history.judge(whole);
  }

  #historyOf(document: string): DocumentHistory {
    return this.#histories.get(document)!;
  }

  #localOf(client: string, document: string): VersionVector {
    const key = `${client}/${document}`;
    const vector = this.#local.get(key) ?? new VersionVector();
    this.#local.set(key, vector);
    return vector;
  }
}
