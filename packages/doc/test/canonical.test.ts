// Stretches and hashes: how events were cut makes no difference.

import { type AgentId, type EventId, parseAgentId } from "@holdfast/causality";
import { toHex } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RunHasher } from "../src/bundle/canonical.ts";
import { listId } from "../src/content/container.ts";
import { ValueLog } from "../src/content/value_log.ts";
import {
  appendStretch,
  clipStretch,
  type Operation,
  operationLength,
  type Stretch,
  stretchRow,
} from "../src/history/operation.ts";

const agent = parseAgentId("01".repeat(16));
const other = parseAgentId("02".repeat(16));

// Single events of one agent, close enough to one another that many of them join.
const events: fc.Arbitrary<readonly Stretch[]> = fc
  .array(
    fc.record({
      merges: fc.nat(9).map((draw) => draw === 0),
      operation: fc.oneof<fc.Arbitrary<Operation>[]>(
        fc.record({
          type: fc.constant("insert" as const),
          container: fc.constantFrom("t", "u"),
          at: fc.nat(4),
          content: fc.constantFrom("a", "b"),
        }),
        fc.record({
          type: fc.constant("insert" as const),
          container: fc.constant(listId("t")),
          at: fc.nat(4),
          content: fc.constantFrom("a", "b").map((value) => ValueLog.of([value])),
        }),
        fc.record({
          type: fc.constant("delete" as const),
          container: fc.constant(listId("t")),
          at: fc.integer({ min: 3, max: 5 }),
          length: fc.constant(1),
          backward: fc.constant(false),
        }),
        fc.record({
          type: fc.constant("delete" as const),
          container: fc.constant("t"),
          at: fc.integer({ min: 3, max: 5 }),
          length: fc.constant(1),
          backward: fc.constant(false),
        }),
        fc.record({
          type: fc.constant("set" as const),
          container: fc.constant("m"),
          key: fc.constant("k"),
          value: fc.constantFrom(null, new Uint8Array([0])),
        }),
      ),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((list) =>
    list.map(({ merges, operation }, seq) => ({
      agent,
      seq,
      parents: parentsOf(seq, merges),
      operation,
    })),
  );

function parentsOf(seq: number, merges: boolean): readonly EventId[] {
  const own: { agent: AgentId; seq: number }[] = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
  return merges ? [...own, { agent: other, seq }] : own;
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const list: Stretch[] = [];
  for (const stretch of stretches) appendStretch(list, stretch);
  return list;
}

// With values as digits, which compare.
function legible(stretches: readonly Stretch[]): unknown {
  return stretches.map((stretch) => {
    const { operation } = stretch;
    if (operation.type !== "insert" || typeof operation.content === "string") return stretch;
    return { ...stretch, operation: { ...operation, content: toHex(operation.content.bytes()) } };
  });
}

function hash(stretches: readonly Stretch[]): string {
  const hasher = new RunHasher(agent, stretches[0]!.seq);
  for (const stretch of stretches) hasher.push(stretchRow(stretch));
  return toHex(hasher.finish());
}

// Cuts each stretch where `cuts` says.
function recut(stretches: readonly Stretch[], cuts: readonly number[]): readonly Stretch[] {
  return stretches.flatMap((stretch, index) => {
    const length = operationLength(stretch.operation);
    const at = (cuts[index % cuts.length] ?? 0) % length;
    return at === 0 ? [stretch] : [clipStretch(stretch, 0, at), clipStretch(stretch, at, length)];
  });
}

// Leaves out the first `count` events.
function dropEvents(stretches: readonly Stretch[], count: number): readonly Stretch[] {
  return stretches.flatMap((stretch) => {
    const length = operationLength(stretch.operation);
    const start = Math.max(0, count - stretch.seq);
    return start < length ? [clipStretch(stretch, start, length)] : [];
  });
}

const cutsArbitrary = fc.array(fc.nat(), { minLength: 1, maxLength: 8 });

// Deletes that go forward, backward and both ways by turns.
const deletes: fc.Arbitrary<readonly Stretch[]> = fc
  .array(fc.integer({ min: 3, max: 5 }), { minLength: 1, maxLength: 8 })
  .map((list) =>
    list.map((at, seq) => ({
      agent,
      seq,
      parents: parentsOf(seq, false),
      operation: { type: "delete", container: "t", at, length: 1, backward: false },
    })),
  );

describe("D12 stretches", () => {
  test("deletes that change direction hash the same from wherever one begins", () => {
    fc.assert(
      fc.property(deletes, fc.nat(), (list, skip) => {
        const count = skip % list.length;
        expect(hash(dropEvents(joined(list), count))).toBe(hash(list.slice(count)));
      }),
      { numRuns: 1000 },
    );
  });

  test("joined from single events or from any pieces, they are the same", () => {
    fc.assert(
      fc.property(events, cutsArbitrary, cutsArbitrary, (list, cuts, again) => {
        const whole = joined(list);
        expect(legible(joined(recut(whole, cuts)))).toEqual(legible(whole));
        expect(legible(joined(recut(recut(whole, cuts), again)))).toEqual(legible(whole));
        const singles = whole.flatMap((stretch) =>
          Array.from({ length: operationLength(stretch.operation) }, (_, index) =>
            clipStretch(stretch, index, index + 1),
          ),
        );
        expect(legible(singles)).toEqual(legible(list));
      }),
      { numRuns: 1000 },
    );
  });

  test("the hash of a run, and of each part of it, is that of its events", () => {
    fc.assert(
      fc.property(events, cutsArbitrary, fc.nat(), (list, cuts, skip) => {
        expect(hash(recut(joined(list), cuts))).toBe(hash(list));
        const rest = list.slice(skip % list.length);
        expect(hash(recut(joined(rest), cuts))).toBe(hash(rest));
        expect(hash(dropEvents(joined(list), skip % list.length))).toBe(hash(rest));
      }),
      { numRuns: 1000 },
    );
  });

  test("half a pair is not taken for what UTF-8 makes of it", () => {
    const [half, replacement] = ["\ud83d", "\ufffd"].map((text) =>
      hash([
        {
          agent,
          seq: 0,
          parents: [],
          operation: { type: "insert", container: "t", at: 0, content: text },
        },
      ]),
    );
    expect(half).not.toBe(replacement);
  });

  test("another event, another hash", () => {
    fc.assert(
      fc.property(events, events, (a, b) => {
        const [one, two] = [a, b].map((list) => JSON.stringify(legible(joined(list))));
        expect(hash(a) === hash(b)).toBe(one === two);
      }),
    );
  });
});
