// Editing traces as histories: the format is told in fixtures/README.md.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type AgentId, type EventId, parseAgentId, VersionVector } from "@holdfast/causality";
import { appendStretch, type Operation, type Stretch } from "../src/history/operation.ts";
import { edited, isTextOp } from "./history.ts";
import { endOf, eventsOf, Reference, type Step, type TextOp } from "./reference.ts";

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
  const steps: (Step | null)[] = [];
  // Of each transaction: everything up to it, and which steps are the last of that.
  const after: VersionVector[] = [];
  const lasts: (readonly number[])[] = [];
  const lastId = (index: number): EventId => ({
    agent: steps[index]!.agent,
    seq: endOf(steps[index]!) - 1,
  });
  trace.transactions.forEach(({ agent, parents, patches }, index) => {
    const above = [...new Set(parents.flatMap((parent) => lasts[parent]!))];
    const heads = above.filter(
      (head) => !above.some((other) => other !== head && after[other]!.has(lastId(head))),
    );
    const ids = heads.map(lastId).sort((a, b) => (a.agent < b.agent ? -1 : 1));
    const seen = new VersionVector();
    for (const head of heads) seen.merge(after[head]!);
    let text = basic ? null : reference.text(traceText, reference.versionAt(ids));
    const ops: TextOp[] = [];
    for (const patch of patches) {
      for (const op of patchOps(text, patch)) {
        ops.push(op);
        text = text === null ? null : edited(text, op);
      }
    }
    const step: Step = { agent, from: seen.next(agent), parents: ids, ops };
    if (!basic && ops.length > 0) reference.add(step);
    seen.advance(agent, endOf(step));
    after.push(seen);
    steps.push(ops.length > 0 ? step : null);
    lasts.push(ops.length > 0 ? [index] : heads);
  });
  return steps;
}

/** A step of text edits as the implementation writes it. */
export function stepStretches(step: Step): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let { from: seq, parents } = step;
  for (const op of step.ops) {
    if (!isTextOp(op)) throw new Error("a step of a trace edits texts only");
    const { container, at } = op;
    const operation: Operation =
      op.kind === "insert"
        ? { type: "insert", container, at, content: op.text }
        : { type: "delete", container, at, length: op.count, backward: false };
    appendStretch(stretches, { agent: step.agent, seq, parents, operation });
    seq += eventsOf(op);
    parents = [{ agent: step.agent, seq: seq - 1 }];
  }
  return stretches;
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
