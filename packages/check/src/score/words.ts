// What Elle and Jepsen call a thing, where we call it otherwise: all differences between
// their words and ours.

import { type AnomalyType, anomalyTypes } from "../isolation/anomaly_types.ts";
import { modelNamed } from "../isolation/models.ts";
import type { IsolationVerdict, UnknownReason } from "../isolation/verdict.ts";

const unknownReasons: Readonly<Record<string, UnknownReason>> = {
  "cycle-search-timeout": "search-ended",
  "duplicate-appends": "duplicate-writes",
};

const detectors: Readonly<Record<string, AnomalyType>> = {
  duplicates: "duplicate-elements",
  "incompatible-orders": "incompatible-order",
};

/** Whether a verdict reports what they call `name`. */
export function isReported({ anomalies, unknown, ruledOut }: IsolationVerdict, name: string) {
  if (anomalies.some(({ type }) => type === name)) return true;
  const exists = /^(.*)-cycle-exists$/.exec(name);
  if (exists !== null) return ruledOut.includes(modelNamed(exists[1]!));
  return unknown.some((reason) => reason === (unknownReasons[name] ?? name));
}

/** The anomaly that their detector looks for; null where we know none. */
export function anomalyOfDetector(name: string): AnomalyType | null {
  return detectors[name] ?? anomalyTypes.find((type) => type === name) ?? null;
}

/**
 * Whether all that `wanted` tells in words that we have too is the same; an empty list and
 * null are the same.
 */
export function agrees(seen: object, wanted: Readonly<Record<string, unknown>>): boolean {
  const plain = (value: unknown) => JSON.stringify(value ?? null).replaceAll("[]", "null");
  return Object.entries(wanted)
    .filter(([name]) => name in seen)
    .every(([name, value]) => plain((seen as Record<string, unknown>)[name]) === plain(value));
}
