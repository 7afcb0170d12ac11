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
//   D6  Texts hold no half of a surrogate pair on any version that a writer can have seen.
//
// D6 needs no look at merged text: if each insert and delete keeps pairs whole on its
// own version, and a run of text is never broken up, no merge can break one. So
// only the edges of an edit are looked at, on its own version, and only in
// texts that have ever held such a pair.

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
import { isHighSurrogate } from "../content/surrogates.ts";
import { decodeValue, type Value } from "../content/value.ts";
import type { DocumentFile } from "../file/document_file.ts";
import type { History } from "../history/history.ts";
import { operationTags } from "../history/operation.ts";
import type { OperationRow } from "../history/operation_log.ts";
import { KeptWalker } from "../merge/kept_walker.ts";
import type { Tracker } from "../merge/tracker.ts";
import { baseId } from "../merge/units.ts";
import { isTextRow, type TextRow, type VisibleEdits, type Walker } from "../merge/walker.ts";
import type { ChangeRecord, Revertible } from "./change_record.ts";
import { MapState, winningHead } from "./map_state.ts";
import { Sequences } from "./sequences.ts";
import type { TextBuffer } from "./text_buffer.ts";

/** A unit of the version that a walker's tracker is prepared for. */
interface PreparedPlace {
  readonly walker: Walker;
  readonly tracker: Tracker;
  readonly at: number;
}

/** Texts, lists and maps on one version of a history. */
export class DocumentState implements Revertible {
  readonly #history: History;
  /** What is visible of its texts and lists. */
  readonly sequences: Sequences;
  readonly #maps = new Map<string, MapState>();
  // Names of maps of the file, until somebody asks for one; and the events that set them.
  #fileMaps: readonly string[] = [];
  #fileSize = 0;
  // Null where it is one event alone, `last`: no array is made for each keystroke.
  #frontier: LocalFrontier | null = [];
  #last = -1;
  readonly #walker: KeptWalker;
  // What there was on the base version of a walker, once it was needed.
  #base: { readonly walker: Walker; readonly state: DocumentState } | null = null;

  /** @param file - What the history begins with: the state is on the version of its snapshot. */
  constructor(history: History, file: DocumentFile | null = null) {
    this.#history = history;
    this.sequences = new Sequences(history.operations, file?.texts);
    this.#walker = new KeptWalker(history, this.sequences);
    if (file === null) return;
    this.#fileMaps = file.maps;
    this.#fileSize = file.size;
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

  /** Names of maps that were ever set. */
  mapNames(): readonly string[] {
    return [...this.#fileMaps, ...this.#maps.keys()];
  }

  /** The map, or null where nothing was ever set. */
  map(container: string): MapState | null {
    this.#openMaps();
    return this.#maps.get(container) ?? null;
  }

  /** What `key` of a map is set to; undefined where it is not, or was deleted. */
  value(container: string, key: string): Value | undefined {
    const encoded = this.encodedValue(this.map(container)?.heads(key) ?? []);
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
        this.#setKeys(part, record);
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
    for (const name of this.#maps.keys()) if (!named.has(name)) this.#maps.delete(name);
  }

  /** Goes to `version`, wherever it was. O(events that it holds). */
  restart(version: LocalFrontier): void {
    this.sequences.clear();
    this.#fileMaps = [];
    this.#maps.clear();
    this.#walker.drop();
    this.#replay(version);
  }

  replace(container: string, at: number, length: number, text: string): void {
    const buffer = this.sequences.open(container);
    buffer.delete(at, length);
    buffer.insert(at, text);
  }

  restore(container: string, key: string, heads: readonly number[]): void {
    this.#maps.get(container)?.restore(key, heads);
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
    this.#setKeys([range], record);
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
        if (row.type === "set") this.#set(row, record);
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
      if (operations.content.hasSurrogates) this.#checkPairsAt(start, end, text);
      const from = operations.rowContent(index) + skipped;
      sequences.insert(container, at, from, length, record);
      return;
    }
    const isBackward = kind === operationTags.deleteBackward;
    const at = isBackward ? rowAt - skipped - length + 1 : rowAt;
    if (at < 0 || at + length > whole) throw outside(at < 0 ? at : at + length, whole);
    if (operations.content.hasSurrogates) this.#checkPairsAt(start, end, text);
    const each = isList ? 2 : 1;
    record?.text(container, each * at, text.slice(each * at, each * (at + length)), "");
    text.delete(each * at, each * length);
  }

  #checkPairsAt(start: number, end: number, text: TextBuffer): void {
    const row = this.#history.operations.rows({ start, end })[0]!;
    if (isTextRow(row) && !isListId(row.container)) this.#checkPairs(row, (at) => text.unit(at));
  }

  // Takes what a walker finds.
  #edits(walker: Walker, record: ChangeRecord | null): VisibleEdits {
    const { operations } = this.#history;
    const { containers, content } = operations;
    return {
      check: (row, start, end, tracker) => {
        if (!content.hasSurrogates) return;
        const name = containers[operations.rowContainer(row)]!;
        if (isListId(name)) return;
        const [part] = operations.rows({ start, end }).filter(isTextRow);
        this.#checkPairs(part!, (at) => this.#preparedUnit(name, { walker, tracker, at }));
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

  #setKeys(ranges: readonly LocalRange[], record: ChangeRecord | null): void {
    const { operations } = this.#history;
    for (const { start, end } of ranges) {
      for (let index = operations.rowIndex(start); index < operations.rowCount; index += 1) {
        if (operations.rowStart(index) >= end) break;
        const kind = operations.rowKind(index);
        if (kind !== operationTags.set && kind !== operationTags.unset) continue;
        const row = operations.row(index);
        if (row.type === "set") this.#set(row, record);
      }
    }
  }

  #set(row: OperationRow & { readonly type: "set" }, record: ChangeRecord | null): void {
    const { graph } = this.#history;
    this.#openMaps();
    let map = this.#maps.get(row.container);
    if (map === undefined) {
      map = new MapState();
      this.#maps.set(row.container, map);
    }
    record?.map(row.container, row.key, map.heads(row.key));
    map.set(graph, row.key, row.start);
  }

  // Finds out what the maps of the file are. Numbers are in causal order.
  #openMaps(): void {
    if (this.#fileMaps.length === 0) return;
    const sets = this.#history.operations.rows({ start: 0, end: this.#fileSize });
    this.#fileMaps = [];
    for (const row of sets) if (row.type === "set") this.#set(row, null);
  }

  // Looks at the edges of an edit. A run may reach us in parts, so only where it
  // really begins and ends.
  #checkPairs(row: TextRow, unitAt: (at: number) => number): void {
    const { graph, operations } = this.#history;
    if (!operations.content.hasSurrogates) return;
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

  #preparedUnit(container: string, { walker, tracker, at }: PreparedPlace): number {
    if (at >= tracker.preparedLength) return 0;
    const { id } = tracker.preparedUnit(at);
    if (id >= 0) return this.#history.operations.unit(id) ?? 0;
    if (!tracker.unitRun(id).isDeleted) {
      return this.sequences.open(container).unit(tracker.visiblePosition(id));
    }
    if (this.#base?.walker !== walker) {
      this.#base = { walker, state: DocumentState.at(this.#history, walker.base) };
    }
    return this.#base.state.sequences.slice(container, id - baseId, id - baseId + 1).charCodeAt(0);
  }
}

function isWithinEntry(graph: EventGraph, ranges: readonly LocalRange[]): boolean {
  const { start, end } = ranges[0]!;
  return ranges.length === 1 && graph.entryEnd(graph.entryIndex(start)) >= end;
}

function outside(at: number, length: number): HoldfastError {
  return new HoldfastError("invalid_operation", `edit at ${at} of a text of ${length} units`);
}
