// A report as JSON, for programs.

import { describeOperation } from "../explain/describe.ts";
import type { Report, ReportOperation } from "../explain/report.ts";
import { plainValue } from "./plain_value.ts";

/**
 * The report as values that JSON can hold. Its fields are those of {@link Report}, and of an
 * operation `place`, `process`, `input`, `outcome`, `output`, `invokedAt`, `completedAt`
 * and `text`, which says what it was for people. JSON knows no infinity: a moment that
 * nobody knows, or that never came, is null. What of an input or output JSON can't hold,
 * or what is very large, is a text. Only operations that findings and orders name are in
 * it; points of plots are not.
 */
export function reportJson(report: Report): object {
  const { operations, operationsLeftOut, activity, faults, ...rest } = report;
  const named = new Set([
    ...rest.findings.flatMap((finding) => finding.operations),
    ...rest.orders.flatMap(({ steps, next }) => [...steps.map(({ place }) => place), next]),
  ]);
  const kept = operations.filter(({ place }) => named.has(place));
  return {
    ...rest,
    operations: kept.map(operationOf),
    operationsLeftOut: operationsLeftOut + operations.length - kept.length,
    faults: faults.map(({ name, beginsAt, endsAt }) => ({
      name,
      beginsAt: finite(beginsAt),
      endsAt: finite(endsAt),
    })),
    latency: activity?.latency ?? null,
  };
}

function operationOf({ place, operation }: ReportOperation): unknown {
  const { process, input, outcome, output, invokedAt, completedAt } = operation;
  return {
    place,
    process,
    input: plainValue(input),
    outcome,
    ...(output === undefined ? {} : { output: plainValue(output) }),
    invokedAt: finite(invokedAt),
    completedAt: finite(completedAt),
    text: describeOperation(operation),
  };
}

function finite(at: number): number | null {
  return Number.isFinite(at) ? at : null;
}
