// Plain stretches read many at a time, against the same read one by one.

import { isHoldfastError, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";
import { History } from "../src/history.ts";
import { operationTags, type Stretch, type StretchRow } from "../src/operation.ts";
import { encodePayload, PayloadReader } from "../src/payload.ts";
import { PlainBatch, plainStretchesMax } from "../src/plain_batch.ts";
import { agentAt } from "./history.ts";
import { mutated } from "./hostile.ts";

const agents = [agentAt(0), agentAt(1)];

// Runs of typing and deleting by one and then the other, with keys set in between.
const stretches: fc.Arbitrary<readonly Stretch[]> = fc
  .array(
    fc.record({
      who: fc.nat(9).map((draw) => (draw === 0 ? 1 : 0)),
      kind: fc.nat(9),
      container: fc.nat(9).map((draw) => (draw === 0 ? "u" : "t")),
      at: fc.oneof(fc.integer({ min: 3, max: 6 }), fc.nat(2 ** 31 - 1)),
      length: fc.integer({ min: 1, max: 3 }),
      text: fc.constantFrom("a", "é", "😀", "abc"),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((list) => {
    const nexts = [0, 0];
    return list.map(({ who, kind, container, at, length, text }) => {
      const agent = agents[who]!;
      const seq = nexts[who]!;
      const parents = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
      const place = Math.max(at, length);
      if (kind === 0) {
        nexts[who]! += 1;
        return {
          agent,
          seq,
          parents,
          operation: { type: "set", container: "m", key: "k", value: null },
        };
      }
      if (kind < 6) {
        nexts[who]! += text.length;
        return { agent, seq, parents, operation: { type: "insert", container, at: place, text } };
      }
      nexts[who]! += length;
      const backward = kind === 9 && length > 1;
      const operation = { type: "delete" as const, container, at: place, length, backward };
      return { agent, seq, parents, operation };
    });
  });

interface Reading {
  readonly rows: readonly unknown[];
  readonly isCanonical: boolean;
  readonly error: string | null;
  /** How many stretches came in batches. */
  readonly batched: number;
}

function rowOf(row: StretchRow & { readonly agent: number; readonly seq: number }): unknown {
  const { agent, seq, tag, at, length, container, textFrom } = row;
  const isInsert = tag === operationTags.insert;
  return [agent, seq, tag, length, container, tag < 3 ? at : 0, isInsert ? textFrom : 0];
}

function read(payload: Uint8Array, byBatch: boolean): Reading {
  const rows: unknown[] = [];
  let isCanonical = true;
  let batched = 0;
  try {
    const reader = new PayloadReader(payload, agents, [0, 0]);
    const batch = new PlainBatch();
    while (reader.next()) {
      rows.push(rowOf(reader));
      while (byBatch && reader.tag <= operationTags.deleteBackward) {
        let { seq, length } = reader;
        let textFrom = reader.textEnd;
        reader.nextPlain(batch);
        if (batch.count === 0) break;
        for (let index = 0; index < batch.count; index += 1) {
          const [tag, at, units] = batch.columns.subarray(3 * index, 3 * index + 3);
          seq += length;
          length = units!;
          rows.push(
            rowOf({
              ...reader,
              container: reader.container,
              agent: reader.agent,
              seq,
              tag: tag!,
              at: at!,
              length,
              textFrom,
            }),
          );
          if (tag === operationTags.insert) textFrom += length;
        }
        expect(rows.at(-1)).toEqual(rowOf(reader));
        batched += batch.count;
      }
    }
    isCanonical = reader.isCanonical;
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { rows, isCanonical, error: `${error.code} ${error.message}`, batched };
  }
  return { rows, isCanonical, error: null, batched };
}

test("are the same, say the same of how they were written, and fail alike", () => {
  let batched = 0;
  let failed = 0;
  fc.assert(
    fc.property(stretches, fc.nat(), fc.boolean(), (list, seed, isDamaged) => {
      const indexes = new Map(agents.map((agent, index) => [agent, index]));
      const valid = encodePayload(list, indexes);
      const payload = isDamaged ? mutated(valid, new SeededRandom(seed), valid) : valid;
      const found = read(payload, true);
      expect({ ...found, batched: 0 }).toEqual(read(payload, false));
      batched += found.batched;
      if (found.error !== null) failed += 1;
    }),
    { numRuns: 1_500 },
  );
  expect(batched).toBeGreaterThan(1_000);
  expect(failed).toBeGreaterThan(100);
});

test("more than one batch holds become the same rows of a history", () => {
  const list: Stretch[] = [];
  let seq = 0;
  for (let index = 0; index < 3 * plainStretchesMax; index += 1) {
    const isInsert = index % 3 !== 2;
    const agent = agents[0]!;
    const parents = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
    const at = isInsert ? index : 0;
    list.push(
      isInsert
        ? { agent, seq, parents, operation: { type: "insert", container: "t", at, text: "ab" } }
        : {
            agent,
            seq,
            parents,
            operation: { type: "delete", container: "t", at, length: 1, backward: false },
          },
    );
    seq += isInsert ? 2 : 1;
  }
  const payload = encodePayload(list, new Map([[agents[0]!, 0]]));
  const [one, many] = [new History(), new History()];
  for (const history of [one, many]) {
    const reader = new PayloadReader(payload, agents, [0]);
    const batch = new PlainBatch();
    while (reader.next()) {
      history.append(agents[0]!, history.graph.frontier, reader);
      do {
        if (history === one) break;
        const textFrom = reader.textEnd;
        reader.nextPlain(batch);
        history.appendPlain(reader.container, batch, reader.text, textFrom);
      } while (batch.count > 0);
    }
  }
  const all = [{ start: 0, end: seq }];
  expect(many.size).toBe(seq);
  expect(many.stretches(all)).toEqual(one.stretches(all));
  expect(many.operations.rowCount).toBe(one.operations.rowCount);
});
