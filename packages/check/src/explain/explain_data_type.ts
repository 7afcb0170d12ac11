// The reports on data types: what a set, a queue, a counter and others were seen to do
// wrong, and the operations that show it.

import type { BankVerdict } from "../data_types/bank.ts";
import type { CallOperation, DataVerdict, Item } from "../data_types/calls.ts";
import type { CausalReverseVerdict } from "../data_types/causal_reverse.ts";
import type { CounterVerdict } from "../data_types/counter.ts";
import type { LongForkVerdict } from "../data_types/long_fork.ts";
import type { QueueVerdict } from "../data_types/queue.ts";
import type { SetVerdict } from "../data_types/set.ts";
import type { TotalQueueVerdict } from "../data_types/total_queue.ts";
import type { UniqueIdsVerdict } from "../data_types/unique_ids.ts";
import { activityOf } from "./activity.ts";
import { queueFindings, setFindings, totalQueueFindings, uniqueIdFindings } from "./data_items.ts";
import {
  bankFindings,
  causalReverseFindings,
  counterFindings,
  longForkFindings,
} from "./data_reads.ts";
import { describeCount } from "./describe.ts";
import { factsOf } from "./facts.ts";
import { nearby } from "./nearby.ts";
import type { Finding, Report, ReportOptions } from "./report.ts";

/** Findings that a report carries. */
const findingsMax = 200;

/** A verdict on a data type, and of which judge it is. */
export type DataJudgement =
  | { readonly type: "bank"; readonly verdict: BankVerdict }
  | { readonly type: "causal-reverse"; readonly verdict: CausalReverseVerdict }
  | { readonly type: "counter"; readonly verdict: CounterVerdict }
  | { readonly type: "long-fork"; readonly verdict: LongForkVerdict }
  | { readonly type: "queue" | "fifo-queue"; readonly verdict: QueueVerdict }
  | { readonly type: "set"; readonly verdict: SetVerdict }
  | { readonly type: "total-queue"; readonly verdict: TotalQueueVerdict }
  | { readonly type: "unique-ids"; readonly verdict: UniqueIdsVerdict };

/**
 * Explains what a judge of a data type answered for `history`. O(n log n).
 *
 * @param history - The very operations that were judged, in their order.
 */
export function explainDataType(
  history: readonly CallOperation[],
  judgement: DataJudgement,
  { faults = [] }: ReportOptions = {},
): Report {
  const all = findingsOf(history, judgement);
  const findings = all.slice(0, findingsMax);
  const { verdict } = judgement.verdict;
  return {
    judged: names[judgement.type],
    verdict,
    title: titles[verdict],
    sentence: sentenceOf(judgement, all),
    facts: factsOf(history),
    findings,
    findingsLeftOut: all.length - findings.length,
    orders: [],
    models: null,
    sign: "#",
    ...nearby(
      history,
      findings.flatMap(({ operations }) => operations),
    ),
    faults,
    activity: activityOf(history),
  };
}

const names: Readonly<Record<DataJudgement["type"], string>> = {
  bank: "bank",
  "causal-reverse": "causal reverse",
  counter: "counter",
  "long-fork": "long fork",
  "fifo-queue": "queue in order",
  queue: "queue",
  set: "set",
  "total-queue": "total queue",
  "unique-ids": "unique ids",
};

const titles: Readonly<Record<DataVerdict, string>> = {
  ok: "Nothing wrong",
  violation: "Promise broken",
  unknown: "Not decided",
};

function findingsOf(history: readonly CallOperation[], judgement: DataJudgement): Finding[] {
  switch (judgement.type) {
    case "bank":
      return bankFindings(judgement.verdict);
    case "causal-reverse":
      return causalReverseFindings(history, judgement.verdict);
    case "counter":
      return counterFindings(history, judgement.verdict);
    case "long-fork":
      return longForkFindings(judgement.verdict);
    case "queue":
    case "fifo-queue":
      return queueFindings(history, judgement.verdict);
    case "set":
      return setFindings(history, judgement.verdict);
    case "total-queue":
      return totalQueueFindings(history, judgement.verdict);
    case "unique-ids":
      return uniqueIdFindings(history, judgement.verdict);
  }
}

function sentenceOf(judgement: DataJudgement, findings: readonly Finding[]): string {
  if (judgement.verdict.verdict === "ok") return "this history shows nothing wrong";
  if (judgement.verdict.verdict === "unknown") return unknownSentence(judgement);
  const wrong = findings.filter(({ isAllowed }) => !isAllowed);
  const more = wrong.length > 1 ? `; ${describeCount(wrong.length)} findings in all` : "";
  return `${wrong[0]!.sentence}${more}`;
}

function unknownSentence({ type, verdict }: DataJudgement): string {
  if (type === "set") return "nobody read the set at the end";
  if (type !== "long-fork") return "nothing can be told";
  const keys: readonly Item[] = verdict.unclearKeys;
  return `${describeCount(keys.length)} keys were written more than once, or had two values`;
}
