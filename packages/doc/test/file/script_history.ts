// Histories of test scripts, as one has them who takes in the steps in their order.

import type { LocalRange } from "@holdfast/causality";
import { encodeValue } from "@holdfast/doc";
import { listId } from "../../src/content/container.ts";
import { ValueLog } from "../../src/content/value_log.ts";
import { encodeDocument, openDocument } from "../../src/file/document_file.ts";
import { History } from "../../src/history/history.ts";
import { type Operation, operationRow } from "../../src/history/operation.ts";
import { DocumentState } from "../../src/state/document_state.ts";
import { document } from "../laws.ts";
import type { Op, Step } from "../reference.ts";

function operationOf(op: Op): Operation {
  const { container } = op;
  switch (op.kind) {
    case "insert":
      return { type: "insert", container, at: op.at, content: op.text };
    case "list_insert":
      return {
        type: "insert",
        container: listId(container),
        at: op.at,
        content: ValueLog.of(op.values),
      };
    case "list_delete":
      return {
        type: "delete",
        container: listId(container),
        at: op.at,
        length: op.count,
        backward: false,
      };
    case "delete":
      return { type: "delete", container, at: op.at, length: op.count, backward: false };
    case "set":
      return { type: "set", container, key: op.key, value: encodeValue(op.value) };
    case "unset":
      return { type: "set", container, key: op.key, value: null };
  }
}

/** Adds what `steps` did. Returns the history's size after each. */
export function extend(history: History, steps: readonly Step[]): readonly number[] {
  return steps.map(({ agent, parents, ops }) => {
    let lvs = parents.map((id) => history.graph.find(id)!).sort((a, b) => a - b);
    for (const op of ops) {
      history.append(agent, lvs, operationRow(operationOf(op)));
      lvs = [history.size - 1];
    }
    return history.size;
  });
}

/** The history of `steps`, and its size after each. */
export function historyOf(steps: readonly Step[]): {
  readonly history: History;
  readonly sizes: readonly number[];
} {
  const history = new History();
  return { history, sizes: extend(history, steps) };
}

/** The file of a history. */
export function encode(history: History, omitted: readonly LocalRange[] = []): Uint8Array {
  const { sequences } = DocumentState.at(history, history.graph.frontier);
  return encodeDocument({ document, history, finals: sequences.finals(), omitted });
}

/** Reads all of a file. */
export function load(bytes: Uint8Array): History {
  const history = new History();
  openDocument(bytes).load(history);
  return history;
}

/** Inserts of units that are deleted, ascending. */
export function deletedUnits(history: History): readonly LocalRange[] {
  const state = DocumentState.at(history, history.graph.frontier);
  const alive = new Uint8Array(history.size);
  for (const name of state.sequences.ids()) {
    const tracker = state.locateOn(name, state.frontier)!;
    for (const { id, length } of tracker.preparedUnits(0, tracker.preparedLength)) {
      alive.fill(1, id, id + length);
    }
  }
  const ranges: LocalRange[] = [];
  for (let lv = 0; lv < history.size; lv += 1) {
    if (history.operations.unit(lv) === null || alive[lv] === 1) continue;
    const last = ranges.at(-1);
    if (last?.end === lv) ranges[ranges.length - 1] = { start: last.start, end: lv + 1 };
    else ranges.push({ start: lv, end: lv + 1 });
  }
  return ranges;
}
