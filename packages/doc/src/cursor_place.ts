// Where cursors are, in a text or a list of a document.

import { HoldfastError } from "@holdfast/std";
import type { Cursor, Side } from "./cursor.ts";
import type { Editor } from "./editor.ts";

/** A cursor at `at`. @throws {HoldfastError} `invalid_argument` where there is no such place. */
export function cursorAt(editor: Editor, container: string, at: number, side: Side): Cursor {
  const { history, state } = editor;
  const length = state.sequences.length(container);
  if (!Number.isSafeInteger(at) || at < 0 || at > length) {
    throw new HoldfastError("invalid_argument", `position ${at}, of 0 to ${length}`);
  }
  const unit = side === "before" ? at - 1 : at;
  if (unit < 0 || unit >= length) return { side, unit: null };
  return { side, unit: history.graph.id(state.locate(container)!.visibleUnit(unit)) };
}

/** Where `cursor` is now; null where its unit is not known here, or is not of this container. */
export function cursorPosition(editor: Editor, container: string, cursor: Cursor): number | null {
  const { history, state, revivals } = editor;
  if (cursor.unit === null) return cursor.side === "before" ? 0 : state.sequences.length(container);
  const lv = history.graph.find(cursor.unit);
  if (lv === null) return null;
  const row = history.operations.row(history.operations.rowIndex(lv));
  if (row.type !== "insert" || row.container !== container) return null;
  const tracker = state.locate(container)!;
  const present = revivals.present({ id: lv, length: 1 })[0]!.id;
  const position = tracker.visiblePosition(present);
  const isHere = !tracker.unitRun(present).isDeleted;
  return cursor.side === "before" && isHere ? position + 1 : position;
}
