// The report on isolation: the anomalies, the worst first, each cycle with the reason for
// every edge; what they rule out, and what may still hold.

import type { Operation } from "../history/operation.ts";
import type { TransactionOperation } from "../isolation/transaction.ts";
import type { Anomaly, IsolationVerdict, UnknownReason } from "../isolation/verdict.ts";
import { activityOf } from "./activity.ts";
import { describeCount, plainText } from "./describe.ts";
import { factsOf } from "./facts.ts";
import { nearby } from "./nearby.ts";
import type { Finding, Report, ReportOptions } from "./report.ts";

/** UTF-16 units of a reason; a stranger's values may make it longer. */
const reasonLengthMax = 2_000;

/**
 * Explains what a judge of transactions answered for `history`. Linear in the history,
 * apart from sorting its latencies.
 *
 * @param history - The very operations that were judged, in their order.
 */
export function explainIsolation<Step>(
  history: readonly TransactionOperation<Step>[],
  verdict: IsolationVerdict,
  { faults = [] }: ReportOptions = {},
): Report {
  const operations: readonly Operation[] = history;
  const findings = [
    ...verdict.anomalies.map((anomaly) => findingOf(anomaly, false)),
    ...verdict.allowed.map((anomaly) => findingOf(anomaly, true)),
  ];
  const named = findings.flatMap(({ operations: places }) => places);
  return {
    judged: "isolation",
    verdict: verdict.verdict,
    title: titleOf(verdict),
    sentence: sentenceOf(verdict),
    facts: factsOf(operations),
    findings,
    findingsLeftOut: 0,
    orders: [],
    models: {
      ruledOut: verdict.ruledOut,
      weakestRuledOut: verdict.weakestRuledOut,
      mayHold: verdict.mayHold,
    },
    sign: "T",
    ...nearby(operations, named),
    faults,
    activity: activityOf(operations),
  };
}

function findingOf(anomaly: Anomaly, isAllowed: boolean): Finding {
  const { type, name, sentence, operations, cycle } = anomaly;
  return {
    title: name === null ? type : `${name} (${type})`,
    sentence: cut(sentence),
    operations,
    cycle: cycle.map((edge) => ({ ...edge, reason: cut(edge.reason) })),
    isAllowed,
  };
}

function cut(text: string): string {
  const short = text.length > reasonLengthMax ? `${text.slice(0, reasonLengthMax)}…` : text;
  return plainText(short);
}

function titleOf({ verdict, anomalies }: IsolationVerdict): string {
  if (verdict === "ok") return "No anomaly";
  if (verdict === "unknown") return "Not decided";
  const types = [...new Set(anomalies.map(({ name, type }) => name ?? type))];
  const more = types.length > 2 ? ` and ${types.length - 2} more` : "";
  const names = types.slice(0, 2).join(", ") + more;
  return names.slice(0, 1).toUpperCase() + names.slice(1);
}

function sentenceOf(verdict: IsolationVerdict): string {
  const because = verdict.unknown.map((reason) => unknownReasons[reason]);
  if (verdict.verdict === "unknown") return because.join("; ");
  if (verdict.verdict === "ok") {
    return "nothing was found that is forbidden by what was asked for; another history may show it";
  }
  const { anomalies, weakestRuledOut } = verdict;
  const [worst] = anomalies;
  const count =
    anomalies.length === 1 ? "" : `; ${describeCount(anomalies.length)} anomalies in all`;
  const out =
    weakestRuledOut.length === 0
      ? ""
      : `; that rules out ${weakestRuledOut.join(", ")}, and all that implies it`;
  const undecided = because.length === 0 ? "" : `; ${because.join("; ")}`;
  return `${cut(worst!.sentence)}${out}${count}${undecided}`;
}

const unknownReasons: Readonly<Record<UnknownReason, string>> = {
  "empty-transaction-graph": "no transaction depends on another, so there was nothing to judge by",
  "duplicate-writes":
    "one value was written to one key more than once, so nobody knows which write was read",
  "search-ended": "the search ended before all was decided",
};
