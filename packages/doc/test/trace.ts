// Editing traces as histories: the format is told in fixtures/README.md.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type AgentId, type EventId, parseAgentId } from "@holdfast/causality";
import { edited } from "./history.ts";
import { endOf, Reference, type Step, type TextOp } from "./reference.ts";

/** Container that traces edit. */
export const traceText = "body";

/** One transaction: the text it stands upon, by index, and what it does there. */
export interface TraceTransaction {
  readonly agent: AgentId;
  readonly parents: readonly number[];
  /** At a position in code points: delete so many, then insert. */
  readonly patches: readonly (readonly [at: number, deleted: number, inserted: string])[];
}

/** A recorded history of one text. */
export interface Trace {
  readonly transactions: readonly TraceTransaction[];
  readonly endContent: string;
}

interface TraceFile {
  readonly kind?: "concurrent";
  readonly endContent: string;
  readonly numAgents?: number;
  readonly agentNames?: readonly string[];
  readonly txns: readonly {
    readonly agent?: number;
    readonly parents?: readonly number[];
    readonly patches: TraceTransaction["patches"];
  }[];
}

/**
 * Reads a trace, gzipped or not.
 *
 * Agents get ids in the order of their names where the file has names. That is not
 * cosmetic: with ties broken otherwise than where a history was recorded, a merge can
 * be shorter than it was then, and a later position lie past its end.
 */
export function readTrace(path: string): Trace {
  const raw = readFileSync(path);
  const text = path.endsWith(".gz") ? gunzipSync(raw).toString("utf8") : raw.toString("utf8");
  const file = JSON.parse(text) as TraceFile;
  const names = file.agentNames ?? [];
  const numbers = Array.from({ length: file.numAgents ?? 1 }, (_, index) => index);
  const ranked = [...numbers].sort((a, b) => {
    const [left, right] = [names[a] ?? "", names[b] ?? ""];
    return left === right ? a - b : left < right ? -1 : 1;
  });
  const agents = numbers.map((number) =>
    parseAgentId((ranked.indexOf(number) + 1).toString(16).padStart(32, "0")),
  );
  const transactions = file.txns.map((txn, index) => ({
    agent: agents[txn.agent ?? 0]!,
    parents: txn.parents ?? (index === 0 ? [] : [index - 1]),
    patches: txn.patches,
  }));
  return { transactions, endContent: file.endContent };
}

/**
 * The transactions as steps: `null` for those that edit nothing. Where a text leaves
 * the basic plane, positions are counted on what the reference says the author saw.
 */
export function traceSteps(trace: Trace): readonly (Step | null)[] {
  const basic = trace.transactions.every(({ patches }) =>
    patches.every(([, , inserted]) => !/[\uD800-\uDFFF]/.test(inserted)),
  );
  const reference = new Reference();
  const next = new Map<AgentId, number>();
  const heads: (readonly EventId[])[] = [];
  return trace.transactions.map(({ agent, parents, patches }) => {
    const ids = parents.flatMap((parent) => heads[parent]!);
    const above = [...new Map(ids.map((id) => [`${id.agent}@${id.seq}`, id])).values()];
    let text = basic ? null : reference.text(traceText, reference.versionAt(above));
    const ops: TextOp[] = [];
    for (const patch of patches) {
      for (const op of patchOps(text, patch)) {
        ops.push(op);
        text = text === null ? null : edited(text, op);
      }
    }
    if (ops.length === 0) {
      heads.push(above);
      return null;
    }
    const step: Step = { agent, from: next.get(agent) ?? 0, parents: above, ops };
    if (!basic) reference.add(step);
    next.set(agent, endOf(step));
    heads.push([{ agent, seq: endOf(step) - 1 }]);
    return step;
  });
}

// A patch as edits in UTF-16 units of `text`; null where code points are units.
function patchOps(
  text: string | null,
  [start, length, inserted]: TraceTransaction["patches"][number],
): TextOp[] {
  const container = traceText;
  const at = text === null ? start : unitsOf(text, 0, start);
  const count = text === null ? length : unitsOf(text, at, length);
  const ops: TextOp[] = [];
  if (count > 0) ops.push({ kind: "delete", container, at, count });
  if (inserted !== "") ops.push({ kind: "insert", container, at, text: inserted });
  return ops;
}

// How many UTF-16 units the `points` code points from index `from` on take.
function unitsOf(text: string, from: number, points: number): number {
  let units = 0;
  for (let count = 0; count < points; count += 1) {
    units += text.codePointAt(from + units)! > 0xffff ? 2 : 1;
  }
  return units;
}
