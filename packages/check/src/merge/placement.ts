// Whether an element stands where its author put it: as long as the author's replica
// applied nothing else, a list shows it between the neighbours that it was inserted between.

import type { ShownElements } from "./contents_judge.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { idName, recordName } from "./names.ts";
import type { MergeEventRecord, MergeId, MergeStateRecord } from "./record.ts";

/** Watches one replica. */
export class Placement {
  readonly #index: LogIndex;
  readonly #faults: Faults;
  #inserted = -1;

  constructor(index: LogIndex, faults: Faults) {
    this.#index = index;
    this.#faults = faults;
  }

  /** The replica changed what it holds by a record. */
  changed(place: number): void {
    const record = this.#index.records[place]!;
    const isPlaced = record.type === "event" && record.insert !== undefined && tells(record);
    this.#inserted = isPlaced && this.#isMaker(record, place) ? place : -1;
  }

  /** Whether an insertion waits to be seen. */
  get isWaiting(): boolean {
    return this.#inserted !== -1;
  }

  /** The replica shows a list. Linear where an insertion waits to be seen. */
  shown({ place, object, elements }: ShownElements): void {
    if (this.#inserted === -1) return;
    const record = this.#index.records[this.#inserted] as MergeEventRecord;
    const { elements: table } = this.#index;
    if (table.objectNumber(record.object ?? "") !== object) return;
    const inserted = table.numbers(object, record.insert!);
    const first = elements.indexOf(inserted[0]!);
    if (first === -1) return;
    this.#faults.judged("placement");
    const last = first + inserted.length - 1;
    const isWhole = inserted.every((element, offset) => elements[first + offset] === element);
    const isBehind = this.#isAt(record.after, { object, elements, at: first - 1 });
    const isBefore = this.#isAt(record.before, { object, elements, at: last + 1 });
    if (isWhole && isBehind && isBefore) return;
    const id = table.id(inserted[0]!);
    const { replica } = this.#index.records[place] as MergeStateRecord;
    this.#faults.add("placement", {
      sentence: `${replica} put ${idName(id)} between ${edge(record.after, "the beginning")} and ${edge(record.before, "the end")} (${recordName(this.#inserted)}), and shows it elsewhere (${recordName(place)})`,
      places: [this.#inserted, place],
      ids: [id],
      weight: elements.length,
    });
  }

  // Where the neighbour is not shown, it may have been deleted before.
  #isAt(
    neighbour: MergeId | null | undefined,
    {
      object,
      elements,
      at,
    }: { readonly object: number; readonly elements: readonly number[]; readonly at: number },
  ): boolean {
    if (neighbour === undefined) return true;
    if (neighbour === null) return at === -1 || at === elements.length;
    const element = this.#index.elements.number(object, neighbour);
    return elements[at] === element || !elements.includes(element);
  }

  #isMaker({ object = "", insert }: MergeEventRecord, place: number): boolean {
    const [first] = this.#index.elements.numbers(
      this.#index.elements.objectNumber(object),
      insert!,
    );
    if (first === undefined) return false;
    const insertion = this.#index.effects.insertionOf(first);
    return this.#index.effects.place.at(insertion) === place && !this.#index.retold.has(insertion);
  }
}

function tells({ after, before }: MergeEventRecord): boolean {
  return after !== undefined || before !== undefined;
}

function edge(neighbour: MergeId | null | undefined, otherwise: string): string {
  if (neighbour === undefined) return "what nobody says";
  return neighbour === null ? otherwise : idName(neighbour);
}
