// Reads the histories that stand in docs/isolation.md:
//
//   ann 0-3: append x 1; read x [1]       process, when it began and was over, steps
//   bob: read x nil                       of which nobody knows the times
//   cy fails: write x 3                   or `unclear`, where nobody knows what became of it
//
// An operation's number is its line's. Steps: append, read and write, insert, delete, init,
// and `find all` or `find odd` with what was found.

import type { Predicate, TransactionOperation } from "@holdfast/check";

/** An operation on whatever its steps are about. */
export type ExampleOperation = TransactionOperation<never>;

const linePattern = /^(\w+)( fails| unclear)?(?: (\d+)-(\d+))?: (.*)$/;

/** The operations of some lines. */
export function readExample(lines: readonly string[]): ExampleOperation[] {
  return lines.map((line, place) => {
    const match = linePattern.exec(line);
    if (match === null) throw new Error(`not an operation: ${line}`);
    const [, process, end, from, until, text] = match;
    const steps = text!.split("; ").map(readStep) as never[];
    const outcome = end === " fails" ? "fail" : end === " unclear" ? "info" : "ok";
    return {
      process: process!,
      input: steps,
      outcome,
      output: outcome === "ok" ? steps : undefined,
      invokedAt: from === undefined ? Number.NEGATIVE_INFINITY : Number(from),
      completedAt:
        outcome === "info" ? Number.POSITIVE_INFINITY : until === undefined ? place : Number(until),
    };
  });
}

function readStep(text: string): unknown[] {
  const [what, key, ...rest] = text.split(" ");
  const seen = rest.join(" ");
  switch (what) {
    case "append":
    case "insert":
    case "init":
      return [what, key, Number(seen)];
    case "write":
      return ["w", key, Number(seen)];
    case "delete":
      return [what, key];
    case "read":
      return ["r", key, readSeen(seen)];
    case "find":
      return ["rp", predicates[key!], readFound(seen)];
    default:
      throw new Error(`not a step: ${text}`);
  }
}

const predicates: Readonly<Record<string, Predicate>> = { all: "true", odd: ["mod", 2, 1] };

function readSeen(text: string): unknown {
  if (text === "nil") return null;
  if (!text.startsWith("[")) return Number(text);
  return text.slice(1, -1).split(" ").filter(Boolean).map(Number);
}

function readFound(text: string): Record<string, number> {
  const pairs = text.slice(1, -1).split(", ").filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key, value] = pair.split(" ");
      return [key!, Number(value)];
    }),
  );
}
