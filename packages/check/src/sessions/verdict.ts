// What a judge of sessions answers.

import { HoldfastError } from "@holdfast/std";

/** What sessions may be promised, the weakest first. docs/sessions.md says what each means. */
export const guarantees = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
  "causal",
  "causal-memory",
  "causal-plus",
] as const;

/** One of these. */
export type Guarantee = (typeof guarantees)[number];

const sessionGuarantees: readonly Guarantee[] = guarantees.slice(0, 4);

/** What each implies, besides itself. */
const impliedBy: Readonly<Record<Guarantee, readonly Guarantee[]>> = {
  "read-your-writes": [],
  "monotonic-reads": [],
  "monotonic-writes": [],
  "writes-follow-reads": [],
  causal: sessionGuarantees,
  "causal-memory": [...sessionGuarantees, "causal"],
  "causal-plus": [...sessionGuarantees, "causal"],
};

/** What must hold where `guarantee` holds, itself too. */
export function impliedGuarantees(guarantee: Guarantee): readonly Guarantee[] {
  return [guarantee, ...impliedBy[guarantee]];
}

/** Why an access is before another: its session's order, that it was read, or that what was read shows it to be older. */
export type SessionEdgeType = "session" | "reads-from" | "older";

/** One step of an explanation. */
export interface SessionEdge {
  /** Operations by their places in the history. */
  readonly from: number;
  readonly to: number;
  readonly type: SessionEdgeType;
  /** The reason, as a sentence without its full stop. */
  readonly reason: string;
}

/** How a guarantee was broken. */
export interface SessionFault {
  /** The weakest guarantee that is broken by it; all that imply this one are broken too. */
  readonly guarantee: Guarantee;
  /** What was wrong, as a sentence without its full stop. Operations are T0, T1 and so on, by their places. */
  readonly sentence: string;
  /** Operations that take part, each once; the one whose read can't be explained first, where there is one. */
  readonly operations: readonly number[];
  /** Why it is wrong: each step says why one operation is before another. */
  readonly edges: readonly SessionEdge[];
}

/** What is known of a guarantee. */
export type GuaranteeVerdict = "holds" | "broken" | "unknown";

/** Why something is unknown. */
export type SessionUnknownReason =
  /** Nothing in the history could have broken a guarantee that was asked for. */
  | "nothing-to-judge"
  /** One value was written to one key more than once, and read: nobody knows which write was read. */
  | "duplicate-writes"
  /** Causality runs in a circle, so that what is older is not defined. */
  | "cyclic-order"
  /** The steps ran out, or it was called off. */
  | "search-ended";

/** What a history shows. */
export interface SessionVerdict {
  /** `violation` where a guarantee that was asked for is broken, else `unknown` where one is unknown. */
  readonly verdict: "ok" | "violation" | "unknown";
  /** All guarantees. The two strongest are unknown where they were not asked for, unless what they imply is broken. */
  readonly guarantees: Readonly<Record<Guarantee, GuaranteeVerdict>>;
  /** How those asked for were broken, or what they imply; some examples of each, the smallest first. */
  readonly faults: readonly SessionFault[];
  /** Why something that was asked for is unknown. */
  readonly unknown: readonly SessionUnknownReason[];
}

/** What to judge by. */
export interface SessionOptions {
  /**
   * Judge these, and what they imply. Default `causal`: a store that keeps one of the two
   * stronger ones often breaks the other, and rightly.
   */
  readonly guarantees?: readonly Guarantee[];
  /**
   * Every value that can be read was written in this history, or is the initial state: then
   * a read of another breaks `causal`. Default false.
   */
  readonly complete?: boolean;
  /** Steps, each about one other session at one operation. Default 1e10, which takes minutes. */
  readonly stepsMax?: number;
  /** Asked now and then; once it says true, the judging ends. */
  readonly shouldStop?: () => boolean;
}

const stepsMaxDefault = 10_000_000_000;

/** Steps that options allow. @throws {HoldfastError} `invalid_argument` */
export function stepsOf({ stepsMax = stepsMaxDefault }: SessionOptions): number {
  if (!(stepsMax >= 0)) throw new HoldfastError("invalid_argument", `stepsMax is ${stepsMax}`);
  return stepsMax;
}

/** Guarantees that options ask for. @throws {HoldfastError} `invalid_argument` */
export function askedFor({ guarantees: asked = ["causal"] }: SessionOptions): readonly Guarantee[] {
  for (const guarantee of asked) {
    if (!guarantees.includes(guarantee)) {
      throw new HoldfastError("invalid_argument", `no guarantee is called ${String(guarantee)}`);
    }
  }
  return asked;
}
