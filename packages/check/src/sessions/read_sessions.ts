// Reads histories for the judge of sessions: of transactions on registers, or of single
// calls, `{f: "read" | "write", key, value}`, of which each is a transaction of one step.

import { readAnyHistory } from "../history/formats.ts";
import { unheardOf } from "../history/vocabulary.ts";
import type { Key, RegisterStep, TransactionOperation, Value } from "../isolation/transaction.ts";
import { registerVocabulary, type TransactionVocabulary } from "../isolation/vocabularies.ts";

/**
 * Reads a history in any format.
 *
 * @throws {HoldfastError} As `readAnyHistory`.
 */
export function readSessions(text: string): readonly TransactionOperation<RegisterStep>[] {
  return readAnyHistory(text, vocabulary).map((operation) => {
    if (operation.outcome !== "ok" || operation.output !== undefined) return operation;
    // Without an answer a write is what was asked for, and a read says nothing.
    const isWrite = operation.input.every(([f]) => f === "w");
    return isWrite ? { ...operation, output: operation.input } : { ...operation, outcome: "info" };
  });
}

const vocabulary: TransactionVocabulary<RegisterStep> = {
  input: (said, process) => {
    const call = callOf(said);
    if (call === null) return registerVocabulary.input(said, process);
    return [call.f === "read" ? ["r", call.key, null] : ["w", call.key, call.value as Value]];
  },
  output: (said, input) => {
    const [first, ...more] = input;
    const isSteps = Array.isArray(said) && (said.length === 0 || Array.isArray(said[0]));
    if (isSteps || first === undefined || more.length > 0) {
      return registerVocabulary.output(said, input);
    }
    return first[0] === "r" ? [["r", first[1], said as Value | null]] : input;
  },
};

interface Call {
  readonly f: "read" | "write";
  readonly key: Key;
  readonly value: unknown;
}

// Null for a transaction.
function callOf(said: unknown): Call | null {
  if (typeof said !== "object" || said === null || Array.isArray(said)) return null;
  const { f, key = "register", value } = said as Partial<Call>;
  if (f !== "read" && f !== "write") return null;
  if (typeof key !== "string" && typeof key !== "number") unheardOf("a key is a text or a number");
  return { f, key, value };
}
