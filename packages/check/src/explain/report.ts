// A report: what a judge found, with all that is needed to show it, as plain data.
//
// Every verdict is made into one of these, and a report into a page, a text or JSON. So
// what a page shows is decided without a page: what was found, the smallest first; which
// operations it is about; and which of the others stand near enough to be shown with it.

import type { Fault } from "../history/fault.ts";
import type { Operation } from "../history/operation.ts";
import type { CycleEdge } from "../isolation/verdict.ts";
import type { Activity } from "./activity.ts";

/** Operations that a report carries; those nearest to what was found. */
export const operationsMax = 1_500;

/** An operation and its place in the history that was judged. */
export interface ReportOperation {
  readonly place: number;
  readonly operation: Operation;
}

/** Something that was found. */
export interface Finding {
  /** A few words: what it is called. */
  readonly title: string;
  /** What was wrong, as a sentence without its full stop. */
  readonly sentence: string;
  /** Operations that take part, by their places. */
  readonly operations: readonly number[];
  /** Why no order fits, edge by edge; empty where that is not the reason. */
  readonly cycle: readonly CycleEdge[];
  /** Whether what was asked for allows it: then it is no violation. */
  readonly isAllowed: boolean;
}

/** An operation of an order, and what the object held after it. */
export interface OrderStep {
  readonly place: number;
  /** Null where it is not known. */
  readonly state: string | null;
}

/** A longest order that was possible, and what fits nowhere in it. */
export interface ReportOrder {
  /** The first so many steps are not in `steps`. */
  readonly stepsLeftOut: number;
  readonly steps: readonly OrderStep[];
  /** What would have had to come next; null where nothing is missing. */
  readonly next: number | null;
  /** Why it can't, as sentences without their full stops. */
  readonly reasons: readonly string[];
}

/** Which promises a history rules out. */
export interface ReportModels {
  readonly ruledOut: readonly string[];
  /** The weakest of them: the others imply one of these. */
  readonly weakestRuledOut: readonly string[];
  readonly mayHold: readonly string[];
}

/** What a judge found. Places are those of the history that was judged, from 0. */
export interface Report {
  /** What was judged: `linearizability`, `isolation`, or a data type. */
  readonly judged: string;
  readonly verdict: "ok" | "violation" | "unknown";
  /** The verdict in a few words. */
  readonly title: string;
  /** The verdict in a sentence, without its full stop. */
  readonly sentence: string;
  /** Figures, each with its name. */
  readonly facts: readonly (readonly [name: string, figure: string])[];
  /** The smallest or worst first. */
  readonly findings: readonly Finding[];
  /** Findings of the verdict that are not in `findings`. */
  readonly findingsLeftOut: number;
  /** The longest first; empty where the judge looks for no order, or gave none. */
  readonly orders: readonly ReportOrder[];
  /** Null where the judge decides about one promise only. */
  readonly models: ReportModels | null;
  /** What stands before the number of an operation: `T7` in sentences about transactions, `#7` in others. */
  readonly sign: "T" | "#";
  /** By their places: all that the findings and orders name, and what is near. At most {@link operationsMax}. */
  readonly operations: readonly ReportOperation[];
  /** Operations of the history that are not in `operations`. */
  readonly operationsLeftOut: number;
  /** When something was broken on purpose. */
  readonly faults: readonly Fault[];
  /** Latency and throughput over time; null where the history has no times. */
  readonly activity: Activity | null;
}

/** What the reports of all judges can be told besides a verdict. */
export interface ReportOptions {
  /** When something was broken on purpose; shown as bands. */
  readonly faults?: readonly Fault[];
}
