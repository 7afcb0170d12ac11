// What one replica holds, record by record, and the promises about that: each event is
// applied once and after what it builds on, nothing is lost without a restart, and what is
// durable is never lost.

import type { Budget } from "../graph/budget.ts";
import { type EventRun, EventSet, eventSetOf } from "./event_set.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { idName, recordName } from "./names.ts";
import type { MergePromise } from "./verdict.ts";

/** Told of every change of what the replica holds. */
export interface HoldingsListener {
  /** These events came in. */
  applied(run: EventRun): void;
  /** From now on exactly these are held. */
  replaced(set: EventSet): void;
}

/** Walks the records of one replica. */
export class Holdings {
  #set = new EventSet();
  #durable = new EventSet();
  readonly #index: LogIndex;
  readonly #replica: string;
  readonly #faults: Faults;
  readonly #listener: HoldingsListener;
  readonly #budget: Budget;

  constructor(
    index: LogIndex,
    replica: string,
    to: { readonly faults: Faults; readonly listener: HoldingsListener; readonly budget: Budget },
  ) {
    this.#index = index;
    this.#replica = replica;
    this.#faults = to.faults;
    this.#listener = to.listener;
    this.#budget = to.budget;
  }

  /** What it holds now. */
  get set(): EventSet {
    return this.#set;
  }

  /** Takes in the next record of the replica; records that change nothing are passed over. */
  take(place: number): void {
    const record = this.#index.records[place]!;
    switch (record.type) {
      case "event":
        this.#apply(this.#index.run(record.id), place);
        break;
      case "version":
        this.#become(eventSetOf(this.#index.runs(record.events)), place);
        break;
      case "durable":
        this.#promiseDurable(record.events, place);
        break;
      case "restart":
        this.#restart(eventSetOf(this.#index.runs(record.events)), place);
        break;
    }
  }

  #apply(run: EventRun, place: number): void {
    this.#faults.judged("once");
    const [twice] = this.#set.parts(run, true);
    if (twice !== undefined) {
      this.#blame("once", place, twice, (event) => `applied event ${event}, which it held already`);
    }
    this.#checkOrder(run, this.#set, place);
    const added = [...this.#set.parts(run, false)];
    this.#set.add(run);
    for (const part of added) this.#listener.applied(part);
  }

  // Within a run each event comes after the one before it; its parents may lie in it too.
  #checkOrder(run: EventRun, held: EventSet, place: number): void {
    const { agent, from } = run;
    if (from > 0) {
      this.#faults.judged("causal-delivery");
      const before = { agent, from: from - 1, to: from };
      if (!held.has(agent, from - 1)) this.#blameOrder(run, before, place);
    }
    for (const { sequence, parents } of this.#index.parents.of(run)) {
      this.#faults.judged("causal-delivery");
      this.#budget.spend(parents.length);
      const missing = parents.find(
        (parent) =>
          !held.has(parent.agent, parent.from) &&
          !(parent.agent === agent && parent.from >= from && parent.from < sequence),
      );
      if (missing !== undefined) this.#blameOrder({ ...run, from: sequence }, missing, place);
    }
  }

  #blameOrder(run: EventRun, missing: EventRun, place: number): void {
    const parent = idName(this.#index.id(missing.agent, missing.from));
    this.#blame(
      "causal-delivery",
      place,
      run,
      (event) => `applied event ${event} without ${parent}, which that builds on`,
    );
  }

  // Of what a version tells without saying in which order it came, only the whole is judged.
  #become(version: EventSet, place: number): void {
    this.#faults.judged("no-rollback");
    const [lost] = this.#set.without(version);
    const added = [...version.without(this.#set)];
    for (const run of added) this.#checkOrder(run, version, place);
    this.#set = version;
    if (lost === undefined) {
      for (const run of added) this.#listener.applied(run);
      return;
    }
    this.#blame(
      "no-rollback",
      place,
      lost,
      (event) => `no longer holds event ${event}, and did not restart`,
    );
    this.#checkDurable(version, place, "");
    this.#listener.replaced(version);
  }

  #promiseDurable(events: Parameters<LogIndex["runs"]>[0] | undefined, place: number): void {
    this.#faults.judged("durability");
    const promised = events === undefined ? [...this.#set.runs()] : this.#index.runs(events);
    for (const run of promised) {
      this.#budget.spend(1);
      const [absent] = this.#set.parts(run, false);
      if (absent !== undefined) {
        this.#blame(
          "durability",
          place,
          absent,
          (event) => `called event ${event} durable, and does not hold it`,
        );
      }
      for (const part of this.#set.parts(run, true)) this.#durable.add(part);
    }
  }

  #restart(version: EventSet, place: number): void {
    this.#faults.judged("durability");
    this.#faults.judged("no-rollback");
    this.#checkDurable(version, place, " in a restart");
    const [invented] = version.without(this.#set);
    if (invented !== undefined) {
      this.#blame(
        "no-rollback",
        place,
        invented,
        (event) => `came back with event ${event}, which it never applied`,
      );
    }
    this.#set = version;
    this.#listener.replaced(version);
  }

  // What is lost is blamed once: afterwards it counts as promised no more.
  #checkDurable(version: EventSet, place: number, when: string): void {
    const [lost] = this.#durable.without(version);
    if (lost === undefined) return;
    this.#blame(
      "durability",
      place,
      lost,
      (event) => `lost event ${event}${when}, though it was durable`,
    );
    const kept = [...this.#durable.runs()].flatMap((run) => [...version.parts(run, true)]);
    this.#durable = eventSetOf(kept);
  }

  #blame(
    promise: MergePromise,
    place: number,
    { agent, from }: EventRun,
    what: (event: string) => string,
  ): void {
    const id = this.#index.id(agent, from);
    this.#faults.add(promise, {
      sentence: `${this.#replica} ${what(idName(id))} (${recordName(place)})`,
      places: [place],
      ids: [id],
      weight: place,
    });
  }
}
