// Version vectors against sets of events.

import { type AgentId, type EventId, VersionVector } from "@holdfast/causality";
import { HoldfastError, Reader, Writer } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentAt } from "./naive_graph.ts";

const vectors = fc
  .array(fc.tuple(fc.nat(4).map(agentAt), fc.nat(5)), { maxLength: 5 })
  .map((entries) => new VersionVector(entries));

function events(vector: VersionVector): Set<string> {
  const all = new Set<string>();
  for (const [agent, next] of vector.entries()) {
    for (let seq = 0; seq < next; seq += 1) all.add(`${agent}@${seq}`);
  }
  return all;
}

function isSubset(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].every((event) => b.has(event));
}

describe("VersionVector", () => {
  test("is the set of its events", () => {
    fc.assert(
      fc.property(vectors, vectors, (a, b) => {
        const inA = events(a);
        const inB = events(b);
        expect(a.covers(b)).toBe(isSubset(inB, inA));
        expect(a.equals(b)).toBe(isSubset(inA, inB) && isSubset(inB, inA));
        const missing = a
          .missingFrom(b)
          .flatMap(({ agent, from, to }) =>
            Array.from({ length: to - from }, (_, index) => `${agent}@${from + index}`),
          );
        expect(new Set(missing)).toEqual(new Set([...inA].filter((event) => !inB.has(event))));
        const merged = a.clone();
        merged.merge(b);
        expect(events(merged)).toEqual(new Set([...inA, ...inB]));
        expect(events(a)).toEqual(inA);
        expect(events(a.meet(b))).toEqual(new Set([...inA].filter((event) => inB.has(event))));
        for (const agent of [0, 1, 2, 3, 4].map(agentAt)) {
          const id: EventId = { agent, seq: 2 };
          expect(a.has(id)).toBe(inA.has(`${agent}@2`));
        }
      }),
    );
  });

  test("comes back from its bytes", () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        const writer = new Writer();
        vector.write(writer);
        const reader = new Reader(writer.finish());
        expect(VersionVector.read(reader).equals(vector)).toBe(true);
        reader.end("vector");
      }),
    );
  });

  test("refuses agents out of order, twice, or with no events", () => {
    const bytes = (...entries: readonly (readonly [AgentId, number])[]): Uint8Array => {
      const writer = new Writer().uint(entries.length);
      for (const [agent, next] of entries) writer.raw(Buffer.from(agent, "hex")).uint(next);
      return writer.finish();
    };
    for (const bad of [
      bytes([agentAt(1), 1], [agentAt(0), 1]),
      bytes([agentAt(1), 1], [agentAt(1), 1]),
      bytes([agentAt(1), 0]),
    ]) {
      expect(() => VersionVector.read(new Reader(bad))).toThrow(HoldfastError);
    }
  });
});
