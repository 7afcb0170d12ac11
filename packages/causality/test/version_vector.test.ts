// Version vectors against sets of events.

import { isHoldfastError, Reader, SeededRandom, Writer } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import {
  type AgentId,
  agentFromBytes,
  agentToBytes,
  parseAgentId,
  VersionVector,
} from "../src/index.ts";

const agents = ["aa", "bb", "cc"].map((byte) => parseAgentId(byte.repeat(16)));

const counts = fc.array(fc.nat(4), { minLength: 3, maxLength: 3 });

function vectorOf(list: readonly number[]): VersionVector {
  return new VersionVector(agents.map((agent, index) => [agent, list[index]!] as const));
}

/** The events that a vector stands for, by name. */
function eventsOf(vector: VersionVector): Set<string> {
  const events = new Set<string>();
  for (const agent of agents) {
    for (let seq = 0; seq < vector.next(agent); seq += 1) events.add(`${agent}:${seq}`);
  }
  return events;
}

const isSubset = (a: Set<string>, b: Set<string>): boolean => [...a].every((event) => b.has(event));

test("compare, merge, meet and difference are those of the sets of events", () => {
  fc.assert(
    fc.property(counts, counts, (left, right) => {
      const [a, b] = [vectorOf(left), vectorOf(right)];
      const [setA, setB] = [eventsOf(a), eventsOf(b)];
      expect(a.covers(b)).toBe(isSubset(setB, setA));
      expect(a.equals(b)).toBe(isSubset(setB, setA) && isSubset(setA, setB));
      const merged = a.clone();
      merged.merge(b);
      expect(eventsOf(merged)).toEqual(new Set([...setA, ...setB]));
      expect(eventsOf(a)).toEqual(setA);
      expect(eventsOf(a.meet(b))).toEqual(new Set([...setA].filter((event) => setB.has(event))));
      const lacking = new Set<string>();
      for (const { agent, from, to } of a.missingFrom(b)) {
        for (let seq = from; seq < to; seq += 1) lacking.add(`${agent}:${seq}`);
      }
      expect(lacking).toEqual(new Set([...setA].filter((event) => !setB.has(event))));
      for (const agent of agents) {
        for (let seq = 0; seq < 5; seq += 1) {
          expect(a.has({ agent, seq })).toBe(setA.has(`${agent}:${seq}`));
        }
      }
    }),
  );
});

test("as JSON a vector is its counts by agent, in order, and comes back", () => {
  const vector = new VersionVector([
    [agents[1]!, 7],
    [agents[0]!, 2],
  ]);
  const json = JSON.stringify(vector);
  expect(json).toBe(`{"${agents[0]}":2,"${agents[1]}":7}`);
  const read = Object.entries(JSON.parse(json) as Record<string, number>);
  const again = new VersionVector(read.map(([agent, next]) => [parseAgentId(agent), next]));
  expect(again.equals(vector)).toBe(true);
  expect(JSON.stringify({ vector: new VersionVector() })).toBe('{"vector":{}}');
});

describe("encoding", () => {
  test("what is written is read back", () => {
    fc.assert(
      fc.property(counts, (list) => {
        const vector = vectorOf(list);
        const writer = new Writer();
        vector.write(writer);
        const reader = new Reader(writer.finish());
        expect(VersionVector.read(reader).equals(vector)).toBe(true);
        reader.end("vector");
      }),
    );
  });

  test("agents out of order, named twice, or without events are refused", () => {
    const write = (entries: readonly (readonly [AgentId, number])[]): Reader => {
      const writer = new Writer().uint(entries.length);
      for (const [agent, next] of entries) {
        const one = new Writer();
        new VersionVector([[agent, Math.max(1, next)]]).write(one);
        writer.raw(one.finish().subarray(1, 17)).uint(next);
      }
      return new Reader(writer.finish());
    };
    const [a, b] = [agents[0]!, agents[1]!];
    expect(
      VersionVector.read(
        write([
          [a, 1],
          [b, 2],
        ]),
      ).next(b),
    ).toBe(2);
    expect(() =>
      VersionVector.read(
        write([
          [b, 1],
          [a, 2],
        ]),
      ),
    ).toThrow("not in order");
    expect(() =>
      VersionVector.read(
        write([
          [a, 1],
          [a, 2],
        ]),
      ),
    ).toThrow("not in order");
    expect(() => VersionVector.read(write([[a, 0]]))).toThrow("count is 0");
  });

  test("random and damaged bytes are refused with a typed error, or are what is written", () => {
    const random = new SeededRandom(3);
    const valid = new Writer();
    vectorOf([1, 200, 70_000]).write(valid);
    let [refused, read] = [0, 0];
    for (let round = 0; round < 6_000; round += 1) {
      const bytes = round % 3 === 0 ? random.bytes(round % 60) : damaged(valid.finish(), random);
      const reader = new Reader(bytes);
      try {
        const written = new Writer();
        VersionVector.read(reader).write(written);
        expect(written.finish()).toEqual(bytes.subarray(0, reader.offset));
        read += 1;
      } catch (error) {
        if (!isHoldfastError(error, "truncated", "too_large", "corrupt")) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1_000);
    expect(read).toBeGreaterThan(200);
  });
});

test("an agent's bytes name it, whoever was named before", () => {
  const random = new SeededRandom(5);
  const names = Array.from({ length: 300 }, () => random.bytes(16));
  // The same ends, so that they are remembered in one place; and one that begins as nothing does.
  for (const [index, bytes] of names.entries()) if (index < 200) bytes.fill(index % 2, 0, 12);
  names.push(new Uint8Array(16));
  for (let round = 0; round < 2_000; round += 1) {
    const bytes = names[Math.floor(random.next() * names.length)]!;
    const agent = agentFromBytes(bytes);
    expect(agent).toBe(Buffer.from(bytes).toString("hex"));
    expect(agentToBytes(agent)).toEqual(bytes);
  }
});
