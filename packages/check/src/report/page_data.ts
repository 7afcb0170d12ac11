// What the page's program is told: the operations of a report as texts and numbers, and
// which of them belong together. JSON knows no infinity: such moments are null.
//
// It is written and read by one version of this package, and is no format to keep.

import { describeInput, describeOperation, describeValue, plainName } from "../explain/describe.ts";
import type { Report, ReportOperation } from "../explain/report.ts";
import type { Outcome } from "../history/operation.ts";

/** UTF-16 units of what stands on a bar. */
const labelLengthMax = 60;

/** Operations of a finding that the timeline tells apart from others. */
const placesMax = 200;

/** UTF-16 units of a reason. */
const reasonLengthMax = 1_000;

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
  /** Whether somebody wrote down when things happened; if not, places stand for times. */
  readonly isTimed: boolean;
  /** The operations of each finding that the page shows. */
  readonly findings: readonly (readonly number[])[];
  readonly orders: readonly PageOrder[];
  readonly faults: readonly PageFault[];
}

/** Faults that a page shows. */
export const faultsShownMax = 200;

/** How much is packed. */
export interface PackingOptions {
  /** Findings that the page shows. */
  readonly findingsShown: number;
  /** UTF-16 units of an input or an output. */
  readonly lengthMax: number;
}

/** Packs what of a report the page's program needs. */
export function pageDataOf(report: Report, { findingsShown, lengthMax }: PackingOptions): PageData {
  const operations = report.operations.map((each) => pageOperationOf(each, lengthMax));
  const isTimed = operations.some(({ from, until }) => from !== null || until !== null);
  const findings = report.findings.slice(0, findingsShown);
  return {
    sign: report.sign,
    operations: isTimed ? operations : operations.map(inTurn),
    isTimed,
    // Of the first that are named; all of them would make the timeline no clearer.
    findings: findings.map(({ operations: places }) => places.slice(0, placesMax)),
    orders: report.orders.map(({ reasons, ...order }) => ({
      ...order,
      reasons: reasons.map((reason) => cut(reason, reasonLengthMax)),
    })),
    faults: report.faults.slice(0, faultsShownMax).map(({ name, beginsAt, endsAt }) => ({
      name: plainName(name),
      from: finite(beginsAt),
      until: finite(endsAt),
    })),
  };
}

function pageOperationOf({ place, operation }: ReportOperation, lengthMax: number): PageOperation {
  const { process, input, outcome, output, invokedAt, completedAt } = operation;
  return {
    place,
    process: cut(plainName(process), lengthMax),
    from: finite(invokedAt),
    until: finite(completedAt),
    outcome,
    label: describeOperation(operation, Math.min(labelLengthMax, lengthMax)),
    input: describeInput(input, lengthMax),
    output: outcome === "ok" && output !== undefined ? describeValue(output, lengthMax) : null,
  };
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

// Where nobody wrote down when anything was, operations stand side by side.
function inTurn(operation: PageOperation): PageOperation {
  return { ...operation, from: operation.place, until: operation.place + 1 };
}

function finite(at: number): number | null {
  return Number.isFinite(at) ? at : null;
}
