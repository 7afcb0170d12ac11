// Undo and redo of one's own changes, as new changes.
//
// Problem. By the time a change is undone, others have edited around it, and one's
// own later changes may have been undone and redone. Positions are of no use, and
// what a deletion took away comes back as new events with new ids.
//
// Method. A step is remembered as the local numbers of its events and nothing else
// (maps also: what each key was set to before). To undo it, the units that it
// inserted are looked up where they are now and deleted, and those that it
// deleted are inserted again, between the units that were their neighbours on the
// version from which they were deleted: behind the left one. Units that came back stand for the old ones
// from then on: `Revivals` leads from the old id to the new one. Changes that are joined to
// a step are more parts of it, undone last first.
//
// Invariants:
//   U1  Undo deletes nothing but what its author inserted, and brings back nothing that another deleted too.
//   U2  Undo, then redo, leaves the document as it was, if nobody else edited meanwhile.

import type { LocalRange } from "@holdfast/causality";
import { isListId } from "./content/container.ts";
import type { Editor, LocalChange } from "./editor.ts";
import { type Content, joinContent, noValues } from "./history/operation.ts";
import type { OperationRow } from "./history/operation_row.ts";
import type { IdRange } from "./merge/range_index.ts";
import type { Tracker } from "./merge/tracker.ts";
import { winningHead } from "./state/map_state.ts";

/** Most changes that can be undone; older ones are forgotten. */
export const undoStepsMax = 1_000;

interface KeyBefore {
  readonly container: string;
  readonly key: string;
  /** The event that had set the key before; null where it had never been set. */
  readonly before: number | null;
}

interface Step {
  /** Its name; the same when it is undone and done again. */
  readonly number: number;
  /** Events, in order; parts that touch are one. */
  readonly parts: readonly LocalRange[];
  readonly keys: readonly KeyBefore[];
}

/** A change, and the step that it belongs to. */
export interface StepChange {
  readonly change: LocalChange;
  readonly step: number;
}

/** One writer's stack of changes. */
export class UndoStack {
  readonly #editor: Editor;
  readonly #undo: Step[] = [];
  // Steps after those of `undo` that a keystroke made each: its first event, and the one after
  // its last, in turn. Nearly all steps are such, and never undone: they are no objects until then.
  readonly #recent = new Int32Array(4 * undoStepsMax);
  #recentEnd = 0;
  #redo: Step[] = [];
  #steps = 0;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  get canUndo(): boolean {
    return this.#undo.length > 0 || this.#recentEnd > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  /**
   * Notes a change that its author made, as a step of its own, or, for `join`, as part
   * of the latest one, where that was not undone. Returns the step's number.
   */
  push(change: LocalChange, join: boolean): number {
    this.#settle();
    const latest = this.#undo.at(-1);
    if (join && latest !== undefined && this.#redo.length === 0) {
      this.#undo[this.#undo.length - 1] = joined(latest, this.#step(change, latest.number));
      return latest.number;
    }
    this.#redo = [];
    this.#steps += 1;
    this.#undo.push(this.#step(change, this.#steps));
    if (this.#undo.length > undoStepsMax) this.#undo.shift();
    return this.#steps;
  }

  /** Notes a change of a text, the events `start` to `end` - 1, that its author made, as a step of its own. */
  pushText(start: number, end: number): void {
    if (this.#redo.length > 0) this.#redo = [];
    this.#steps += 1;
    const recent = this.#recent;
    // Half of them at once: to forget them one by one costs more than typing.
    if (this.#recentEnd === recent.length) {
      this.#recentEnd = recent.length / 2;
      recent.copyWithin(0, this.#recentEnd);
    }
    recent[this.#recentEnd] = start;
    recent[this.#recentEnd + 1] = end;
    this.#recentEnd += 2;
  }

  /** Undoes the latest change that there is something to undo of; null where there is none. */
  undo(): StepChange | null {
    return this.#move(this.#undo, this.#redo);
  }

  /** Redoes the latest change that was undone; null where there is none. */
  redo(): StepChange | null {
    return this.#move(this.#redo, this.#undo);
  }

  // Makes steps of what is recent.
  #settle(): void {
    const recent = this.#recent;
    const end = this.#recentEnd;
    if (end === 0) return;
    this.#recentEnd = 0;
    let number = this.#steps - end / 2;
    for (let at = 0; at < end; at += 2) {
      number += 1;
      const parts = [{ start: recent[at]!, end: recent[at + 1]! }];
      this.#undo.push({ number, parts, keys: [] });
    }
    this.#undo.splice(0, Math.max(0, this.#undo.length - undoStepsMax));
  }

  #move(source: Step[], target: Step[]): StepChange | null {
    this.#settle();
    for (let latest = source.at(-1); latest !== undefined; latest = source.at(-1)) {
      const step = latest;
      const { number } = step;
      const change = this.#editor.change(() => this.#invert(step));
      source.pop();
      if (change === null) continue;
      target.push(this.#step(change, number));
      return { change, step: number };
    }
    return null;
  }

  #step({ start, end, record }: LocalChange, number: number): Step {
    const { graph } = this.#editor.history;
    const keys = [...record.mapsBefore()].map(({ container, key, heads }) => {
      const before = heads.length === 0 ? null : winningHead(graph, heads);
      return { container, key, before };
    });
    return { number, parts: [{ start, end }], keys };
  }

  #invert(step: Step): void {
    const { operations } = this.#editor.history;
    const rows = step.parts.flatMap((part) => operations.rows(part));
    for (let index = rows.length - 1; index >= 0; index -= 1) {
      const row = rows[index]!;
      if (row.type === "insert") {
        this.#deleteUnits(row.container, { id: row.start, length: row.end - row.start });
      } else if (row.type === "delete") this.#reviveUnits(row, step);
    }
    for (const key of step.keys) this.#restoreKey(key, step);
  }

  // Deletes what is left of units that were inserted.
  #deleteUnits(container: string, inserted: IdRange): void {
    for (const { id, length } of this.#editor.revivals.present(inserted)) {
      let at = id;
      while (at < id + length) {
        const tracker = this.#tracker(container);
        const { length: size, isDeleted } = tracker.unitRun(at);
        const count = Math.min(size, id + length - at);
        if (!isDeleted) this.#editor.delete(container, tracker.visiblePosition(at), count);
        at += count;
      }
    }
  }

  // Inserts what deletes took away, but for what the step itself had inserted, and
  // what others deleted too.
  #reviveUnits(row: OperationRow & { readonly type: "delete" }, step: Step): void {
    const { state, history } = this.#editor;
    const { container } = row;
    const length = row.end - row.start;
    const first = row.backward ? row.at - length + 1 : row.at;
    const before = state.locateOn(container, history.graph.parents(row.start))!;
    const taken = before.preparedUnits(first, first + length);
    const left = unitBefore(first, step, before);
    const tracker = this.#tracker(container);
    let at = left === null ? 0 : this.#placeAfter(left, tracker);
    for (const { id, length: count } of lost(taken, step, tracker)) {
      this.#editor.insert(container, at, this.#content(container, { id, length: count }));
      this.#editor.revivals.add({ id, length: count, target: history.size - count });
      at += count;
    }
  }

  // Where the unit behind `id` belongs now.
  #placeAfter(id: number, tracker: Tracker): number {
    const [present] = this.#editor.revivals.present({ id, length: 1 });
    const { isDeleted } = tracker.unitRun(present!.id);
    return tracker.visiblePosition(present!.id) + (isDeleted ? 0 : 1);
  }

  #restoreKey({ container, key, before }: KeyBefore, step: Step): void {
    const { state, history } = this.#editor;
    const heads = state.maps.map(container)?.heads(key) ?? [];
    if (heads.length === 0) return;
    const winner = winningHead(history.graph, heads);
    if (!this.#standsFor(winner, step)) return;
    this.#editor.set(container, key, before === null ? null : state.maps.setBy(before));
    if (before !== null)
      this.#editor.revivals.add({ id: before, length: 1, target: history.size - 1 });
  }

  // Tells whether `event` is of the step, or restored what one of the step had set.
  #standsFor(event: number, step: Step): boolean {
    return step.parts
      .flatMap(({ start, end }) =>
        this.#editor.revivals.present({ id: start, length: end - start }),
      )
      .some(({ id, length }) => event >= id && event < id + length);
  }

  #content(container: string, { id, length }: IdRange): Content {
    const { operations } = this.#editor.history;
    let content: Content = isListId(container) ? noValues : "";
    for (const row of operations.rows({ start: id, end: id + length })) {
      if (row.type === "insert") content = joinContent(content, operations.inserted(row));
    }
    return content;
  }

  #tracker(container: string): Tracker {
    return this.#editor.state.locate(container)!;
  }
}

// Those of `taken` that only one event deleted, and that the step had not inserted itself.
function lost(taken: readonly IdRange[], step: Step, tracker: Tracker): readonly IdRange[] {
  const found: IdRange[] = [];
  for (const range of taken) {
    for (let at = range.id; at < range.id + range.length; ) {
      const { length: size, deletions } = tracker.unitRun(at);
      const own = step.parts.find(({ end }) => at < end);
      const isOwn = own !== undefined && at >= own.start;
      const border = own === undefined ? Number.POSITIVE_INFINITY : isOwn ? own.end : own.start;
      const length = Math.min(size, range.id + range.length - at, border - at);
      const last = found.at(-1);
      if (deletions === 1 && !isOwn) {
        if (last !== undefined && last.id + last.length === at) {
          found[found.length - 1] = { id: last.id, length: last.length + length };
        } else found.push({ id: at, length });
      }
      at += length;
    }
  }
  return found;
}

// The nearest unit before prepared unit `at` that the step had not inserted itself; null where
// there is none. The step's own go again, or are gone: what comes back can't hold on to them.
function unitBefore(at: number, step: Step, tracker: Tracker): number | null {
  for (let index = at - 1; index >= 0; ) {
    const { id, offset } = tracker.preparedUnit(index);
    const own = step.parts.find(({ start, end }) => id >= start && id < end);
    if (own === undefined) return id;
    index -= Math.min(offset, id - own.start) + 1;
  }
  return null;
}

// What a step set first is what it began from.
function joined(step: Step, next: Step): Step {
  const parts = [...step.parts];
  const last = parts.at(-1)!;
  const [more] = next.parts;
  if (more!.start === last.end) parts[parts.length - 1] = { start: last.start, end: more!.end };
  else parts.push(more!);
  const isNew = ({ container, key }: KeyBefore): boolean =>
    !step.keys.some((known) => known.container === container && known.key === key);
  return { ...step, parts, keys: [...step.keys, ...next.keys.filter(isNew)] };
}
