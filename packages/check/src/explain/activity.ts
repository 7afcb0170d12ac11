// How much was done over time, and how long it took: the numbers behind the plots.
//
// Time is cut into equal spans. For each, how many operations were answered, by outcome,
// and of those that were answered the quantiles of their latency, by kind. Some of the
// operations are kept as points: in each span the slowest of each kind and outcome, and
// others evenly.

import type { History, Operation, Outcome } from "../history/operation.ts";
import { plainName } from "./describe.ts";

/** Equal spans of time. */
export const spansMax = 120;

/** Operations that are kept as points. */
export const pointsMax = 2_000;

/** Kinds that are told apart; what is of others counts as "other". */
export const kindsMax = 8;

/** An operation that was answered. */
export interface ActivityPoint {
  /** When it was asked for. */
  readonly at: number;
  /** How long it took. */
  readonly latency: number;
  /** Its place in {@link Activity.kinds}. */
  readonly kind: number;
  readonly outcome: Outcome;
}

/** Quantiles of the latency of what was asked for in a span, and was `ok`. */
export interface Quantiles {
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** A span of time. */
export interface ActivitySpan {
  /** Operations that were asked for in it, by what came of them. */
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Null where none was `ok`. */
  readonly latency: Quantiles | null;
}

/** What was done when, in the units of the history's times. */
export interface Activity {
  readonly from: number;
  readonly until: number;
  /** Names of what was asked for. */
  readonly kinds: readonly string[];
  /** Of equal length, from `from` to `until`. */
  readonly spans: readonly ActivitySpan[];
  /** Of the whole history; null where nothing was `ok`. */
  readonly latency: Quantiles | null;
  readonly points: readonly ActivityPoint[];
}

/** The numbers of a history; null where it has no times, or all is at one. O(n log n). */
export function activityOf(history: History): Activity | null {
  let from = Infinity;
  let until = Number.NEGATIVE_INFINITY;
  for (const { invokedAt, completedAt } of history) {
    if (!Number.isFinite(invokedAt)) continue;
    from = Math.min(from, invokedAt);
    until = Math.max(until, Number.isFinite(completedAt) ? completedAt : invokedAt);
  }
  if (!(until > from)) return null;
  const count = Math.max(1, Math.min(spansMax, Math.ceil(history.length / 8)));
  const spanOf = (at: number) =>
    Math.min(count - 1, Math.floor(((at - from) / (until - from)) * count));
  const kinds = kindsOf(history);
  const bySpan = Array.from({ length: count }, () => ({ ok: 0, fail: 0, info: 0 }));
  const latencies = Array.from({ length: count }, (): number[] => []);
  for (const operation of history) {
    if (!Number.isFinite(operation.invokedAt)) continue;
    const span = spanOf(operation.invokedAt);
    bySpan[span]![operation.outcome] += 1;
    if (operation.outcome === "ok") latencies[span]!.push(latencyOf(operation));
  }
  return {
    from,
    until,
    kinds,
    spans: bySpan.map((counts, span) => ({ counts, latency: quantilesOf(latencies[span]!) })),
    latency: quantilesOf(latencies.flat()),
    points: pointsOf(history, kinds, spanOf),
  };
}

function latencyOf({ invokedAt, completedAt }: Operation): number {
  return completedAt - invokedAt;
}

function kindsOf(history: History): string[] {
  const counts = new Map<string, number>();
  for (const operation of history) {
    const kind = kindOf(operation);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const names = [...counts].sort((a, b) => b[1] - a[1]).map(([kind]) => kind);
  return names.length <= kindsMax ? names : [...names.slice(0, kindsMax - 1), "other"];
}

function kindOf({ input }: Operation): string {
  const f = typeof input === "object" && input !== null && "f" in input ? input.f : undefined;
  return typeof f === "string" ? plainName(f) : "operation";
}

/** By nearest rank. */
function quantilesOf(latencies: readonly number[]): Quantiles | null {
  if (latencies.length === 0) return null;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { median: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function pointsOf(
  history: History,
  kinds: readonly string[],
  spanOf: (at: number) => number,
): ActivityPoint[] {
  const places = new Map(kinds.map((kind, place) => [kind, place]));
  const slowest = new Map<string, number>();
  const timed: number[] = [];
  for (const [place, operation] of history.entries()) {
    const { invokedAt, completedAt, outcome } = operation;
    if (!Number.isFinite(invokedAt) || !Number.isFinite(completedAt)) continue;
    timed.push(place);
    const name = `${spanOf(invokedAt)} ${outcome} ${kindOf(operation)}`;
    const other = slowest.get(name);
    if (other === undefined || latencyOf(history[other]!) < latencyOf(operation)) {
      slowest.set(name, place);
    }
  }
  const kept = new Set([...slowest.values()].slice(0, pointsMax));
  const stride = Math.max(1, timed.length / Math.max(1, pointsMax - kept.size));
  for (let at = 0; at < timed.length && kept.size < pointsMax; at += stride) {
    kept.add(timed[Math.floor(at)]!);
  }
  return [...kept]
    .sort((a, b) => a - b)
    .map((place) => {
      const operation = history[place]!;
      const kind = places.get(kindOf(operation)) ?? kinds.length - 1;
      const { invokedAt, outcome } = operation;
      return { at: invokedAt, latency: latencyOf(operation), kind, outcome };
    });
}
