// Reads histories from drawings, as MODELS.md shows them:
//
//   ann  |- write 1 -|
//   bob       |- read: null -|  |- read: 1 ...
//
// The columns of the bars are the times. An operation is a name and its arguments, or a
// list; behind a colon stands what was answered; `...` ends one of unknown outcome.

import type { History, Operation } from "@holdfast/check";

const span = /\|-+ (.*?) (?:-+\||\.\.\.)/g;

/** What the arguments of an operation are called. */
const argumentNames: Readonly<Record<string, readonly string[]>> = {
  add: ["value"],
  append: ["key", "value"],
  cas: ["from", "to"],
  enqueue: ["value"],
  get: ["key"],
  has: ["value"],
  push: ["value"],
  put: ["key", "value"],
  remove: ["value"],
  write: ["value"],
};

/** The history of a drawing. An addition to a counter is `by`, to a set `value`. */
export function readDrawing(drawing: string, model: string): History<unknown, unknown> {
  const operations: Operation[] = [];
  for (const line of drawing.split("\n")) {
    const process = line.split(" ")[0]!;
    for (const match of line.matchAll(span)) {
      const [whole, text] = match;
      const [asked, answer] = text!.split(/: (.*)/);
      const isInfo = whole.endsWith("...");
      operations.push({
        process,
        input: inputOf(asked!, process, model),
        outcome: isInfo ? "info" : "ok",
        output: answer === undefined ? undefined : JSON.parse(answer),
        invokedAt: match.index,
        completedAt: isInfo ? Number.POSITIVE_INFINITY : match.index + whole.length - 1,
      });
    }
  }
  return operations;
}

function inputOf(text: string, process: string, model: string): unknown {
  if (text.startsWith("[")) return JSON.parse(text);
  const [f, ...values] = text.split(" ");
  if (model === "lock" || model === "lease") return { f, by: process };
  const names = model === "counter" ? ["by"] : (argumentNames[f!] ?? []);
  return { f, ...Object.fromEntries(values.map((value, i) => [names[i], JSON.parse(value)])) };
}
