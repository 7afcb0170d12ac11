// Frames: every one comes back as it was, and nothing else is one.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { parseDocumentId } from "@holdfast/doc";
import { isHoldfastError, SeededRandom, toHex } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  frameSizeBytesMax,
  frameTypes,
} from "../src/index.ts";
import { FakeWriter } from "./naive_holdings.ts";
import { agentA, agentB, notes } from "./peers.ts";

const vector = new VersionVector([
  [agentA, 300],
  [agentB, 1],
]);
const bundle = new FakeWriter(agentA, notes).write();

/** One frame of each type, in the order of the types. */
const samples: readonly Frame[] = [
  {
    type: "hello",
    protocolMin: 0,
    protocolMax: 3,
    credential: new Uint8Array([1, 2]),
    software: "né",
  },
  {
    type: "welcome",
    protocol: 0,
    store: { identity: new Uint8Array(16).fill(7), epoch: 2 },
    session: 9 as never,
  },
  { type: "open", channel: 1 as never, document: notes, vector },
  { type: "opened", channel: 1 as never, vector: new VersionVector() },
  { type: "close", channel: 200 as never },
  { type: "bundles", channel: 1 as never, bundles: [bundle, bundle] },
  { type: "saved", channel: 1 as never, through: 77, vector },
  {
    type: "refused",
    channel: 1 as never,
    ordinal: 3,
    code: "missing_dependency",
    sentence: "no",
    vector,
  },
  { type: "presence", channel: 1 as never, peer: 4 as never, state: new Uint8Array([5]) },
  { type: "ping", nonce: 1 },
  { type: "pong", nonce: 2 ** 40 },
  { type: "bye", code: "too_slow", sentence: "" },
];

const frames = fc.oneof(
  ...samples.map((sample) => fc.constant(sample)),
  fc.record({
    type: fc.constant("refused" as const),
    channel: fc.nat() as never,
    ordinal: fc.nat(),
    code: fc.constantFrom("disk_full" as const, "corrupt" as const),
    sentence: fc.string({ unit: "grapheme", maxLength: 40 }),
    vector: fc.constantFrom(null, vector),
  }),
  fc.record({
    type: fc.constant("presence" as const),
    channel: fc.nat() as never,
    peer: fc.nat() as never,
    state: fc.option(fc.uint8Array({ maxLength: 4_096 })),
  }),
);

describe("frames", () => {
  test("SY2: each comes back as it was", () => {
    expect(samples.map(({ type }) => type)).toEqual(frameTypes);
    fc.assert(
      fc.property(frames, (frame) => {
        const bytes = encodeFrame(frame as Frame);
        expect(bytes.length).toBeLessThanOrEqual(frameSizeBytesMax);
        expect(encodeFrame(decodeFrame(bytes))).toEqual(bytes);
        expect(decodeFrame(bytes)).toEqual(frame);
      }),
    );
  });

  test("are these bytes", async () => {
    const lines = samples.map((frame) => `${frame.type}\n  ${toHex(encodeFrame(frame))}\n`);
    const path = new URL("golden/frames.txt", import.meta.url).pathname;
    await expect(lines.join("")).toMatchFileSnapshot(path);
  });

  test("SY2: random bytes, mutations and truncations are refused with a typed error", () => {
    const random = new SeededRandom(1);
    const refused = { count: 0 };
    for (let round = 0; round < 20_000; round += 1) {
      let bytes = damaged(encodeFrame(samples[round % samples.length]!), random);
      if (round % 4 === 0) bytes = random.bytes(Math.floor(random.next() * 300));
      try {
        const frame = decodeFrame(bytes);
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        refused.count += 1;
      }
    }
    expect(refused.count).toBeGreaterThan(10_000);
  });

  test("a vector that doesn't fit is cut to one that says less", () => {
    const entries = Array.from({ length: 65_536 }, (_, index) => {
      return [(index * 7).toString(16).padStart(32, "0") as AgentId, 2 ** 31 - 1] as const;
    });
    const whole = new VersionVector(entries);
    const bytes = encodeFrame({
      type: "open",
      channel: 1 as never,
      document: parseDocumentId("d".repeat(200)),
      vector: whole,
    });
    expect(bytes.length).toBeLessThanOrEqual(frameSizeBytesMax);
    const frame = decodeFrame(bytes);
    if (frame.type !== "open") throw new Error(frame.type);
    expect(frame.vector.size).toBeGreaterThan(45_000);
    expect(whole.covers(frame.vector)).toBe(true);
  });

  test("a frame over its limit is refused before it is read", () => {
    expect(() => decodeFrame(new Uint8Array(frameSizeBytesMax + 1))).toThrow(/at most/);
  });
});
