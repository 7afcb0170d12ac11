// Undo and redo of one's own changes, as new changes.
//
// Problem. By the time a change is undone, others have edited around it, and one's
// own later changes may have been undone and redone. Positions are of no use, and
// what a deletion took away comes back as new events with new ids.
//
// Method. A step is remembered as the local numbers of its events and nothing else
// (maps also: what each key was set to before). To undo it, the units that it
// inserted are looked up where they are now and deleted, and those that it
// deleted are inserted again where they were. Units that came back that way stand
// for the old ones from then on: `#revived` leads from the old id to the new one.
//
// Invariants:
//   U1  Undo deletes nothing but what its author inserted, and brings back nothing that another deleted too.
//   U2  Undo, then redo, leaves the document as it was, if nobody else edited meanwhile.

import type { Editor, LocalChange } from "./editor.ts";
import { winningHead } from "./map_state.ts";
import { RangeIndex } from "./range_index.ts";
import type { Tracker } from "./tracker.ts";

/** Most changes that can be undone; older ones are forgotten. */
export const undoStepsMax = 1_000;

interface KeyBefore {
  readonly container: string;
  readonly key: string;
  /** The event that had set the key before; null where it had never been set. */
  readonly before: number | null;
}

interface Step {
  readonly start: number;
  readonly end: number;
  readonly keys: readonly KeyBefore[];
}

interface Revived {
  readonly id: number;
  readonly length: number;
  /** The unit that stands for `id`. */
  readonly target: number;
}

interface IdRange {
  readonly id: number;
  readonly length: number;
}

/** One writer's stack of changes. */
export class UndoStack {
  readonly #editor: Editor;
  readonly #undo: Step[] = [];
  #redo: Step[] = [];
  #revived = new RangeIndex<Revived>();

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  /** Notes a change that its author made. */
  push(change: LocalChange): void {
    this.#redo = [];
    this.#undo.push(this.#step(change));
    if (this.#undo.length > undoStepsMax) this.#undo.shift();
  }

  /** Undoes the latest change that there is something to undo of; null where there is none. */
  undo(): LocalChange | null {
    return this.#move(this.#undo, this.#redo);
  }

  /** Redoes the latest change that was undone; null where there is none. */
  redo(): LocalChange | null {
    return this.#move(this.#redo, this.#undo);
  }

  #move(source: Step[], target: Step[]): LocalChange | null {
    for (let step = source.pop(); step !== undefined; step = source.pop()) {
      const { start, end, keys } = step;
      const change = this.#editor.change(() => this.#invert({ start, end, keys }));
      if (change === null) continue;
      target.push(this.#step(change));
      return change;
    }
    return null;
  }

  #step({ start, end, record }: LocalChange): Step {
    const { graph } = this.#editor.history;
    const keys = [...record.mapsBefore()].map(({ container, key, heads }) => {
      const before = heads.length === 0 ? null : winningHead(graph, heads);
      return { container, key, before };
    });
    return { start, end, keys };
  }

  #invert(step: Step): void {
    const rows = this.#editor.history.operations.rows(step);
    for (let index = rows.length - 1; index >= 0; index -= 1) {
      const row = rows[index]!;
      const range = { id: row.start, length: row.end - row.start };
      if (row.type === "insert") this.#deleteUnits(row.container, range);
      else if (row.type === "delete") this.#reviveUnits(row.container, range, step);
    }
    for (const key of step.keys) this.#restoreKey(key, step);
  }

  // Deletes what is left of units that were inserted.
  #deleteUnits(container: string, inserted: IdRange): void {
    for (const { id, length } of this.#present(inserted)) {
      let at = id;
      while (at < id + length) {
        const tracker = this.#tracker(container);
        const { span, offset } = tracker.place(at);
        const count = Math.min(span.length - offset, id + length - at);
        if (!span.deleted) this.#editor.delete(container, tracker.visiblePosition(at), count);
        at += count;
      }
    }
  }

  // Inserts what deletes took away, but for what the step itself had inserted, and
  // what others deleted too.
  #reviveUnits(container: string, deletes: IdRange, step: Step): void {
    const tracker = this.#tracker(container);
    const lost: IdRange[] = [];
    for (const target of tracker.targets(deletes.id, deletes.id + deletes.length)) {
      for (let at = target.id; at < target.id + target.length; ) {
        const { span, offset } = tracker.place(at);
        const length = Math.min(span.length - offset, target.id + target.length - at);
        const isOwn = at >= step.start && at < step.end;
        if (span.state === 2 && !isOwn) lost.push({ id: at, length });
        at += length;
      }
    }
    lost.sort((a, b) => tracker.compare(a.id, b.id));
    // From the end, so that places before stay what they are.
    for (let end = lost.length; end > 0; ) {
      const at = tracker.visiblePosition(lost[end - 1]!.id);
      let from = end - 1;
      while (from > 0 && tracker.visiblePosition(lost[from - 1]!.id) === at) from -= 1;
      this.#insertAgain(container, at, lost.slice(from, end));
      end = from;
    }
  }

  #insertAgain(container: string, at: number, ranges: readonly IdRange[]): void {
    const { history } = this.#editor;
    let text = "";
    for (const { id, length } of ranges) text += this.#content({ id, length });
    this.#editor.insert(container, at, text);
    let target = history.size - text.length;
    for (const { id, length } of ranges) {
      this.#revived.add({ id, length, target });
      target += length;
    }
  }

  #restoreKey({ container, key, before }: KeyBefore, step: Step): void {
    const { state, history } = this.#editor;
    const heads = state.map(container)?.heads(key) ?? [];
    if (heads.length === 0) return;
    const winner = winningHead(history.graph, heads);
    if (!this.#standsFor(winner, step)) return;
    this.#editor.set(container, key, before === null ? null : state.setBy(before));
    if (before !== null) this.#revived.add({ id: before, length: 1, target: history.size - 1 });
  }

  // Tells whether `event` is of the step, or restored what one of the step had set.
  #standsFor(event: number, step: Step): boolean {
    return this.#present({ id: step.start, length: step.end - step.start }).some(
      ({ id, length }) => event >= id && event < id + length,
    );
  }

  // The ids that stand for `range` now.
  #present(range: IdRange): readonly IdRange[] {
    const found: IdRange[] = [];
    const open = [range];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { id, length } = next;
      const revived = this.#revived.find(id);
      if (revived === undefined) {
        const until = this.#revived.startAfter(id) ?? Number.POSITIVE_INFINITY;
        const count = Math.min(length, until - id);
        found.push({ id, length: count });
        if (count < length) open.push({ id: id + count, length: length - count });
        continue;
      }
      const offset = id - revived.id;
      const count = Math.min(length, revived.length - offset);
      if (count < length) open.push({ id: id + count, length: length - count });
      open.push({ id: revived.target + offset, length: count });
    }
    return found;
  }

  #content({ id, length }: IdRange): string {
    let text = "";
    for (const row of this.#editor.history.operations.rows({ start: id, end: id + length })) {
      if (row.type === "insert") text += this.#editor.history.operations.text(row);
    }
    return text;
  }

  #tracker(container: string): Tracker {
    return this.#editor.state.locate(container)!;
  }
}
