// Which inserted text is deleted: what a file may leave out. Values of lists it may not.

import type { LocalRange } from "@holdfast/causality";
import { isListId } from "../content/container.ts";
import type { OperationLog } from "../history/operation_log.ts";
import type { DocumentState } from "./document_state.ts";

/** Inserts whose units are deleted in `state`, in order, apart. Replays the history, as `locate` does. */
export function deletedInserts(
  operations: OperationLog,
  state: DocumentState,
): readonly LocalRange[] {
  const found: { start: number; end: number }[] = [];
  for (const row of operations.rows({ start: 0, end: operations.size })) {
    if (row.type !== "insert" || isListId(row.container)) continue;
    const tracker = state.locate(row.container)!;
    for (let at = row.start; at < row.end; ) {
      const { length, isDeleted } = tracker.unitRun(at);
      const end = Math.min(row.end, at + length);
      const last = found.at(-1);
      if (isDeleted && last?.end === at) last.end = end;
      else if (isDeleted) found.push({ start: at, end });
      at = end;
    }
  }
  return found;
}
