// Frames between a store's client and its server: each comes back as it was, and nothing
// else is one.

import { HoldfastError, isHoldfastError, SeededRandom, toHex } from "@holdfast/std";
import { decodeClientFrame, decodeServerFrame } from "@holdfast/store/remote";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import { type ClientFrame, encodeClientFrame } from "../src/drivers/remote/client_frame.ts";
import { encodeServerFrame, type ServerFrame } from "../src/drivers/remote/server_frame.ts";
import { decodeChanges, encodeChanges } from "../src/drivers/remote/told_changes.ts";
import type { Change, CommitVersion } from "../src/store.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const version = 300 as CommitVersion;

const change: Change = {
  version,
  cleared: [{ start: bytes(0x61), end: bytes(0x63) }],
  keys: [
    { key: bytes(0x62), value: bytes(5) },
    { key: bytes(0x64), value: null },
  ],
};

/** One of each type, in the order of the types, and one of each priority. */
const fromClient: readonly ClientFrame[] = [
  {
    type: "hello",
    protocols: [0, 2],
    session: new Uint8Array(16).fill(9),
    credential: bytes(1, 2),
  },
  { type: "begin", call: 1, slot: 0, consistency: "linearizable", priority: "default" },
  { type: "get", call: 2, slot: 0, key: bytes(0x6b) },
  {
    type: "range",
    ...{ call: 3, slot: 255, start: bytes(), end: bytes(0xff) },
    ...{ limitRows: 10_000, reverse: true },
  },
  { type: "release", slot: 0 },
  { type: "part", slot: 3, bytes: bytes(1, 2, 3) },
  { type: "commit", call: 4, slot: 3, sequence: 1 },
  { type: "settle", call: 5, slot: 3, sequence: 1, begunAtMs: 1_700_000_000_000 },
  { type: "watch", watch: 7, start: bytes(0x61), end: bytes(0x62) },
  { type: "unwatch", watch: 7 },
  { type: "ping" },
  { type: "write", call: 6, bytes: bytes(1, 2, 3) },
  { type: "lookup", call: 7, key: bytes(0x6b) },
  {
    type: "changes",
    ...{ call: 10, start: bytes(), end: bytes(0xff), since: version, limitChanges: 10_000 },
    consistency: { atLeast: version },
  },
  { type: "begin", call: 8, slot: 1, consistency: "linearizable", priority: "batch" },
  { type: "begin", call: 9, slot: 2, consistency: "linearizable", priority: "immediate" },
  { type: "begin", call: 11, slot: 3, consistency: { asOf: version }, priority: "default" },
];
const fromServer: readonly ServerFrame[] = [
  {
    type: "welcome",
    ...{ protocol: 0, identity: new Uint8Array(16).fill(7) },
    ...{ durable: true, staleReads: false, history: true, keySizeBytesMax: 1_894 },
  },
  { type: "bye", code: "unauthenticated", sentence: "no key" },
  { type: "begun", call: 1, version, begunAtMs: 1_700_000_000_000, staleMsMax: 0 },
  { type: "value", call: 2, value: bytes(5) },
  { type: "rows", call: 3, rows: [{ key: bytes(1), value: bytes() }], isWhole: true },
  { type: "committed", call: 4, version },
  { type: "conflict", call: 4 },
  { type: "failed", call: 5, code: "too_old", sentence: "é" },
  { type: "changed", watch: 7, version },
  { type: "unwatched", watch: 7, code: "overloaded", sentence: "" },
  { type: "pong" },
  { type: "told", call: 10, isWhole: true, version, bytes: encodeChanges([change]) },
];

const key = fc.uint8Array({ minLength: 0, maxLength: 40 });
const number = fc.nat();
const slot = fc.nat({ max: 255 });
const clientFrames: fc.Arbitrary<ClientFrame> = fc.oneof(
  ...fromClient.map((sample) => fc.constant(sample)),
  fc.record({ type: fc.constant("get" as const), call: number, slot, key }),
  fc.record({
    type: fc.constant("begin" as const),
    ...{ call: number, slot },
    consistency: fc.oneof(
      fc.record({ atLeast: number.map((value) => value as CommitVersion) }),
      fc.record({ staleMsMax: number }),
      fc.record({ asOf: number.map((value) => value as CommitVersion) }),
    ),
    priority: fc.constant("default" as const),
  }),
  fc.record({
    type: fc.constant("range" as const),
    ...{ call: number, slot, start: key, end: key },
    ...{ limitRows: fc.nat({ max: 10_000 }), reverse: fc.boolean() },
  }),
  fc.record({ type: fc.constant("part" as const), slot, bytes: fc.uint8Array() }),
);
const serverFrames: fc.Arbitrary<ServerFrame> = fc.oneof(
  ...fromServer.map((sample) => fc.constant(sample)),
  fc.record({ type: fc.constant("value" as const), call: number, value: fc.option(key) }),
  fc.record({
    type: fc.constant("begun" as const),
    ...{ call: number, version: fc.constant(version), begunAtMs: number },
    staleMsMax: fc.oneof(number, fc.constant(Number.POSITIVE_INFINITY)),
  }),
  fc.record({
    type: fc.constant("rows" as const),
    call: number,
    rows: fc.array(fc.record({ key, value: key }), { maxLength: 5 }),
    isWhole: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("failed" as const),
    call: number,
    code: fc.constantFrom("io" as const, "conflict" as const),
    sentence: fc.string({ unit: "grapheme", maxLength: 40 }),
  }),
);

describe("frames of a store", () => {
  test("RM3: each comes back as it was", () => {
    fc.assert(
      fc.property(clientFrames, (frame) => {
        expect(decodeClientFrame(encodeClientFrame(frame))).toEqual(frame);
      }),
    );
    fc.assert(
      fc.property(serverFrames, (frame) => {
        expect(decodeServerFrame(encodeServerFrame(frame))).toEqual(frame);
      }),
    );
  });

  test("are these bytes", async () => {
    const lines = [
      ...fromClient.map((frame) => `${frame.type}\n  ${toHex(encodeClientFrame(frame))}\n`),
      ...fromServer.map((frame) => `${frame.type}\n  ${toHex(encodeServerFrame(frame))}\n`),
    ];
    const path = new URL("golden/store_frames.txt", import.meta.url).pathname;
    await expect(lines.join("")).toMatchFileSnapshot(path);
  });

  test("RM3: random bytes, mutations and truncations are refused with a typed error", () => {
    const random = new SeededRandom(1);
    let refused = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const isClient = round % 2 === 0;
      const samples = isClient
        ? fromClient.map(encodeClientFrame)
        : fromServer.map(encodeServerFrame);
      let hostile = damaged(samples[(round >> 1) % samples.length]!, random);
      if (round % 8 === 0) hostile = random.bytes(Math.floor(random.next() * 300));
      try {
        if (isClient) {
          const frame = decodeClientFrame(hostile);
          expect(decodeClientFrame(encodeClientFrame(frame))).toEqual(frame);
        } else {
          const frame = decodeServerFrame(hostile);
          expect(decodeServerFrame(encodeServerFrame(frame))).toEqual(frame);
        }
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(8_000);
  });

  test("RM3: a page of the feed comes back as it was, and what makes none is refused", () => {
    const later = { ...change, version: (version + 7) as CommitVersion };
    const page = encodeChanges([change, later]);
    const [since, end] = [(version - 1) as CommitVersion, (version + 9) as CommitVersion];
    const expected = { changes: [change, later], version: end };
    expect(decodeChanges(page, since, end)).toEqual(expected);
    expect(decodeChanges(encodeChanges([]), end, end)).toEqual({ changes: [], version: end });
    const refused = (bytes: Uint8Array, from: CommitVersion, to: CommitVersion) =>
      expect(() => decodeChanges(bytes, from, to)).toThrow(HoldfastError);
    refused(page, version, end); // tells again what was told
    refused(page, since, version); // tells of what comes after its end
    refused(encodeChanges([later, change]), since, end);
    refused(encodeChanges([{ ...change, cleared: [], keys: [] }]), since, end);
    const random = new SeededRandom(2);
    for (let round = 0; round < 5_000; round += 1) {
      try {
        const { changes } = decodeChanges(damaged(page, random), since, end);
        for (const one of changes) expect(one.version).toBeGreaterThan(since);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
      }
    }
  });
});
