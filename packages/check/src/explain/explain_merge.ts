// The report on merged data: which promises replicas broke, and the records that show it.
//
// A record stands for an operation of its replica. Logs have no times, so records are shown
// one after the other, by their places.

import type { Operation } from "../history/operation.ts";
import type { MergeRecord } from "../merge/record.ts";
import { type MergeVerdict, mergePromises } from "../merge/verdict.ts";
import { describeCount, plainSentence } from "./describe.ts";
import { nearby } from "./nearby.ts";
import type { Report } from "./report.ts";

/** Explains what the judge of merged data answered for a log. Linear in its records. */
export function explainMerge(records: readonly MergeRecord[], verdict: MergeVerdict): Report {
  const findings = verdict.faults.map(({ promise, sentence, places }) => ({
    title: promise,
    sentence: plainSentence(sentence),
    operations: places,
    edges: [],
    isAllowed: false,
  }));
  const named = (what: string) => mergePromises.filter((each) => verdict.promises[each] === what);
  return {
    judged: "merged data",
    verdict: verdict.verdict,
    title: titleOf(verdict),
    sentence: sentenceOf(verdict),
    facts: factsOf(records, named("unknown")),
    findings,
    findingsLeftOut: 0,
    orders: [],
    // None of them implies another.
    models: {
      ruledOut: named("violation"),
      weakestRuledOut: named("violation"),
      mayHold: named("ok"),
    },
    sign: "R",
    ...nearby(
      records.map(operationOf),
      findings.flatMap(({ operations }) => operations),
    ),
    faults: [],
    activity: null,
  };
}

function operationOf(record: MergeRecord): Operation {
  const { type, ...what } = record;
  const { replica = "all", ...rest } = what as { readonly replica?: string };
  return {
    process: replica,
    input: { f: type, rest },
    outcome: "ok",
    output: undefined,
    invokedAt: Number.NEGATIVE_INFINITY,
    completedAt: Number.POSITIVE_INFINITY,
  };
}

function factsOf(
  records: readonly MergeRecord[],
  unknown: readonly string[],
): (readonly [string, string])[] {
  const replicas = new Set(records.map((record) => ("replica" in record ? record.replica : null)));
  replicas.delete(null);
  return [
    ["records", describeCount(records.length)],
    ["replicas", describeCount(replicas.size)],
    ["states", describeCount(records.filter(({ type }) => type === "state").length)],
    ["nothing to judge by", unknown.join(", ") || "none"],
  ];
}

function titleOf({ verdict, faults }: MergeVerdict): string {
  if (verdict === "ok") return "All promises kept";
  if (verdict === "unknown") return "Not decided";
  const promises = [...new Set(faults.map(({ promise }) => promise))];
  const more = promises.length > 2 ? ` and ${promises.length - 2} more` : "";
  return `Broken: ${promises.slice(0, 2).join(", ")}${more}`;
}

function sentenceOf({ verdict, faults, ended }: MergeVerdict): string {
  if (verdict === "ok") return "all replicas showed what they were promised to show";
  if (verdict === "unknown") {
    return ended
      ? "the judging ended before all was known"
      : "the log has nothing to judge by: no two replicas showed what they had for the same events";
  }
  const [first] = faults;
  const more = faults.length > 1 ? `; ${describeCount(faults.length)} examples in all` : "";
  return `${plainSentence(first?.sentence ?? "a promise is broken")}${more}`;
}
