// Whether a list or a tree that was shown holds each element once, and exactly those that
// the events its replica held inserted and did not delete.

import type { Contents } from "./contents.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { idName, objectName, recordName } from "./names.ts";
import type { MergeStateRecord } from "./record.ts";
import type { Stamps } from "./stamps.ts";

/** What was shown, by numbers. */
export interface ShownElements {
  readonly place: number;
  readonly object: number;
  readonly elements: readonly number[];
}

/** Judges what replicas show against what they hold. */
export class ContentsJudge {
  readonly #index: LogIndex;
  readonly #faults: Faults;
  readonly #stamps: Stamps;

  constructor(index: LogIndex, faults: Faults, stamps: Stamps) {
    this.#index = index;
    this.#faults = faults;
    this.#stamps = stamps;
  }

  /** That no element is shown twice. Linear. */
  judgeOnce(shown: ShownElements): void {
    this.#faults.judged("contents");
    this.#stamps.begin();
    for (const element of shown.elements) {
      if (!this.#stamps.meet(element)) this.blame(shown, element, "twice");
    }
  }

  /** That a list shows exactly what is there. Linear; in the log's elements where something is missing. */
  judgeList(shown: ShownElements, contents: Contents): void {
    if (!this.#index.described.has(shown.object)) return;
    this.#stamps.begin();
    let count = 0;
    for (const element of shown.elements) {
      if (!this.#stamps.meet(element)) continue;
      if (contents.isThere(element)) count += 1;
      else this.blame(shown, element, reasonOf(element, contents));
    }
    if (count === contents.count(shown.object) || this.#faults.isFull("contents")) return;
    for (const element of contents.of(shown.object)) {
      if (this.#stamps.has(element)) continue;
      this.blameMissing(shown, element);
      return;
    }
  }

  /** An element that had to be shown is not. */
  blameMissing(shown: ShownElements, element: number): void {
    const [who, id, object] = this.#words(shown, element);
    this.#add(shown, element, `${who} does not show ${id} in ${object}, which nobody deleted`);
  }

  /** An element is shown that must not be, or as it must not be. */
  blame(shown: ShownElements, element: number, how: string): void {
    const [who, id, object] = this.#words(shown, element);
    this.#add(shown, element, `${who} shows ${id} in ${object} ${how}`);
  }

  #words({ place, object }: ShownElements, element: number): [string, string, string] {
    const { replica } = this.#index.records[place] as MergeStateRecord;
    const { elements } = this.#index;
    return [replica, idName(elements.id(element)), objectName(elements.objectName(object))];
  }

  #add({ place, elements }: ShownElements, element: number, sentence: string): void {
    this.#faults.add("contents", {
      sentence: `${sentence} (${recordName(place)})`,
      places: [place],
      ids: [this.#index.elements.id(element)],
      weight: elements.length,
    });
  }
}

function reasonOf(element: number, contents: Contents): string {
  return contents.isInserted(element)
    ? "though it was deleted"
    : "before any event that it holds inserted it";
}
