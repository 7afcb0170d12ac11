// Verdicts for the command: in a line, for programs, and how to explain them.

import {
  type CallOperation,
  type DataJudgement,
  explainDataType,
  explainIsolation,
  explainLinearizability,
  explainMerge,
  explainSessions,
  type History,
  type IsolationVerdict,
  type LinearizabilityVerdict,
  type MergeRecord,
  type MergeVerdict,
  type RegisterStep,
  type SequentialModel,
  type SessionVerdict,
  type TransactionOperation,
} from "@holdfast/check";
import type { Judged } from "./judged_files.ts";

/** A verdict on linearizability. */
export function linearizabilityJudged(
  history: History,
  model: SequentialModel<unknown, unknown, unknown>,
  verdict: LinearizabilityVerdict<unknown, unknown, unknown>,
): Judged {
  const { verdict: answer, ...details } = verdict;
  return {
    verdict: answer,
    count: operations(history),
    line: linearizabilityLine(verdict),
    details,
    explain: (faults) => explainLinearizability(history, model, verdict, { faults }),
  };
}

function linearizabilityLine(
  verdict: LinearizabilityVerdict<unknown, unknown, unknown>,
): string | null {
  if (verdict.verdict === "ok") return null;
  const part = verdict.partition === null ? "" : ` (part ${verdict.partition})`;
  if (verdict.verdict === "violation") return `${verdict.reason}${part}`;
  return verdict.reason === "steps" ? `out of steps${part}` : `out of time${part}`;
}

/** A verdict on isolation. */
export function isolationJudged<Step>(
  history: readonly TransactionOperation<Step>[],
  verdict: IsolationVerdict,
): Judged {
  const { verdict: answer, ...details } = verdict;
  return {
    verdict: answer,
    count: operations(history),
    line: isolationLine(verdict),
    details,
    explain: (faults) => explainIsolation(history, verdict, { faults }),
  };
}

function isolationLine({
  verdict,
  anomalies,
  unknown,
  weakestRuledOut,
}: IsolationVerdict): string | null {
  if (verdict === "ok") return null;
  if (verdict === "unknown") return unknown.join(", ");
  const types = [...new Set(anomalies.map(({ type }) => type))];
  return `${types.join(", ")}; not ${weakestRuledOut.join(", ")}`;
}

/** A verdict on a data type. */
export function dataJudged(history: readonly CallOperation[], judgement: DataJudgement): Judged {
  const { verdict, ...details } = judgement.verdict;
  return {
    verdict,
    count: operations(history),
    line: null,
    details,
    explain: (faults) => explainDataType(history, judgement, { faults }),
  };
}

/** A verdict on sessions. */
export function sessionsJudged(
  history: readonly TransactionOperation<RegisterStep>[],
  verdict: SessionVerdict,
): Judged {
  const { verdict: answer, ...details } = verdict;
  return {
    verdict: answer,
    count: operations(history),
    line: null,
    details,
    explain: (faults) => explainSessions(history, verdict, { faults }),
  };
}

/** A verdict on merged data. */
export function mergeJudged(records: readonly MergeRecord[], verdict: MergeVerdict): Judged {
  const { verdict: answer, ...details } = verdict;
  return {
    verdict: answer,
    count: `${records.length} records`,
    line: null,
    details,
    explain: () => explainMerge(records, verdict),
  };
}

function operations({ length }: History): string {
  return `${length} operations`;
}
