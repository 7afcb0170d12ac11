// Holdings as one would write them without a thought for cost: every event by
// itself, with what it holds.

import { type AgentId, type EventId, VersionVector } from "@holdfast/causality";
import { clipBundle, decodeBundle } from "@holdfast/doc";
import { toHex } from "@holdfast/std";

/** What each event of a bundle holds, by the event's name. */
export function eventsOf(bytes: Uint8Array): Map<string, string> {
  const events = new Map<string, string>();
  for (const section of decodeBundle(bytes).sections) {
    for (const { agent, from, to } of section.runs) {
      for (let seq = from; seq < to; seq += 1) {
        const alone = clipBundle(bytes, upTo(agent, seq), upTo(agent, seq + 1));
        events.set(nameOf({ agent, seq }), toHex(alone!));
      }
    }
  }
  return events;
}

/** Events in a map. */
export class NaiveHoldings {
  readonly events = new Map<string, string>();
  readonly vector = new VersionVector();

  append(bytes: Uint8Array): "stored" | "known" | "missing_dependency" | "equivocation" {
    const offered = eventsOf(bytes);
    const held = (id: EventId) => this.vector.has(id);
    const earlier = new Set<string>();
    for (const section of decodeBundle(bytes).sections) {
      const needed = [...section.dependencies];
      for (const { agent, from } of section.runs)
        if (from > 0) needed.push({ agent, seq: from - 1 });
      if (needed.some((id) => !held(id) && !earlier.has(nameOf(id)))) return "missing_dependency";
      for (const { agent, from, to } of section.runs) {
        for (let seq = from; seq < to; seq += 1) earlier.add(nameOf({ agent, seq }));
      }
    }
    for (const [name, content] of offered) {
      if (this.events.has(name) && this.events.get(name) !== content) return "equivocation";
    }
    const before = this.events.size;
    for (const [name, content] of offered) this.events.set(name, content);
    for (const section of decodeBundle(bytes).sections) {
      for (const { agent, to } of section.runs) this.vector.advance(agent, to);
    }
    return this.events.size > before ? "stored" : "known";
  }
}

function nameOf({ agent, seq }: EventId): string {
  return `${agent} ${seq}`;
}

function upTo(agent: AgentId, next: number): VersionVector {
  return new VersionVector(next === 0 ? [] : [[agent, next]]);
}
