// What the replicas of one document held and showed in a run, as a log for the judge of
// merged data (docs/formats/merge-log.md).
//
// A replica is a client's copy or a server's store, whatever process keeps it. What is
// known of it are versions, at the moments when somebody looked. So what came in after
// the last look, and is there when the copy is opened again, was there before it was closed.

import { type EventId, type EventRun, VersionVector } from "@holdfast/causality";
import {
  judgeMerge,
  type MergeId,
  type MergePromise,
  type MergeRecord,
  type MergeStateRecord,
  writeMergeLog,
} from "@holdfast/check";
import { type RunHistory, ViolationError } from "@holdfast/sim";
import { EventNames } from "./event_names.ts";

/**
 * What is shown of one object of a document: its value, its elements by their names, or the
 * events that inserted its units.
 */
export type Shown =
  | Required<Pick<MergeStateRecord, "object" | "value">>
  | Required<Pick<MergeStateRecord, "object" | "list">>
  | { readonly object: string; readonly units: readonly EventId[] };

/** What one event inserted. */
export interface Insertion {
  /** The last event of its writer so far. */
  readonly event: EventId;
  readonly object: string;
  readonly element: string;
}

/** By which name a broken promise of merged data goes in a scenario. What is left out is not judged. */
export type PromiseNames = Readonly<Partial<Record<MergePromise, string>>>;

/** See the head of this file. */
export class DocumentHistory {
  readonly #document: string;
  readonly #records: MergeRecord[] = [];
  /** What each replica held when it was last looked at. */
  readonly #held = new Map<string, VersionVector>();
  readonly #names = new EventNames();
  /** What anybody may not lose. */
  readonly #durable = new VersionVector();

  constructor(document: string) {
    this.#document = document;
  }

  /** What it leaves behind to be looked at. */
  get kept(): RunHistory {
    const text = (): string => writeMergeLog(this.#records);
    return { file: `${this.#document}.jsonl`, judge: "merge", text };
  }

  /** `replica` was opened, and holds `vector`. Answers whether it was opened before. */
  opened(replica: string, vector: VersionVector): boolean {
    const known = this.#held.get(replica);
    const before = known?.clone() ?? new VersionVector();
    before.merge(vector);
    this.#records.push({ type: "version", replica, events: this.#names.ids(before) });
    for (const run of before.missingFrom(vector)) this.#lost(replica, run);
    this.#records.push({ type: "restart", replica, events: this.#names.ids(vector) });
    this.#held.set(replica, vector.clone());
    return known !== undefined;
  }

  /** `replica` holds `vector` now. Answers whether that is something else than before. */
  holds(replica: string, vector: VersionVector): boolean {
    if (this.#held.get(replica)?.equals(vector) === true) return false;
    this.#records.push({ type: "version", replica, events: this.#names.ids(vector) });
    this.#held.set(replica, vector.clone());
    return true;
  }

  /** `replica` made an event, by which it inserted `element` into a list, and holds `vector` then. */
  inserted(replica: string, vector: VersionVector, { event, object, element }: Insertion): void {
    const before = new VersionVector(
      vector.entries().map(([agent, next]) => [agent, agent === event.agent ? event.seq : next]),
    );
    this.holds(replica, before);
    const id = this.#nameOf(event);
    this.#records.push({ type: "event", replica, id, object, insert: [element] });
    this.#held.set(replica, vector.clone());
  }

  /** `replica` shows this now. */
  shows(replica: string, objects: readonly Shown[]): void {
    for (const shown of objects) {
      const state = { type: "state", replica, object: shown.object } as const;
      if ("units" in shown) {
        this.#records.push({ ...state, list: shown.units.map((unit) => this.#nameOf(unit)) });
      } else {
        this.#records.push({ ...shown, ...state });
      }
    }
  }

  /** `replica` may not lose `run` from now on, nor what its writer made before. */
  durable(replica: string, { agent, to }: EventRun): void {
    this.#durable.advance(agent, to);
    this.#records.push({ type: "durable", replica, events: this.#names.upTo(agent, to) });
  }

  /** As {@link durable}, of a replica that nobody looks at: it says that it holds `run`. */
  acknowledged(replica: string, run: EventRun): void {
    const held = this.#held.get(replica)?.clone() ?? new VersionVector();
    held.advance(run.agent, run.to);
    this.holds(replica, held);
    this.durable(replica, run);
  }

  /** All is well: `replica` holds whatever was durable anywhere. */
  holdsAll(replica: string): void {
    this.#records.push({ type: "durable", replica, events: this.#names.ids(this.#durable) });
  }

  /** All was delivered to `replicas`. */
  settled(replicas: readonly string[]): void {
    this.#records.push({ type: "settled", replicas });
  }

  /** Judges all. @throws {ViolationError} By `names`. */
  judge(names: PromiseNames): void {
    this.#require(this.#records, names);
  }

  /** Judges what one replica held, and not what was shown. @throws {ViolationError} By `names`. */
  judgeHeld(replica: string, names: PromiseNames): void {
    const own = this.#records.filter(
      (record) =>
        record.type !== "settled" && record.type !== "state" && record.replica === replica,
    );
    this.#require(own, names);
  }

  // What is lost with the only replica that had it may be given out again under the same
  // ids. What another one has seen is the same event for ever, and the judge has to say so.
  #lost(replica: string, { agent, from, to }: EventRun): void {
    let seen = from;
    for (const [other, held] of this.#held) {
      if (other !== replica) seen = Math.max(seen, held.next(agent));
    }
    if (seen < to) this.#names.cut(agent, seen);
  }

  #require(records: readonly MergeRecord[], names: PromiseNames): void {
    const promises = Object.keys(names) as MergePromise[];
    const [fault] = judgeMerge(records, { promises }).faults;
    if (fault === undefined) return;
    throw new ViolationError(names[fault.promise]!, `${this.#document}: ${fault.sentence}`);
  }

  #nameOf({ agent, seq }: EventId): MergeId {
    return this.#names.id(agent, seq);
  }
}
