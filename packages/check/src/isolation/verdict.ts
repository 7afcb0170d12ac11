// The shapes of a verdict, the options of a judgement, and what is made of findings:
// which count, which models they rule out, and which may still hold.

import { HoldfastError } from "@holdfast/std";
import type { EdgeType } from "../graph/dependency.ts";
import {
  type AnomalyType,
  anomalyTypes,
  impliedAnomalies,
  implyingAnomalies,
} from "./anomaly_types.ts";
import { forbiddenBy, type Model, modelNamed, models, ruledOutBy, weakestOf } from "./models.ts";

/** Why one transaction is before the next in a cycle. */
export interface CycleEdge {
  /** Operations by their places in the history. */
  readonly from: number;
  readonly to: number;
  readonly type: EdgeType;
  /** The reason, as a sentence without its full stop. */
  readonly reason: string;
}

/** Something that at least one model forbids. */
export interface Anomaly {
  readonly type: AnomalyType;
  /** What people call this shape, where it has a name: "write skew", "long fork". */
  readonly name: string | null;
  /** What was wrong, as a sentence without its full stop. */
  readonly sentence: string;
  /** Operations that take part, by their places in the history, each once. */
  readonly operations: readonly number[];
  /** The cycle, each edge ending where the next begins; empty where it is none. */
  readonly cycle: readonly CycleEdge[];
  /** For a cycle: whether no smaller one of this type is among the transactions that it is entangled with. */
  readonly smallest: boolean;
  /** What was seen, by names that depend on the type. */
  readonly details: AnomalyDetails;
}

/** What was seen; each field is there where it means something. */
export interface AnomalyDetails {
  /** The step of the first operation that was wrong, as it is in the history. */
  readonly step?: readonly unknown[];
  readonly key?: string | number;
  /** One value of a list or register. */
  readonly element?: unknown;
  /** The operation that wrote it. */
  readonly writer?: number;
  /** What had to be read; a list that begins with "..." has an unknown beginning. */
  readonly expected?: unknown;
  readonly values?: readonly unknown[];
}

/** Why a history could not be judged, or not wholly. */
export type UnknownReason =
  /** No transaction depends on another: there was nothing to judge by. */
  | "empty-transaction-graph"
  /** One value was written to one key more than once, so nobody knows which write was read. */
  | "duplicate-writes"
  /** The steps ran out, or it was called off. */
  | "search-ended";

/** What a history shows. */
export interface IsolationVerdict {
  /**
   * `violation` where an anomaly was found that was asked for; `ok` where none is there;
   * `unknown` where that can't be said.
   */
  readonly verdict: "ok" | "violation" | "unknown";
  /** What was found of what was asked for, the worst first; some examples of each type. */
  readonly anomalies: readonly Anomaly[];
  /** What else was found: what was asked for allows it. */
  readonly allowed: readonly Anomaly[];
  /** Why something is unknown; may not be empty beside a violation. */
  readonly unknown: readonly UnknownReason[];
  /** Types for which the search ended before it knew whether they are there. */
  readonly undecided: readonly AnomalyType[];
  /** All models that do not hold, for all that was found. */
  readonly ruledOut: readonly Model[];
  /** The weakest of them: the others imply one of these. */
  readonly weakestRuledOut: readonly Model[];
  /** Models that were not ruled out. This history does not show that they hold in another. */
  readonly mayHold: readonly Model[];
}

/** What to judge by. */
export interface IsolationOptions {
  /**
   * Report what these forbid. Real time is looked at where one of them forbids something by
   * it, or else the order of processes where one forbids something by that: so ask for the
   * strong session models apart from the strong ones to have both decided. Default `strict-serializable`, unless `anomalies` is there. Other names: see
   * `modelNamed`.
   */
  readonly models?: readonly string[];
  /** Report these, and what implies them. */
  readonly anomalies?: readonly AnomalyType[];
  /**
   * Every value that can be read was written in this history, or is the initial state:
   * then a read of another is an anomaly, `garbage-read`. Default false.
   */
  readonly complete?: boolean;
  /** Edges that searches for cycles may look at; beyond that, answers are `unknown`. Default 1e10, which takes tens of seconds. */
  readonly stepsMax?: number;
  /** Asked now and then; once it says true, the search ends. */
  readonly shouldStop?: () => boolean;
}

/** What was found, before it is known what counts. */
export interface Findings {
  readonly anomalies: readonly Anomaly[];
  readonly unknown: ReadonlySet<UnknownReason>;
  readonly undecided: ReadonlySet<AnomalyType>;
}

/** What is asked for. */
export interface Question {
  readonly types: ReadonlySet<AnomalyType>;
  /** Which order the cycles may use besides data. */
  readonly order: "" | "-process" | "-realtime";
}

/** Examples of one type that a verdict holds. */
export const examplesMax = 8;

const stepsMaxDefault = 10_000_000_000;

/**
 * Reads options.
 *
 * @throws {HoldfastError} `invalid_argument` for names that mean nothing.
 */
export function questionOf({ models: names, anomalies }: IsolationOptions): Question {
  for (const type of anomalies ?? []) {
    if (!anomalyTypes.includes(type)) {
      throw new HoldfastError("invalid_argument", `no anomaly is called ${String(type)}`);
    }
  }
  const wanted = names ?? (anomalies === undefined ? ["strict-serializable"] : []);
  const types = forbiddenBy(wanted.map((name) => modelNamed(name)));
  for (const type of implyingAnomalies(anomalies ?? [])) types.add(type);
  const needs = (order: string) => [...types].some((type) => type.endsWith(order));
  const order = needs("-realtime") ? "-realtime" : needs("-process") ? "-process" : "";
  return { types, order };
}

/** Steps that options allow. */
export function stepsOf({ stepsMax = stepsMaxDefault }: IsolationOptions): number {
  if (!(stepsMax >= 0)) throw new HoldfastError("invalid_argument", `stepsMax is ${stepsMax}`);
  return stepsMax;
}

/** Makes a verdict of findings. */
export function verdictOf(question: Question, findings: Findings): IsolationVerdict {
  const place = new Map(anomalyTypes.map((type, index) => [type, index]));
  const sorted = [...findings.anomalies].sort(
    (left, right) => place.get(left.type)! - place.get(right.type)!,
  );
  const anomalies = sorted.filter(({ type }) => question.types.has(type));
  const found = impliedAnomalies(sorted.map(({ type }) => type));
  const undecided = [...findings.undecided].filter(
    (type) => question.types.has(type) && !found.has(type),
  );
  const unknown = new Set(findings.unknown);
  if (undecided.length > 0) unknown.add("search-ended");
  const ruledOut = ruledOutBy(sorted.map(({ type }) => type));
  return {
    verdict: anomalies.length > 0 ? "violation" : unknown.size > 0 ? "unknown" : "ok",
    anomalies,
    allowed: sorted.filter(({ type }) => !question.types.has(type)),
    unknown: [...unknown],
    undecided,
    ruledOut,
    weakestRuledOut: weakestOf(ruledOut),
    mayHold: models.filter((model) => !ruledOut.includes(model)),
  };
}
