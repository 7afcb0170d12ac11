// What the page's program is told: the operations of a report as texts and numbers, and
// which of them belong together. JSON knows no infinity: such moments are null.
//
// It is written and read by one version of this package, and is no format to keep.

import { describeInput, describeOperation, describeValue, plainName } from "../explain/describe.ts";
import type { Report, ReportOperation } from "../explain/report.ts";
import type { Outcome } from "../history/operation.ts";

/** UTF-16 units of what stands on a bar. */
const labelLengthMax = 60;

/** An operation as the page shows it. */
export interface PageOperation {
  readonly place: number;
  readonly process: string;
  /** When it was asked for; null where nobody knows. */
  readonly from: number | null;
  /** When it was answered; null where it never was, or nobody knows. */
  readonly until: number | null;
  readonly outcome: Outcome;
  /** Short: what stands on the bar. */
  readonly label: string;
  readonly input: string;
  /** Null where there is none. */
  readonly output: string | null;
}

/** A longest order, and what fits nowhere in it. */
export interface PageOrder {
  readonly stepsLeftOut: number;
  readonly steps: readonly { readonly place: number; readonly state: string | null }[];
  readonly next: number | null;
  readonly reasons: readonly string[];
}

/** A fault as the page shows it. */
export interface PageFault {
  readonly name: string;
  readonly from: number | null;
  readonly until: number | null;
}

/** A report inside of a page. */
export interface PageData {
  readonly sign: string;
  readonly operations: readonly PageOperation[];
  /** The operations of each finding that the page shows. */
  readonly findings: readonly (readonly number[])[];
  readonly orders: readonly PageOrder[];
  readonly faults: readonly PageFault[];
}

/** Packs what of a report the page's program needs; of the findings, those that are shown. */
export function pageDataOf(report: Report, findingsShown: number): PageData {
  return {
    sign: report.sign,
    operations: report.operations.map(pageOperationOf),
    findings: report.findings.slice(0, findingsShown).map(({ operations }) => operations),
    orders: report.orders,
    faults: report.faults.map(({ name, beginsAt, endsAt }) => ({
      name: plainName(name),
      from: finite(beginsAt),
      until: finite(endsAt),
    })),
  };
}

function pageOperationOf({ place, operation }: ReportOperation): PageOperation {
  const { process, input, outcome, output, invokedAt, completedAt } = operation;
  return {
    place,
    process: plainName(process),
    from: finite(invokedAt),
    until: finite(completedAt),
    outcome,
    label: describeOperation(operation, labelLengthMax),
    input: describeInput(input),
    output: outcome === "ok" && output !== undefined ? describeValue(output) : null,
  };
}

function finite(at: number): number | null {
  return Number.isFinite(at) ? at : null;
}
