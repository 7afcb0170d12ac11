// What a history adds up to on one version: the texts, the lists and the maps.
//
// What is visible of a list is kept as a text: see sequences.ts. Positions and lengths are of
// values, as those of texts are of units, but in a ChangeRecord and what takes it back.
//
// Method. An event whose parents are the version that the state is on applies as
// it stands: this is every local edit, and all of a document that one person
// writes. Any other goes through a Walker, which finds out where its edit
// belongs by now, and is kept for the next one: see kept_walker.ts.
//
// Invariants (of SPEC.md):
//   D1  The state depends on the set of events alone, not on the order in which they came.
//   D6  Texts hold no half of a surrogate pair on any version that a writer can have seen: see pair_check.ts.

import {
  advanceFrontier,
  type EventGraph,
  equalFrontiers,
  type LocalFrontier,
  type LocalRange,
  sections,
  versionEvents,
} from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import type { DocumentFile } from "../file/document_file.ts";
import type { History } from "../history/history.ts";
import { operationTags } from "../history/operation.ts";
import { KeptWalker } from "../merge/kept_walker.ts";
import type { Tracker } from "../merge/tracker.ts";
import type { VisibleEdits, Walker } from "../merge/walker.ts";
import type { ChangeRecord, Revertible } from "./change_record.ts";
import { Maps } from "./maps.ts";
import { PairCheck } from "./pair_check.ts";
import { Sequences } from "./sequences.ts";

/** Texts, lists and maps on one version of a history. */
export class DocumentState implements Revertible {
  readonly #history: History;
  /** What is visible of its texts and lists. */
  readonly sequences: Sequences;
  /** What is set in its maps. */
  readonly maps: Maps;
  // Null where it is one event alone, `last`: no array is made for each keystroke.
  #frontier: LocalFrontier | null = [];
  #last = -1;
  readonly #walker: KeptWalker;
  readonly #pairs: PairCheck;

  /** @param file - What the history begins with: the state is on the version of its snapshot. */
  constructor(history: History, file: DocumentFile | null = null) {
    this.#history = history;
    this.sequences = new Sequences(history.operations, file?.texts);
    this.maps = new Maps(history, file);
    const textOn = (version: LocalFrontier) => DocumentState.at(history, version).sequences;
    this.#pairs = new PairCheck(history, this.sequences, textOn);
    this.#walker = new KeptWalker(history, this.sequences);
    if (file === null) return;
    this.#frontier = file.sealed.graph.heads.map(({ lv }) => lv);
  }

  /** The state on `version`. O(events that it holds). */
  static at(history: History, version: LocalFrontier): DocumentState {
    const state = new DocumentState(history);
    state.#replay(version);
    return state;
  }

  /** The version that the state is on. */
  get frontier(): LocalFrontier {
    this.#frontier ??= [this.#last];
    return this.#frontier;
  }

  /** How many events {@link frontier} lists. */
  get headCount(): number {
    return this.#frontier?.length ?? 1;
  }

  /**
   * Applies events, whose parents are all in the state.
   *
   * @param range - Within one entry of the graph.
   * @param record - Told of every visible edit.
   * @throws {HoldfastError} `invalid_operation` where an event can't have
   *   happened on its version. The state is then between versions: `record`
   *   can take it back, or {@link restart}.
   */
  apply(range: LocalRange, record: ChangeRecord | null): void {
    const parents = this.#history.graph.parents(range.start);
    if (equalFrontiers(parents, this.frontier)) {
      this.#applyDirectly(range, record);
      this.#frontier = [range.end - 1];
    } else this.#applyBy(range, parents, record);
  }

  /**
   * Applies events that lead to the version `after`. Throws as {@link apply}. What stands upon all
   * that came before it applies as it stands; what does not is merged section by section, and
   * nothing of a section has to be remembered for the next.
   *
   * @param ranges - All that `after` holds and the state does not; ascending, not touching.
   */
  applyAll(ranges: readonly LocalRange[], after: LocalFrontier, record: ChangeRecord | null): void {
    const { graph } = this.#history;
    const parts = this.#walker.isPinned ? [ranges] : sections(graph, ranges, this.frontier, after);
    parts.forEach((part, index) => {
      if (part.length === 0) return;
      const next = parts[index + 1];
      const end = next === undefined ? after : [part.at(-1)!.end - 1];
      if (index > 0 && isWithinEntry(graph, part)) this.#applyDirectly(part[0]!, record);
      else {
        this.maps.apply(part, record);
        const walker =
          index > 0
            ? this.#walker.begin(this.frontier)
            : this.#walker.coveringAll(part, this.frontier, end);
        walker.feed(part, this.sequences, this.#edits(walker, record));
      }
      this.#frontier = end;
    });
    // Nobody is apart any more: who will be has parted from here.
    if (after.length === 1 && !this.#walker.isPinned) this.#walker.drop();
  }

  /**
   * Makes an edit, which is checked, and is all that the latest events, upon all the others, do. The
   * text is open.
   */
  applyOwn(container: string, at: number, deleted: number, inserted: string): void {
    const end = this.#history.size;
    const text = this.sequences.open(container);
    if (deleted > 0) text.delete(at, deleted);
    if (inserted !== "") text.insert(at, inserted);
    this.#walker.fallBehind(end - deleted - inserted.length, end);
    this.#last = end - 1;
    this.#frontier = null;
  }

  /** Takes back what `record` says, to the version `frontier`, of which alone the history tells by now. */
  revert(record: ChangeRecord, frontier: LocalFrontier): void {
    record.revert(this);
    this.#frontier = frontier;
    this.#walker.drop();
    const named = new Set(this.#history.operations.containers);
    this.sequences.forgetAllBut(named);
    this.maps.forgetAllBut(named);
  }

  /** Goes to `version`, wherever it was. O(events that it holds). */
  restart(version: LocalFrontier): void {
    this.sequences.clear();
    this.maps.clear();
    this.#walker.drop();
    this.#replay(version);
  }

  replace(container: string, at: number, length: number, text: string): void {
    const buffer = this.sequences.open(container);
    buffer.delete(at, length);
    buffer.insert(at, text);
  }

  restore(container: string, key: string, heads: readonly number[]): void {
    this.maps.restore(container, key, heads);
  }

  /**
   * A tracker that knows every unit that this text ever had; null where it never had one. What it is
   * prepared for is not said. The first call replays the whole history; from then on the state keeps it.
   */
  locate(container: string): Tracker | null {
    return this.#walker.pin(this.frontier).tracker(container);
  }

  /** As {@link locate}, prepared for `version`. */
  locateOn(container: string, version: LocalFrontier): Tracker | null {
    const walker = this.#walker.pin(this.frontier);
    walker.prepare(version);
    return walker.tracker(container);
  }

  /** What `look`, which may {@link locate}, finds; what the state kept for that is given up again. */
  whileLocated<Found>(look: () => Found): Found {
    const isPinned = this.#walker.isPinned;
    try {
      return look();
    } finally {
      if (!isPinned) this.#walker.drop();
    }
  }

  // As `apply`, by a walker.
  #applyBy(range: LocalRange, parents: LocalFrontier, record: ChangeRecord | null): void {
    this.maps.apply([range], record);
    if (this.#editsText(range)) {
      const walker = this.#walker.covering(parents, this.frontier);
      walker.feed([range], this.sequences, this.#edits(walker, record));
    } else {
      this.#walker.dropUnlessCovering(parents);
      // W1: a walk is over all events since its base, whatever they do.
      this.#walker.fallBehind(range.start, range.end);
    }
    this.#frontier = advanceFrontier(this.frontier, parents, range.end - 1);
  }

  #editsText({ start, end }: LocalRange): boolean {
    const { operations } = this.#history;
    for (let index = operations.rowIndex(start); index < operations.rowCount; index += 1) {
      if (operations.rowStart(index) >= end) return false;
      if (operations.rowKind(index) <= operationTags.deleteBackward) return true;
    }
    return false;
  }

  #replay(version: LocalFrontier): void {
    this.#frontier = [];
    this.applyAll(versionEvents(this.#history.graph, version), version, null);
  }

  #applyDirectly(range: LocalRange, record: ChangeRecord | null): void {
    const { operations } = this.#history;
    for (let index = operations.rowIndex(range.start); index < operations.rowCount; index += 1) {
      const rowStart = operations.rowStart(index);
      if (rowStart >= range.end) break;
      const start = Math.max(rowStart, range.start);
      const end = Math.min(operations.rowEnd(index), range.end);
      const kind = operations.rowKind(index);
      if (kind <= operationTags.deleteBackward) this.#applyText(index, start, end, record);
      else if (kind !== operationTags.merge) {
        const row = operations.row(index);
        if (row.type === "set") this.maps.set(row, record);
      }
    }
    this.#walker.fallBehind(range.start, range.end);
  }

  // The events `start` to `end` - 1, of the row at `index`, as they stand.
  #applyText(index: number, start: number, end: number, record: ChangeRecord | null): void {
    const { sequences } = this;
    const { operations } = this.#history;
    const container = operations.containers[operations.rowContainer(index)]!;
    const text = sequences.open(container);
    const isList = isListId(container);
    const whole = isList ? text.length / 2 : text.length;
    const kind = operations.rowKind(index);
    const skipped = start - operations.rowStart(index);
    const length = end - start;
    const rowAt = operations.rowAt(index);
    if (kind === operationTags.insert) {
      const at = rowAt + skipped;
      if (at > whole) throw outside(at, whole);
      if (this.#pairs.isNeeded) this.#pairs.check({ start, end }, text);
      const from = operations.rowContent(index) + skipped;
      sequences.insert(container, at, from, length, record);
      return;
    }
    const isBackward = kind === operationTags.deleteBackward;
    const at = isBackward ? rowAt - skipped - length + 1 : rowAt;
    if (at < 0 || at + length > whole) throw outside(at < 0 ? at : at + length, whole);
    if (this.#pairs.isNeeded) this.#pairs.check({ start, end }, text);
    const each = isList ? 2 : 1;
    record?.text(container, each * at, text.slice(each * at, each * (at + length)), "");
    text.delete(each * at, each * length);
  }

  // Takes what a walker finds.
  #edits(walker: Walker, record: ChangeRecord | null): VisibleEdits {
    const { operations } = this.#history;
    const { containers } = operations;
    return {
      check: (_, start, end, tracker) => {
        if (this.#pairs.isNeeded) this.#pairs.checkPrepared({ start, end }, { walker, tracker });
      },
      insert: (row, start, end, at) => {
        const from = operations.rowContent(row) + start - operations.rowStart(row);
        const name = containers[operations.rowContainer(row)]!;
        this.sequences.insert(name, at, from, end - start, record);
      },
      delete: (row, { at, deleted }) => {
        const name = containers[operations.rowContainer(row)]!;
        this.sequences.delete(name, at, deleted, record);
      },
    };
  }
}

function isWithinEntry(graph: EventGraph, ranges: readonly LocalRange[]): boolean {
  const { start, end } = ranges[0]!;
  return ranges.length === 1 && graph.entryEnd(graph.entryIndex(start)) >= end;
}

function outside(at: number, length: number): HoldfastError {
  return new HoldfastError("invalid_operation", `edit at ${at} of a text of ${length} units`);
}
