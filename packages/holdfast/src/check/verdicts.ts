// Verdicts in words, a line for each thing that a person should know.

import type {
  DataVerdict,
  IsolationVerdict,
  LinearizabilityVerdict,
  Operation,
} from "@holdfast/check";
import type { Judged } from "./judged_files.ts";

/** A verdict on linearizability. */
export function linearizabilityJudged(
  verdict: LinearizabilityVerdict<unknown, unknown, unknown>,
): Judged {
  const { verdict: answer, ...details } = verdict;
  return { verdict: answer, lines: linearizabilityLines(verdict), details };
}

function linearizabilityLines(
  verdict: LinearizabilityVerdict<unknown, unknown, unknown>,
): readonly string[] {
  if (verdict.verdict === "ok") return [];
  const part = verdict.partition === null ? "" : ` (part ${verdict.partition})`;
  if (verdict.verdict === "unknown") {
    return [verdict.reason === "steps" ? `out of steps${part}` : `out of time${part}`];
  }
  return [`${verdict.reason}${part}`, ...verdict.operations.map(operationLine)];
}

function operationLine({
  process,
  input,
  outcome,
  output,
  invokedAt,
  completedAt,
}: Operation): string {
  const answer = output === undefined ? outcome : `${outcome} ${JSON.stringify(output)}`;
  return `process ${process}, ${invokedAt} to ${completedAt}: ${JSON.stringify(input)} ${answer}`;
}

/** A verdict on isolation. */
export function isolationJudged(verdict: IsolationVerdict): Judged {
  const { verdict: answer, ...details } = verdict;
  return { verdict: answer, lines: isolationLines(verdict), details };
}

function isolationLines({
  verdict,
  anomalies,
  unknown,
  weakestRuledOut,
}: IsolationVerdict): readonly string[] {
  if (verdict === "ok") return [];
  if (verdict === "unknown") return [unknown.join(", ")];
  const types = [...new Set(anomalies.map(({ type }) => type))];
  return [
    `${types.join(", ")}; not ${weakestRuledOut.join(", ")}`,
    ...anomalies.flatMap(({ type, name, sentence, cycle }) => [
      `${type}${name === null ? "" : ` (${name})`}: ${sentence}.`,
      ...cycle.map(({ reason }) => `  ${reason}.`),
    ]),
    ...unknown.map((reason) => `not decided: ${reason}`),
  ];
}

/** A verdict on a data type: its fields that say something. */
export function dataJudged({ verdict, ...details }: { readonly verdict: DataVerdict }): Judged {
  if (verdict === "ok") return { verdict, lines: [], details };
  const told = Object.entries(details).filter(
    ([, value]) => !Array.isArray(value) || value.length > 0,
  );
  const lines = told.map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return { verdict, lines: ["", ...lines], details };
}
