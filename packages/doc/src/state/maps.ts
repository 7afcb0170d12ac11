// What a history has set in its maps, on one version.
//
// Maps of a file are known by name until somebody asks for one: then all that the file's history set is
// gone through.

import type { LocalRange } from "@holdfast/causality";
import { decodeValue, type Value } from "../content/value.ts";
import type { DocumentFile } from "../file/document_file.ts";
import type { History } from "../history/history.ts";
import { operationTags } from "../history/operation.ts";
import type { OperationRow } from "../history/operation_row.ts";
import type { ChangeRecord } from "./change_record.ts";
import { MapState, winningHead } from "./map_state.ts";

/** A row that sets a key. */
type SetRow = OperationRow & { readonly type: "set" };

/** Maps, by the ids of their containers. */
export class Maps {
  readonly #history: History;
  readonly #maps = new Map<string, MapState>();
  // Names of maps of the file, until somebody asks for one; and how many events may have set them.
  #fileMaps: readonly string[];
  readonly #fileSize: number;

  /** @param file - What the history begins with. */
  constructor(history: History, file: DocumentFile | null) {
    this.#history = history;
    this.#fileMaps = file?.maps ?? [];
    this.#fileSize = file?.size ?? 0;
  }

  /** Names of those that were ever set. */
  names(): readonly string[] {
    return [...this.#fileMaps, ...this.#maps.keys()];
  }

  /** The map, or null where nothing was ever set. */
  map(container: string): MapState | null {
    this.#open();
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

  /** Takes in what events of `ranges` set, in order. O(rows). */
  apply(ranges: readonly LocalRange[], record: ChangeRecord | null): void {
    const { operations } = this.#history;
    for (const { start, end } of ranges) {
      for (let index = operations.rowIndex(start); index < operations.rowCount; index += 1) {
        if (operations.rowStart(index) >= end) break;
        const kind = operations.rowKind(index);
        if (kind !== operationTags.set && kind !== operationTags.unset) continue;
        const row = operations.row(index);
        if (row.type === "set") this.set(row, record);
      }
    }
  }

  /** Takes in what an event set. */
  set(row: SetRow, record: ChangeRecord | null): void {
    const { graph } = this.#history;
    this.#open();
    let map = this.#maps.get(row.container);
    if (map === undefined) {
      map = new MapState();
      this.#maps.set(row.container, map);
    }
    record?.map(row.container, row.key, map.heads(row.key));
    map.set(graph, row.key, row.start);
  }

  /** Puts back which events had set a key. */
  restore(container: string, key: string, heads: readonly number[]): void {
    this.#maps.get(container)?.restore(key, heads);
  }

  /** Forgets those that are not among `names`. */
  forgetAllBut(names: ReadonlySet<string>): void {
    for (const name of this.#maps.keys()) if (!names.has(name)) this.#maps.delete(name);
  }

  /** Forgets all. */
  clear(): void {
    this.#fileMaps = [];
    this.#maps.clear();
  }

  // Finds out what the maps of the file are. Numbers are in causal order.
  #open(): void {
    if (this.#fileMaps.length === 0) return;
    const sets = this.#history.operations.rows({ start: 0, end: this.#fileSize });
    this.#fileMaps = [];
    for (const row of sets) if (row.type === "set") this.set(row, null);
  }
}
