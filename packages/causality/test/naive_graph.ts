// The model: each event with the set of all its ancestors, itself included.

import { type AgentId, EventGraph, type LocalRange, parseAgentId } from "@holdfast/causality";
import fc from "fast-check";

/** An event of the model. Its index in the list is its local number. */
export interface NaiveEvent {
  readonly agent: AgentId;
  readonly seq: number;
  readonly parents: readonly number[];
  readonly ancestors: ReadonlySet<number>;
}

/** A graph, and the model of it. */
export interface Pair {
  readonly graph: EventGraph;
  readonly events: readonly NaiveEvent[];
}

/** The n-th agent. */
export function agentAt(index: number): AgentId {
  return parseAgentId((index + 1).toString(16).padStart(32, "0"));
}

/** All events that `version` holds. */
export function eventsOf(events: readonly NaiveEvent[], version: readonly number[]): Set<number> {
  const all = new Set<number>();
  for (const lv of version) for (const ancestor of events[lv]!.ancestors) all.add(ancestor);
  return all;
}

/** Those of `members` that no other of them follows. */
export function latestOf(events: readonly NaiveEvent[], members: Iterable<number>): number[] {
  const list = [...new Set(members)].sort((a, b) => a - b);
  return list.filter(
    (lv) => !list.some((other) => other !== lv && events[other]!.ancestors.has(lv)),
  );
}

/** The events of `ranges`, in their order. */
export function expand(ranges: readonly LocalRange[]): number[] {
  return ranges.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, index) => start + index),
  );
}

/**
 * Histories of up to four agents. Each step an agent, who holds some version, maybe
 * learns what another holds, and adds a run.
 */
export const pairs: fc.Arbitrary<Pair> = fc
  .array(
    fc.record({
      agent: fc.nat(3),
      hears: fc.option(fc.nat(3), { freq: 2 }),
      length: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 25 },
  )
  .map((steps) => {
    const graph = new EventGraph();
    const events: NaiveEvent[] = [];
    const seen: Set<number>[] = [new Set(), new Set(), new Set(), new Set()];
    for (const { agent, hears, length } of steps) {
      if (hears !== null) for (const lv of seen[hears]!) seen[agent]!.add(lv);
      const parents = latestOf(events, seen[agent]!);
      graph.add(agentAt(agent), length, parents);
      for (let count = 0; count < length; count += 1) {
        const lv = events.length;
        const own = count === 0 ? parents : [lv - 1];
        events.push({
          agent: agentAt(agent),
          seq: events.filter((event) => event.agent === agentAt(agent)).length,
          parents: own,
          ancestors: new Set([...eventsOf(events, own), lv]),
        });
        seen[agent]!.add(lv);
      }
    }
    return { graph, events };
  });

/** A version of a history: the latest of some of its events. */
export function versions({ events }: Pair): fc.Arbitrary<readonly number[]> {
  if (events.length === 0) return fc.constant([]);
  return fc
    .array(fc.nat(events.length - 1), { maxLength: 4 })
    .map((members) => latestOf(events, members));
}
