// What a transaction can say: the steps of lists, registers and predicates that a stranger
// wrote become those that are judged, or are refused.
//
// A transaction is a list of steps, or, as Jepsen has it, the value of an operation. One
// named `init` says which things were there before all transactions.

import { unheardOf, type Vocabulary } from "../history/vocabulary.ts";
import type { ListStep, PredicateStep, RegisterStep } from "./transaction.ts";

/** Reads transactions of steps of one sort. */
export type TransactionVocabulary<Step> = Vocabulary<readonly Step[], readonly Step[]>;

/** Transactions on lists. */
export const listVocabulary = transactions<ListStep>(["append", "r"]);

/** Transactions on registers. */
export const registerVocabulary = transactions<RegisterStep>(["w", "r"]);

/** Transactions on things that predicates select from. */
export const predicateVocabulary = transactions<PredicateStep>([
  "w",
  "r",
  "init",
  "insert",
  "delete",
  "rp",
]);

// The judges check keys, values and lists themselves.
function transactions<Step extends readonly [string, ...unknown[]]>(
  known: readonly Step[0][],
): TransactionVocabulary<Step> {
  const steps = (found: unknown): readonly Step[] => {
    if (!Array.isArray(found)) return unheardOf("a transaction is a list of steps");
    for (const step of found) {
      if (!Array.isArray(step)) unheardOf("a step is a list: what is done, and to which key");
      if (!known.includes(step[0]))
        unheardOf(`a step is ${known.join(", ")}, not ${String(step[0]).slice(0, 40)}`);
    }
    return found.map(withPlainRows) as unknown as readonly Step[];
  };
  return {
    input: (said) => steps(isMap(said) ? stepsOf(said) : said),
    output: (said, [first]) => steps(first?.[0] === "init" && isMap(said) ? initSteps(said) : said),
  };
}

function isMap(said: unknown): said is object {
  return typeof said === "object" && said !== null && !Array.isArray(said);
}

function stepsOf(said: object): unknown {
  const { f, value } = said as { readonly f?: unknown; readonly value?: unknown };
  return f === "init" && isMap(value) ? initSteps(value) : value;
}

function initSteps(rows: object): readonly PredicateStep[] {
  return Object.entries(plain(rows)).map(([key, value]) => ["init", key, value]);
}

// What a predicate read saw is a map in EDN.
function withPlainRows(step: readonly unknown[]): readonly unknown[] {
  return step[0] === "rp" && step[2] instanceof Map ? [step[0], step[1], plain(step[2])] : step;
}

function plain(rows: object): object {
  return rows instanceof Map ? Object.fromEntries(rows) : rows;
}
