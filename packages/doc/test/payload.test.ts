// Payloads: one run may be written in many ways, and has one hash.

import type { EventId } from "@holdfast/causality";
import { isHoldfastError, SeededRandom, toHex, Writer } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BundleSection } from "../src/bundle.ts";
import { hashPayload } from "../src/canonical.ts";
import { compareEventIds } from "../src/history.ts";
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
} from "../src/operation.ts";
import { checkSection, encodeSection, SectionReader } from "../src/section.ts";
import { agentAt } from "./history.ts";

const agent = agentAt(1);
// One before the run's agent, one behind it.
const others = [agentAt(3), agentAt(0)];

const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    type: fc.constant("insert" as const),
    container: fc.constantFrom("t", "u"),
    at: fc.nat(3),
    text: fc.constantFrom("a", "é"),
  }),
  fc.record({
    type: fc.constant("delete" as const),
    container: fc.constantFrom("t", "u"),
    at: fc.integer({ min: 3, max: 5 }),
    length: fc.constant(1),
    backward: fc.constant(false),
  }),
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
    fc.array(fc.record({ sees: fc.constantFrom(0, 0, 0, 0, 1, 2, 3), operation: operations }), {
      minLength: 1,
      maxLength: 12,
    }),
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
  const isLikely = random.next();
  const does = (): boolean => random.next() < isLikely / 3;
  const { runs, dependencies } = encodeSection(stretches);
  const listed = does() ? [...dependencies].reverse() : dependencies;
  const agents = [...new Set([agent, ...listed.map((id) => id.agent)])];
  const pieces = joined(stretches).flatMap((stretch) => {
    const length = operationLength(stretch.operation);
    if (length === 1 || !does()) return [stretch];
    return [clipStretch(stretch, 0, 1), clipStretch(stretch, 1, length)];
  });
  const used = pieces.flatMap(({ operation }) =>
    operation.type === "merge" ? [] : [operation.container],
  );
  const containers = [...new Set(does() ? ["never used", ...used] : used)];
  if (does()) containers.reverse();
  if (does()) containers.push("nor this");
  const writer = new Writer().uint(containers.length);
  for (const name of containers) writer.text(name);
  writer.text(
    pieces.map(({ operation }) => (operation.type === "insert" ? operation.text : "")).join(""),
  );
  let last = 0;
  for (const piece of pieces) {
    const { operation, parents } = piece;
    const mayMove = operation.type === "merge" && containers.length > 0 && does();
    const moved = Math.floor(random.next() * containers.length);
    const container = operation.type === "merge" ? (mayMove ? moved : last) : operation.container;
    const index = typeof container === "string" ? containers.indexOf(container) : container;
    const lists = (!followsOwn(piece) && parents.length > 0) || does();
    const namesContainer = index !== last || (containers.length > 0 && does());
    const namesAgent = does();
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
      { numRuns: 2_000 },
    );
    expect(seen.canonical).toBeGreaterThan(100);
    expect(seen.other).toBeGreaterThan(100);
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
