// Holdings as a value, for exploration: a list of bundles, which nobody changes.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { decodeBundle } from "@holdfast/doc";
import type { AppendOutcome, Arrival, HeldBundle } from "../src/index.ts";
import { FakeWriter, NaiveHoldings } from "./naive_holdings.ts";
import { notes } from "./peers.ts";

/** What is held, in the order of its arrival. */
export type Bundles = readonly Uint8Array[];

/** A version vector as plain data. */
export type Entries = readonly (readonly [AgentId, number])[];

/** The events of one bundle. */
export function vectorOf(...bundles: Bundles): VersionVector {
  const vector = new VersionVector();
  for (const bytes of bundles) {
    for (const { runs } of decodeBundle(bytes).sections) {
      for (const { agent, to } of runs) vector.advance(agent, to);
    }
  }
  return vector;
}

/** Takes a bundle in, as {@link NaiveHoldings} would. */
export function put(
  bundles: Bundles,
  bytes: Uint8Array,
): { readonly bundles: Bundles; readonly outcome: AppendOutcome } {
  const holdings = new NaiveHoldings();
  for (const held of bundles) holdings.put(notes, held);
  const outcome = holdings.put(notes, bytes);
  return { bundles: outcome.type === "stored" ? [...bundles, bytes] : bundles, outcome };
}

/** The next piece behind `after` that `since` does not cover; null where there is none. */
export function pieceBehind(bundles: Bundles, since: Entries, after: number): HeldBundle | null {
  const known = new VersionVector(since);
  for (let index = after; index < bundles.length; index += 1) {
    const bytes = bundles[index]!;
    if (!known.covers(vectorOf(bytes))) return { bytes, arrival: (index + 1) as Arrival };
  }
  return null;
}

/** The next bundle of `agent`, who has seen all of `bundles`. */
export function written(bundles: Bundles, agent: AgentId): Uint8Array {
  const vector = vectorOf(...bundles);
  const writer = new FakeWriter(agent, notes);
  writer.seq = vector.next(agent);
  return writer.write(vector);
}

/** The runs of a bundle, each as a text. */
export function runTexts(bytes: Uint8Array): string[] {
  return decodeBundle(bytes).sections.flatMap(({ runs }) =>
    runs.map(({ agent, from, to }) => `${agent[0]}:${from}..${to}`),
  );
}
