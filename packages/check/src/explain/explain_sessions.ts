// The report on sessions: which guarantees are broken, and step by step why.

import type { Operation } from "../history/operation.ts";
import type { RegisterStep, TransactionOperation } from "../isolation/transaction.ts";
import {
  type Guarantee,
  guarantees,
  type SessionUnknownReason,
  type SessionVerdict,
} from "../sessions/verdict.ts";
import { activityOf } from "./activity.ts";
import { describeCount, plainSentence } from "./describe.ts";
import { factsOf } from "./facts.ts";
import { nearby } from "./nearby.ts";
import type { Report, ReportOptions } from "./report.ts";

/**
 * Explains what the judge of sessions answered for `history`. Linear in the history, apart
 * from sorting its latencies.
 *
 * @param history - The very operations that were judged, in their order.
 */
export function explainSessions(
  history: readonly TransactionOperation<RegisterStep>[],
  verdict: SessionVerdict,
  { faults = [] }: ReportOptions = {},
): Report {
  const operations: readonly Operation[] = history;
  const findings = verdict.faults.map(({ guarantee, sentence, operations: places, edges }) => ({
    title: guarantee,
    sentence: plainSentence(sentence),
    operations: places,
    edges: edges.map((edge) => ({ ...edge, reason: plainSentence(edge.reason) })),
    isAllowed: false,
  }));
  const named = (what: string) => guarantees.filter((each) => verdict.guarantees[each] === what);
  return {
    judged: "sessions",
    verdict: verdict.verdict,
    title: titleOf(verdict),
    sentence: sentenceOf(verdict),
    facts: [...factsOf(operations), ["not decided", named("unknown").join(", ") || "nothing"]],
    findings,
    findingsLeftOut: 0,
    orders: [],
    models: {
      ruledOut: named("broken"),
      weakestRuledOut: weakest(verdict.faults.map(({ guarantee }) => guarantee)),
      mayHold: named("holds"),
    },
    sign: "T",
    ...nearby(
      operations,
      findings.flatMap(({ operations: places }) => places),
    ),
    faults,
    activity: activityOf(operations),
  };
}

// A fault names the weakest guarantee that it breaks.
function weakest(broken: readonly Guarantee[]): readonly Guarantee[] {
  return guarantees.filter((each) => broken.includes(each));
}

function titleOf({ verdict, faults }: SessionVerdict): string {
  if (verdict === "ok") return "All guarantees hold";
  if (verdict === "unknown") return "Not decided";
  const [first] = faults;
  return first === undefined ? "A guarantee is broken" : `Broken: ${first.guarantee}`;
}

function sentenceOf({ verdict, faults, unknown }: SessionVerdict): string {
  if (verdict === "ok") return "every session saw what it was promised";
  if (verdict === "unknown") return unknown.map((reason) => unknownReasons[reason]).join("; ");
  const [first] = faults;
  const more = faults.length > 1 ? `; ${describeCount(faults.length)} examples in all` : "";
  return `${plainSentence(first?.sentence ?? "a guarantee is broken")}${more}`;
}

const unknownReasons: Readonly<Record<SessionUnknownReason, string>> = {
  "nothing-to-judge": "nothing could have broken what was asked for",
  "duplicate-writes":
    "one value was written to one key more than once, so nobody knows which write was read",
  "cyclic-order": "causality runs in a circle, so what is older is not defined",
  "search-ended": "the search ended before all was decided",
};
