// Payloads: one run may be written in many ways, and has one hash.

import type { EventId } from "@holdfast/causality";
import {
  concatBytes,
  isHoldfastError,
  randomBelow,
  SeededRandom,
  toHex,
  Writer,
} from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BundleSection, encodeBundle } from "../src/bundle/bundle.ts";
import { hashPayload } from "../src/bundle/canonical.ts";
import { PayloadReader } from "../src/bundle/payload.ts";
import { checkSection, encodeSection, SectionReader } from "../src/bundle/section.ts";
import { containerName, isListId, listId } from "../src/content/container.ts";
import { ValueLog } from "../src/content/value_log.ts";
import { Doc } from "../src/doc.ts";
import { compareEventIds } from "../src/history/history.ts";
import {
  appendStretch,
  clipStretch,
  followsOwn,
  type Operation,
  operationLength,
  operationTag,
  operationTags,
  payloadFlags,
  type Stretch,
} from "../src/history/operation.ts";
import { PlainBatch } from "../src/history/plain_batch.ts";
import { agentAt } from "./history.ts";
import { document } from "./laws.ts";

const agent = agentAt(1);
// One before the run's agent, one behind it.
const others = [agentAt(3), agentAt(0)];

const container = fc.constantFrom("t", "t", "t", "t", "t", "u");
const list = fc.constantFrom(...["t", "t", "l"].map(listId));

const operations: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("insert" as const),
      container,
      at: fc.nat(3),
      content: fc.constantFrom("a", "é"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("insert" as const),
      container: list,
      at: fc.nat(3),
      content: fc.constantFrom(ValueLog.of([null]), ValueLog.of(["é"])),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("delete" as const),
      container: list,
      at: fc.integer({ min: 3, max: 5 }),
      length: fc.constant(1),
      backward: fc.constant(false),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("delete" as const),
      container,
      at: fc.integer({ min: 3, max: 5 }),
      length: fc.constant(1),
      backward: fc.constant(false),
    }),
  },
  fc.record({
    type: fc.constant("set" as const),
    container: fc.constantFrom("t", "m"),
    key: fc.constant("k"),
    value: fc.constantFrom(null, new Uint8Array([0])),
  }),
  fc.record({ type: fc.constant("merge" as const) }),
);

// One agent's events, from the first or from a later one on; some see what others did.
const runs: fc.Arbitrary<readonly Stretch[]> = fc
  .tuple(
    fc.constantFrom(0, 300),
    fc.array(
      fc.record({ sees: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 2, 3), operation: operations }),
      {
        minLength: 1,
        maxLength: 20,
        size: "max",
      },
    ),
  )
  .map(([from, events]) =>
    events.map(({ sees, operation }, index) => {
      const seq = from + index;
      const parents: EventId[] = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
      others.forEach((other, bit) => {
        if (sees & (1 << bit)) parents.push({ agent: other, seq: index });
      });
      return { agent, seq, parents: parents.sort(compareEventIds), operation };
    }),
  );

function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const list: Stretch[] = [];
  for (const stretch of stretches) appendStretch(list, stretch);
  return list;
}

// A section with the same events, written as a careless or cunning writer may.
function writtenOtherwise(stretches: readonly Stretch[], random: SeededRandom): BundleSection {
  // One liberty that it takes, or several of them.
  const taken = random.next() < 0.5 ? 1 << randomBelow(random, 8) : randomBelow(random, 256);
  const does = (liberty: number): boolean => (taken & (1 << liberty)) !== 0 && random.next() < 0.5;
  const { runs, dependencies } = encodeSection(stretches);
  const listed = does(0) ? [...dependencies].reverse() : dependencies;
  const agents = [...new Set([agent, ...listed.map((id) => id.agent)])];
  const pieces = joined(stretches).flatMap((stretch) => {
    const length = operationLength(stretch.operation);
    if (length === 1 || !does(1)) return [stretch];
    return [clipStretch(stretch, 0, 1), clipStretch(stretch, 1, length)];
  });
  const used = pieces.flatMap(({ operation }) =>
    operation.type === "merge" ? [] : [operation.container],
  );
  const containers = [...new Set(does(2) ? ["never used", ...used] : used)];
  if (does(3)) containers.reverse();
  if (does(2)) containers.push(listId("nor this"));
  const writer = new Writer().uint(containers.length);
  for (const id of containers) {
    if (isListId(id)) writer.uint(0);
    writer.text(containerName(id));
  }
  const contents = pieces.flatMap(({ operation }) =>
    operation.type === "insert" ? [operation.content] : [],
  );
  writer.text(contents.filter((content) => typeof content === "string").join(""));
  if (containers.some(isListId)) {
    const logs = contents.filter((content) => typeof content !== "string");
    writer.blob(concatBytes(logs.map((values) => values.bytes())));
  }
  let last = 0;
  for (const piece of pieces) {
    const { operation, parents } = piece;
    const mayMove = operation.type === "merge" && containers.length > 0 && does(4);
    const moved = Math.floor(random.next() * containers.length);
    const container = operation.type === "merge" ? (mayMove ? moved : last) : operation.container;
    const index = typeof container === "string" ? containers.indexOf(container) : container;
    const lists = (!followsOwn(piece) && parents.length > 0) || does(5);
    const namesContainer = index !== last || (containers.length > 0 && does(6));
    const namesAgent = does(7);
    writer.u8(
      operationTag(operation) +
        (lists ? payloadFlags.parents : 0) +
        (namesAgent ? payloadFlags.agent : 0) +
        (namesContainer ? payloadFlags.container : 0),
    );
    if (namesAgent) writer.uint(0);
    if (namesContainer) writer.uint(index);
    last = index;
    if (lists) {
      writer.uint(parents.length);
      for (const parent of parents) writer.uint(agents.indexOf(parent.agent)).uint(parent.seq);
    }
    if ("at" in operation) writer.uint(operation.at).uint(operationLength(operation));
    if (operation.type !== "set") continue;
    writer.text(operation.key);
    if (operation.value !== null) writer.blob(operation.value);
  }
  return { kind: "plain", runs, dependencies: listed, payload: writer.finish() };
}

function isAccepted(section: BundleSection): boolean {
  try {
    checkSection(section);
    return true;
  } catch (error) {
    if (!isHoldfastError(error, "corrupt")) throw error;
    return false;
  }
}

describe("D12 payloads", () => {
  test("a run has one hash, in whatever way it is written", () => {
    const seen = { canonical: 0, other: 0 };
    fc.assert(
      fc.property(runs, fc.nat(), (stretches, seed) => {
        const section = writtenOtherwise(stretches, new SeededRandom(seed));
        expect(isAccepted(section)).toBe(true);
        const [run] = section.runs;
        const agents = new Set(section.dependencies.map((id) => id.agent));
        agents.delete(agent);
        const hash = hashPayload(run!, [...agents], section.payload);
        const isSame = toHex(hash) === toHex(run!.hash);
        seen[isSame ? "canonical" : "other"] += 1;
        expect(isAccepted({ ...section, runs: [{ ...run!, hash }] })).toBe(isSame);
      }),
      { numRuns: 1_000 },
    );
    expect(seen.canonical).toBeGreaterThan(100);
    expect(seen.other).toBeGreaterThan(100);
  });

  test("read many stretches at a time, it says the same, and is refused for the same", () => {
    let batched = 0;
    fc.assert(
      fc.property(runs, fc.nat(), fc.nat(2), (stretches, seed, damages) => {
        const random = new SeededRandom(seed);
        const section = writtenOtherwise(stretches, random);
        const payload = section.payload.slice();
        for (let count = 0; count < damages; count += 1) {
          payload[randomBelow(random, payload.length)] = randomBelow(random, 256);
        }
        const agents = [...new Set([agent, ...section.dependencies.map((id) => id.agent)])];
        const read = (isBatched: boolean): unknown => {
          const found: unknown[] = [];
          const batch = new PlainBatch();
          try {
            const reader = new PayloadReader(payload, agents, [stretches[0]!.seq]);
            while (reader.next()) {
              const { tag, at, length, container } = reader;
              found.push([tag, at, length, container]);
              if (!isBatched || tag > operationTags.deleteBackward) continue;
              reader.nextPlain(batch);
              batched += batch.count;
              for (let index = 0; index < batch.count; index += 1) {
                found.push([...batch.columns.subarray(3 * index, 3 * index + 3), container]);
              }
            }
            return { found, isCanonical: reader.isCanonical, next: reader.nextOf(0) };
          } catch (error) {
            if (!isHoldfastError(error)) throw error;
            return error.code;
          }
        };
        expect(read(true)).toEqual(read(false));
      }),
      { numRuns: 1_000 },
    );
    expect(batched).toBeGreaterThan(300);
  });

  test("what is written the one way is hashed as it lies", () => {
    fc.assert(
      fc.property(runs, (stretches) => {
        const section = encodeSection(joined(stretches));
        const reader = new SectionReader(section);
        while (reader.next());
        expect(reader.row.isCanonical).toBe(true);
      }),
    );
  });

  test("more events than a document may have are refused, however they are read", () => {
    const doc = new Doc({ document, agent: others[0]! });
    doc.text("t").insert(0, "x".repeat(1_000));
    const length = 2_147_483;
    const stretches = Array.from({ length: 1_000 }, (_, index) => ({
      agent,
      seq: index * length,
      parents: index === 0 ? [] : [{ agent, seq: index * length - 1 }],
      operation: {
        type: "delete",
        container: "t",
        at: index % 2,
        length,
        backward: false,
      } as const,
    }));
    const bundle = encodeBundle({ document, sections: [encodeSection(stretches)] });
    expect(() => doc.apply(bundle)).toThrow(/more than 2147483647 events/);
    expect(doc.eventCount).toBe(1_000);
  });

  test("a list has no keys", () => {
    for (const value of [null, new Uint8Array([0])]) {
      const operation: Operation = { type: "set", container: listId("l"), key: "k", value };
      expect(isAccepted(encodeSection([{ agent, seq: 0, parents: [], operation }]))).toBe(false);
    }
  });

  test("values are those that are inserted, and of lists", () => {
    const payloadOf = (values: readonly number[], ...stretches: readonly number[]): Writer =>
      new Writer()
        .uint(1)
        .text("")
        .text("l")
        .text("")
        .blob(Uint8Array.from(values))
        .raw(Uint8Array.from(stretches));
    const isRead = (writer: Writer): boolean => {
      const run = { agent, from: 0, to: 1, hash: new Uint8Array(16) };
      const hash = hashPayload(run, [], writer.view());
      const payload = writer.finish();
      return isAccepted({ kind: "plain", runs: [{ ...run, hash }], dependencies: [], payload });
    };
    const { insert } = operationTags;
    expect(isRead(payloadOf([0], insert, 0, 1))).toBe(true);
    expect(isRead(payloadOf([0, 0], insert, 0, 1))).toBe(false);
    expect(isRead(payloadOf([], operationTags.delete, 0, 1))).toBe(true);
    expect(isRead(payloadOf([0], insert, 0, 0, insert, 0, 1))).toBe(false);
    // Nor has a list no name.
    const nameless = new Writer().uint(1).text("").text("").text("").blob(Uint8Array.of(0));
    expect(isRead(nameless.u8(insert).uint(0).uint(1))).toBe(false);
  });

  test("an event that is not its agent's first has parents", () => {
    const payload = new Writer().uint(1).text("t").text("a");
    payload
      .u8(operationTags.insert + payloadFlags.parents)
      .uint(0)
      .uint(0)
      .uint(1);
    const run = { agent, from: 5, to: 6 };
    const hash = hashPayload(run, [], payload.view());
    const section: BundleSection = {
      kind: "plain",
      runs: [{ ...run, hash }],
      dependencies: [],
      payload: payload.finish(),
    };
    expect(isAccepted(section)).toBe(false);
  });
});
