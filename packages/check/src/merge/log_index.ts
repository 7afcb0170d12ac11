// A merge log, arranged for its judges: the records of each replica in order, numbers for
// all names, and what is said of each event anywhere in the log.
//
// What an event does may be said by any record, so all are read once before any is judged.

import { deletes, EffectTable, inserts, moves, none } from "./effect_table.ts";
import { ElementTable } from "./element_table.ts";
import type { EventRun } from "./event_set.ts";
import { AgentTable, idName, NameTable, objectName, recordName } from "./names.ts";
import { ParentTable } from "./parent_table.ts";
import type { MergeEventRecord, MergeId, MergeIds, MergeRecord } from "./record.ts";

/** Two records that contradict each other on an event. */
export interface Contradiction {
  readonly sentence: string;
  readonly places: readonly [number, number];
  readonly ids: readonly MergeId[];
}

/** The arrangement. Linear in records, and in elements that their events change. */
export class LogIndex {
  readonly records: readonly MergeRecord[];
  readonly #agents = new AgentTable();
  readonly replicas = new NameTable();
  /** Of each replica, the places of its records, and of those that say that it is settled. */
  readonly placesOf: number[][] = [];
  readonly elements: ElementTable;
  readonly effects = new EffectTable();
  readonly parents = new ParentTable();
  readonly contradictions: Contradiction[] = [];
  /** Insertions of which more than one replica tells, so that nobody knows who made them. */
  readonly retold = new Set<number>();
  /** Objects of which the log tells what was inserted into them. */
  readonly described = new Set<number>();

  /** @throws {HoldfastError} `too_large` */
  constructor(records: readonly MergeRecord[]) {
    this.records = records;
    this.elements = new ElementTable(this.#agents);
    for (const [place, record] of records.entries()) {
      if (record.type === "settled") {
        const named = record.replicas?.map((name) => this.#replica(name));
        const settled = named ?? Array.from(this.placesOf.keys());
        for (const replica of new Set(settled)) this.placesOf[replica]!.push(place);
        continue;
      }
      this.placesOf[this.#replica(record.replica)]!.push(place);
      if (record.type === "event") this.#describe(record, place);
    }
  }

  /** An id as people wrote it. */
  id(agent: number, sequence: number): MergeId {
    return this.#agents.id(agent, sequence);
  }

  run(ids: MergeIds): EventRun {
    return this.#agents.run(ids);
  }

  runs(ids: readonly MergeIds[]): EventRun[] {
    return ids.map((each) => this.run(each));
  }

  /** The replicas of some records, each once. */
  replicasOf(places: readonly number[]): string[] {
    const names = places
      .map((place) => this.records[place]!)
      .flatMap((record) => (record.type === "settled" ? [] : [record.replica]));
    return [...new Set(names)];
  }

  #replica(name: string): number {
    const replica = this.replicas.number(name);
    this.placesOf[replica] ??= [];
    return replica;
  }

  #describe(record: MergeEventRecord, place: number): void {
    const { id, parents, insert, move } = record;
    const events = this.run(id);
    if (parents !== undefined) this.#addParents(events, this.runs(parents), place);
    const object = this.elements.objectNumber(record.object ?? "");
    const { parent } = record;
    const under =
      parent === undefined || parent === null ? none : this.elements.number(object, parent);
    const effects = { object, events, place };
    if (insert !== undefined) {
      this.described.add(object);
      this.#addEffects(insert, { ...effects, kind: inserts, under });
    }
    if (move !== undefined) this.#addEffects(move, { ...effects, kind: moves, under });
    if (record.delete !== undefined) {
      this.#addEffects(record.delete, { ...effects, kind: deletes, under: none });
    }
  }

  #addParents(events: EventRun, parents: readonly EventRun[], place: number): void {
    const { agent, from } = events;
    const other = this.parents.add({ agent, sequence: from, parents, place });
    if (other === null) return;
    const id = this.id(agent, from);
    this.contradictions.push({
      sentence: `${recordName(other)} and ${recordName(place)} give event ${idName(id)} different parents`,
      places: [other, place],
      ids: [id],
    });
  }

  #addEffects(
    ids: readonly MergeIds[],
    of: {
      readonly object: number;
      readonly events: EventRun;
      readonly place: number;
      readonly kind: number;
      readonly under: number;
    },
  ): void {
    const { agent, from, to } = of.events;
    for (const [offset, element] of this.elements.numbers(of.object, ids).entries()) {
      const sequence = to - from === 1 ? from : from + offset;
      const effect = { agent, sequence, kind: of.kind, element, parent: of.under, place: of.place };
      if (of.kind === inserts && this.effects.insertionOf(element) !== none) {
        this.#compareInsertion(this.effects.insertionOf(element), effect);
      } else {
        this.effects.add(effect);
      }
    }
  }

  // Whether a second record tells the same of an insertion.
  #compareInsertion(
    known: number,
    {
      agent,
      sequence,
      element,
      parent,
      place,
    }: {
      readonly agent: number;
      readonly sequence: number;
      readonly element: number;
      readonly parent: number;
      readonly place: number;
    },
  ): void {
    const knownPlace = this.effects.place.at(known);
    if (this.replicasOf([knownPlace, place]).length > 1) this.retold.add(known);
    const isSame =
      this.effects.agent.at(known) === agent &&
      this.effects.sequence.at(known) === sequence &&
      this.effects.parent.at(known) === parent;
    if (isSame) return;
    const id = this.elements.id(element);
    const object = objectName(this.elements.objectName(this.elements.objectOf(element)));
    this.contradictions.push({
      sentence: `${recordName(knownPlace)} and ${recordName(place)} insert ${idName(id)} into ${object} differently`,
      places: [knownPlace, place],
      ids: [id],
    });
  }
}
