// What a history adds up to on one version: the texts and the maps.
//
// Method. An event whose parents are the version that the state is on applies as
// it stands: this is every local edit, and all of a document that one person
// writes. Any other goes through a Walker, which finds out where its edit
// belongs by now. The walker is kept for the next one: people who type at once do so
// many times. What applies directly meanwhile it is told of only when it is
// needed again, and it is given up when that would cost more than a new one.
//
// Invariants (of SPEC.md):
//   D1  The state depends on the set of events alone, not on the order in which they came.
//   D6  Texts hold no half of a surrogate pair on any version that a writer can have seen.
//
// D6 needs no look at merged text: if each insert and delete keeps pairs whole on its
// own version, and a run of text is never broken up, no merge can break one. So
// only the edges of an edit are looked at, on its own version, and only in
// texts that have ever held such a pair.

import {
  advanceFrontier,
  diffVersions,
  type EventGraph,
  equalFrontiers,
  type LocalFrontier,
  type LocalRange,
  mergeBase,
  sections,
  versionEvents,
} from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import type { ChangeRecord, Revertible } from "./change_record.ts";
import type { History } from "./history.ts";
import { MapState, winningHead } from "./map_state.ts";
import type { OperationRow } from "./operation_log.ts";
import type { TextEdit } from "./patch.ts";
import { TextBuffer } from "./text_buffer.ts";
import type { Tracker } from "./tracker.ts";
import { baseId } from "./units.ts";
import { decodeValue, type Value } from "./value.ts";
import { isTextRow, type TextRow, type VisibleEdits, Walker } from "./walker.ts";

interface TextState {
  readonly buffer: TextBuffer;
  /** Whether it ever held a surrogate pair. */
  hasPairs: boolean;
}

// A walker that has fallen behind by no more rows than this is never given up.
const rowsBehindMin = 64;

/** Texts and maps on one version of a history. */
export class DocumentState implements Revertible {
  readonly #history: History;
  readonly #texts = new Map<string, TextState>();
  readonly #maps = new Map<string, MapState>();
  #frontier: LocalFrontier = [];
  #walker: Walker | null = null;
  // Events in the state that the walker was not told of.
  #behind: LocalRange[] = [];
  #rowsBehind = 0;
  // Texts on the walker's base version, once they were needed.
  #baseState: DocumentState | null = null;
  #isPinned = false;

  constructor(history: History) {
    this.#history = history;
  }

  /** The state on `version`. O(events that it holds). */
  static at(history: History, version: LocalFrontier): DocumentState {
    const state = new DocumentState(history);
    state.applyAll(versionEvents(history.graph, version), version, null);
    return state;
  }

  /** The version that the state is on. */
  get frontier(): LocalFrontier {
    return this.#frontier;
  }

  /** Names of texts that were ever edited. */
  textNames(): readonly string[] {
    return [...this.#texts.keys()];
  }

  /** Names of maps that were ever set. */
  mapNames(): readonly string[] {
    return [...this.#maps.keys()];
  }

  /** Units of the text; 0 where it was never edited. */
  length(container: string): number {
    return this.#texts.get(container)?.buffer.length ?? 0;
  }

  /** The whole text. O(length). */
  textToString(container: string): string {
    return this.#texts.get(container)?.buffer.toString() ?? "";
  }

  /** The units `from` up to, not including, `to`. */
  slice(container: string, from: number, to: number): string {
    return this.#texts.get(container)?.buffer.slice(from, to) ?? "";
  }

  /** Tells whether unit `at` - 1 and unit `at` are one character. */
  splitsPair(container: string, at: number): boolean {
    const text = this.#texts.get(container);
    return text?.hasPairs === true && at > 0 && isHighSurrogate(text.buffer.unit(at - 1));
  }

  /** The map, or null where nothing was ever set. */
  map(container: string): MapState | null {
    return this.#maps.get(container) ?? null;
  }

  /** What `key` of a map is set to; undefined where it is not, or was deleted. */
  value(container: string, key: string): Value | undefined {
    const encoded = this.encodedValue(this.#maps.get(container)?.heads(key) ?? []);
    return encoded === null ? undefined : decodeValue(encoded);
  }

  /** What the winner of `heads` set; null where there is none, or it deleted. */
  encodedValue(heads: readonly number[]): Uint8Array | null {
    if (heads.length === 0) return null;
    return this.setBy(winningHead(this.#history.graph, heads));
  }

  /** What the event `lv`, a set, set; null where it deleted. */
  setBy(lv: number): Uint8Array | null {
    const { operations } = this.#history;
    const row = operations.row(operations.rowIndex(lv));
    return row.type === "set" ? row.value : null;
  }

  /**
   * Applies events, whose parents are all in the state.
   *
   * @param range - Within one entry of the graph.
   * @param record - Told of every visible edit.
   * @throws {HoldfastError} `invalid_operation` where an event can't have
   *   happened on its version. The state is then between versions: `record`
   *   can take it back.
   */
  apply(range: LocalRange, record: ChangeRecord | null): void {
    const { graph } = this.#history;
    const parents = graph.parents(range.start);
    const rows = this.#history.operations.rows(range);
    for (const row of rows) if (row.type === "set") this.#set(row, record);
    if (equalFrontiers(parents, this.#frontier)) this.#applyDirectly(range, rows, record);
    else if (rows.some(isTextRow)) this.#merge(range, parents, record);
    else if (this.#walker?.covers(parents) === false) this.#dropWalker();
    this.#frontier = advanceFrontier(this.#frontier, parents, range.end - 1);
  }

  /**
   * As {@link apply}, for events that lead to the version `after`: what stands upon all that came
   * before it applies as it stands, and the rest is merged section by section.
   *
   * @param ranges - Ascending, not touching.
   */
  applyAll(ranges: readonly LocalRange[], after: LocalFrontier, record: ChangeRecord | null): void {
    const { graph, operations } = this.#history;
    for (const range of ranges) {
      for (const row of operations.rows(range)) if (row.type === "set") this.#set(row, record);
    }
    const parts = this.#isPinned ? [ranges] : sections(graph, ranges, this.#frontier, after);
    parts.forEach((part, index) => {
      if (part.length === 0) return;
      const next = parts[index + 1];
      const end = next === undefined ? after : [part.at(-1)!.end - 1];
      if (index === 0) this.#mergeAll(part, end, record);
      else if (isWithinEntry(graph, part)) {
        this.#applyDirectly(part[0]!, operations.rows(part[0]!), record);
      } else {
        this.#dropWalker();
        this.#walker = new Walker(this.#history, this.#frontier);
        this.#walker.feed(part, this, this.#edits(record));
      }
      this.#frontier = end;
    });
  }

  /** Does `edit`, which is checked, and is all that the latest events, upon all the others, do. */
  applyOwn(container: string, edit: TextEdit): void {
    const { graph } = this.#history;
    splice(this.#text(container), edit);
    if (this.#walker !== null) {
      const count = edit.deleted + edit.inserted.length;
      this.#fallBehind({ start: graph.size - count, end: graph.size }, 2);
    }
    this.#frontier = graph.frontier;
  }

  /** Takes back what `record` says, to the version `frontier`. */
  revert(record: ChangeRecord, frontier: LocalFrontier): void {
    record.revert(this);
    this.#frontier = frontier;
    this.#dropWalker();
  }

  replace(container: string, at: number, length: number, text: string): void {
    splice(this.#text(container), { at, deleted: length, inserted: text });
  }

  restore(container: string, key: string, heads: readonly number[]): void {
    this.#maps.get(container)?.restore(key, heads);
  }

  /**
   * A tracker that knows every unit that this text ever had, prepared for `version`,
   * which is by default the state's; null where it never had one. The first call replays the whole history; from then
   * on the state keeps it.
   */
  locate(container: string, version: LocalFrontier = this.#frontier): Tracker | null {
    if (this.#walker === null || this.#walker.base.length > 0) {
      const all = versionEvents(this.#history.graph, this.#frontier);
      this.#dropWalker();
      this.#walker = new Walker(this.#history, []);
      this.#walker.catchUp(all, this);
    }
    this.#isPinned = true;
    this.#catchUp(this.#walker);
    this.#walker.prepare(version);
    return this.#walker.tracker(container);
  }

  #applyDirectly(
    range: LocalRange,
    rows: readonly OperationRow[],
    record: ChangeRecord | null,
  ): void {
    for (const row of rows) {
      if (!isTextRow(row)) continue;
      const { buffer } = this.#text(row.container);
      const length = row.end - row.start;
      const first = row.type === "delete" && row.backward ? row.at - length + 1 : row.at;
      const last = row.type === "insert" ? row.at : first + length;
      if (first < 0 || last > buffer.length) {
        throw new HoldfastError(
          "invalid_operation",
          `edit at ${first < 0 ? first : last} of a text of ${buffer.length} units`,
        );
      }
      this.#checkPairs(row, (at) => buffer.unit(at));
      this.#edit(row, first, row.type === "insert" ? 0 : length, record);
    }
    if (this.#walker !== null) this.#fallBehind(range, rows.length);
  }

  // Notes what the walker was not told of; gives it up where it would take more than a new one.
  #fallBehind(range: LocalRange, rowCount: number): void {
    const last = this.#behind.at(-1);
    if (last !== undefined && last.end === range.start) {
      this.#behind[this.#behind.length - 1] = { start: last.start, end: range.end };
    } else this.#behind.push(range);
    this.#rowsBehind += rowCount;
    if (this.#rowsBehind > rowsBehindMin + this.#walker!.rowsFed && !this.#isPinned)
      this.#dropWalker();
  }

  #merge(range: LocalRange, parents: LocalFrontier, record: ChangeRecord | null): void {
    this.#walkerFor(parents).feed([range], this, this.#edits(record));
  }

  // Takes what a walker finds.
  #edits(record: ChangeRecord | null): VisibleEdits {
    const { operations } = this.#history;
    return {
      check: (row, start, end, tracker) => {
        const name = operations.containers[operations.rowContainer(row)]!;
        if (this.#texts.get(name)?.hasPairs !== true) return;
        const [part] = operations.rows({ start, end }).filter(isTextRow);
        this.#checkPairs(part!, (at) => this.#preparedUnit(name, tracker, at));
      },
      insert: (row, start, end, at) => {
        const name = operations.containers[operations.rowContainer(row)]!;
        const from = operations.rowContent(row) + start - operations.rowStart(row);
        const inserted = operations.content.slice(from, from + end - start);
        this.#editText(name, { at, deleted: 0, inserted }, record);
      },
      delete: (row, { at, deleted }) => {
        const name = operations.containers[operations.rowContainer(row)]!;
        this.#editText(name, { at, deleted, inserted: "" }, record);
      },
    };
  }

  // Merges events that lead to the version `after`.
  #mergeAll(
    ranges: readonly LocalRange[],
    after: LocalFrontier,
    record: ChangeRecord | null,
  ): void {
    const { graph } = this.#history;
    const walker = this.#walker;
    const isCovered = ranges.every(({ start, end }) => {
      if (walker === null) return false;
      const last = graph.entryIndex(end - 1);
      for (let entry = graph.entryIndex(start); entry <= last; entry += 1) {
        const first = Math.max(start, graph.entryStart(entry));
        if (!walker.covers(graph.parents(first))) return false;
      }
      return true;
    });
    const known = isCovered ? walker! : this.#newWalker(after);
    this.#catchUp(known);
    known.feed(ranges, this, this.#edits(record));
  }

  #walkerFor(parents: LocalFrontier): Walker {
    const walker = this.#walker?.covers(parents) ? this.#walker : this.#newWalker(parents);
    this.#catchUp(walker);
    return walker;
  }

  // A walker that knows what this state has beyond what it has in common with `version`.
  #newWalker(version: LocalFrontier): Walker {
    const { graph } = this.#history;
    const { base } = mergeBase(graph, [this.#frontier, version]);
    this.#dropWalker();
    this.#walker = new Walker(this.#history, base);
    this.#walker.catchUp(diffVersions(graph, this.#frontier, base).onlyA, this);
    return this.#walker;
  }

  #catchUp(walker: Walker): void {
    this.#behind.sort((a, b) => a.start - b.start);
    walker.catchUp(this.#behind, this);
    this.#behind = [];
    this.#rowsBehind = 0;
  }

  #dropWalker(): void {
    this.#walker = null;
    this.#isPinned = false;
    this.#baseState = null;
    this.#behind = [];
    this.#rowsBehind = 0;
  }

  #edit(row: TextRow, at: number, deleted: number, record: ChangeRecord | null): void {
    const inserted = row.type === "insert" ? this.#history.operations.text(row) : "";
    this.#editText(row.container, { at, deleted, inserted }, record);
  }

  #editText(container: string, edit: TextEdit, record: ChangeRecord | null): void {
    const text = this.#text(container);
    const { at, deleted, inserted } = edit;
    record?.text(container, at, text.buffer.slice(at, at + deleted), inserted);
    splice(text, edit);
  }

  #set(row: OperationRow & { readonly type: "set" }, record: ChangeRecord | null): void {
    const { graph } = this.#history;
    let map = this.#maps.get(row.container);
    if (map === undefined) {
      map = new MapState();
      this.#maps.set(row.container, map);
    }
    record?.map(row.container, row.key, map.heads(row.key));
    map.set(graph, row.key, row.start);
  }

  #text(container: string): TextState {
    let text = this.#texts.get(container);
    if (text === undefined) {
      text = { buffer: new TextBuffer(), hasPairs: false };
      this.#texts.set(container, text);
    }
    return text;
  }

  // Looks at the edges of an edit. A run may reach us in parts, so only where it
  // really begins and ends.
  #checkPairs(row: TextRow, unitAt: (at: number) => number): void {
    if (this.#texts.get(row.container)?.hasPairs !== true) return;
    const { graph, operations } = this.#history;
    const entry = graph.entryAt(row.start);
    const whole = operations.row(operations.rowIndex(row.start));
    const begins = row.start === Math.max(whole.start, entry.start);
    const ends = row.end === Math.min(whole.end, entry.end);
    const length = row.end - row.start;
    const isBackward = row.type === "delete" && row.backward;
    // Units that a pair would begin with if it were split.
    const suspects: number[] = [];
    if (begins) suspects.push(isBackward ? row.at : row.at - 1);
    if (ends && row.type === "delete")
      suspects.push(isBackward ? row.at - length : row.at + length - 1);
    for (const at of suspects) {
      if (at >= 0 && isHighSurrogate(unitAt(at))) {
        throw new HoldfastError("invalid_operation", `edit at ${row.at} splits a surrogate pair`);
      }
    }
  }

  #preparedUnit(container: string, tracker: Tracker, at: number): number {
    if (at >= tracker.preparedLength) return 0;
    const { id } = tracker.preparedUnit(at);
    if (id >= 0) return this.#history.operations.unit(id) ?? 0;
    const { buffer } = this.#text(container);
    if (!tracker.unitRun(id).isDeleted) return buffer.unit(tracker.visiblePosition(id));
    this.#baseState ??= DocumentState.at(this.#history, this.#walker!.base);
    return this.#baseState.slice(container, id - baseId, id - baseId + 1).charCodeAt(0);
  }
}

function isWithinEntry(graph: EventGraph, ranges: readonly LocalRange[]): boolean {
  const { start, end } = ranges[0]!;
  return ranges.length === 1 && graph.entryEnd(graph.entryIndex(start)) >= end;
}

function splice(text: TextState, { at, deleted, inserted }: TextEdit): void {
  text.buffer.delete(at, deleted);
  text.buffer.insert(at, inserted);
  if (!text.hasPairs && hasSurrogates(inserted)) text.hasPairs = true;
}

function hasSurrogates(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if ((text.charCodeAt(index) & 0xf800) === 0xd800) return true;
  }
  return false;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
