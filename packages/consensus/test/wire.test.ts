// The bytes between nodes: every message comes back, golden bytes stay, strangers' bytes
// throw a HoldfastError or are read.

import { HoldfastError, isHoldfastError, Reader, SeededRandom, toHex, Writer } from "@holdfast/std";
import { connectMemory, messageSizeBytesMax } from "@holdfast/world";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readMessage, writeMessage } from "../src/codec/message_codec.ts";
import {
  type Entry,
  type Index,
  type Message,
  membershipOf,
  type NodeId,
  type RequestId,
  type Term,
} from "../src/index.ts";
import { refusals } from "../src/raft/refusal.ts";
import {
  callFrame,
  FrameReceiver,
  helloFrame,
  helloSizeBytesMax,
  pulseFrame,
  raftFrame,
  readFrame,
  rebuffFrame,
  sendFrame,
} from "../src/replica/frame.ts";

const numbers = fc.oneof(fc.nat(300), fc.maxSafeNat());
const index = numbers.map((value) => value as Index);
const term = numbers.map((value) => value as Term);
const id = numbers.map((value) => value as RequestId);
const bytes = fc.uint8Array({ maxLength: 40 });
const position = fc.record({ index, term });
const seat = fc.record({
  address: fc.option(fc.string({ minLength: 1, maxLength: 20 })),
  disk: fc.option(fc.stringMatching(/^[0-9a-f]{16}$/)),
  replaces: fc.option(fc.constant("z" as NodeId)),
});
const membership = fc
  .uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 })
  .chain((nodes) =>
    fc.tuple(fc.nat(nodes.length - 1), fc.subarray(nodes), seat).map(([at, seated, rest]) => {
      const names = nodes as NodeId[];
      const seats = seated.map((node) => ({ node: node as NodeId, ...rest }));
      return membershipOf(names.slice(0, at + 1), names.slice(at + 1), seats);
    }),
  );
const snapshot = fc.record({
  index,
  term,
  membership,
  name: fc.stringMatching(/^[a-z0-9]{1,20}$/),
});
const payload = fc.oneof(
  fc.constant({ type: "empty" } as const),
  fc.record({ type: fc.constant("command" as const), data: bytes }),
  fc.record({ type: fc.constant("membership" as const), membership }),
);
const appended = fc
  .record({
    previous: fc.record({ index: fc.nat(2 ** 40), term }),
    payloads: fc.array(fc.tuple(term, payload), { maxLength: 5 }),
  })
  .map(({ previous, payloads }) => ({
    previous: previous as Entry,
    entries: payloads.map(([of, content], at): Entry => {
      return { index: (previous.index + 1 + at) as Index, term: of, payload: content };
    }),
  }));
const clock = fc.double({ noNaN: true });
const flag = fc.boolean();

function message<Shape extends object>(
  type: Message["type"],
  rest: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> },
): fc.Arbitrary<Message> {
  const fields = fc.record({ term, ...rest } as Record<string, fc.Arbitrary<unknown>>);
  return fields.map((found) => ({ ...found, type }) as unknown as Message);
}

const messages: readonly fc.Arbitrary<Message>[] = [
  message("pre_vote_request", { last: position }),
  message("pre_vote_reply", { granted: flag }),
  message("vote_request", { last: position, isTransfer: flag }),
  message("vote_reply", { granted: flag }),
  fc.tuple(message("append", { committed: index }), appended).map(([of, rest]) => {
    return { ...of, ...rest } as Message;
  }),
  message("append_reply", { match: index }),
  message("append_rejection", { rejected: index, hint: position }),
  message("heartbeat", { committed: index, round: numbers, sentMs: clock }),
  message("heartbeat_reply", { round: numbers, sentMs: clock }),
  message("outdated", {}),
  message("install", { snapshot, offset: numbers, bytes, isLast: flag }),
  message("install_reply", { name: fc.string({ maxLength: 20 }), offset: numbers }),
  message("timeout_now", {}),
  message("propose", { proposals: fc.array(fc.record({ id, data: bytes }), { maxLength: 4 }) }),
  message("proposed", { id, position }),
  message("read_request", { id }),
  message("read_reply", { id, index }),
  message("refused", { id, reason: fc.constantFrom(...refusals) }),
];
const anyMessage = fc.oneof(...messages);

function frameOf(all: readonly Message[]): Uint8Array {
  const writer = raftFrame(0);
  for (const each of all) writeMessage(writer, each);
  // Without what a message of the connection begins with.
  return writer.finish().subarray(1);
}

test.each(messages.map((each, at) => [at, each] as const))(
  "kind %i comes back as it was",
  (_, each) => {
    fc.assert(
      fc.property(each, (before) => {
        const writer = new Writer();
        writeMessage(writer, before);
        const reader = new Reader(writer.finish());
        expect(readMessage(reader)).toEqual(before);
        expect(reader.remaining).toBe(0);
      }),
      { numRuns: 30, seed: 1 },
    );
  },
);

test("a frame holds many messages, and each cut of it is refused or holds the first of them", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 4 }), (all) => {
      const whole = frameOf(all);
      expect(readFrame(whole)).toEqual({ kind: "raft", messages: all });
      for (let length = 0; length < whole.length; length += 1) {
        const found = attempt(whole.subarray(0, length));
        if (found?.kind === "raft")
          expect(all.slice(0, found.messages.length)).toEqual(found.messages);
      }
    }),
    { numRuns: 100, seed: 2 },
  );
});

test("whatever the bytes, a HoldfastError or a frame that is written as it was read", () => {
  const random = new SeededRandom(3);
  const samples = fc.sample(fc.array(anyMessage, { maxLength: 3 }), { numRuns: 200, seed: 3 });
  let readCount = 0;
  for (let turn = 0; turn < 30_000; turn += 1) {
    const whole = turn % 3 === 0 ? random.bytes(1 + (turn % 60)) : frameOf(samples[turn % 200]!);
    const at = random.u32() % whole.length;
    whole[at] = turn % 3 === 2 ? whole[at]! ^ (1 << (random.u32() % 8)) : random.u32() % 256;
    const found = attempt(whole);
    if (found?.kind !== "raft") continue;
    readCount += 1;
    // NaN has many forms; all else has one.
    const isTold = found.messages.every(
      (each) => !("sentMs" in each) || !Number.isNaN(each.sentMs),
    );
    if (isTold) expect(toHex(frameOf(found.messages))).toBe(toHex(whole));
  }
  expect(readCount).toBeGreaterThan(100);
});

function attempt(of: Uint8Array) {
  try {
    return readFrame(of);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return null;
  }
}

describe("golden bytes", () => {
  const [i, t, r] = [7 as Index, 3 as Term, 300 as RequestId];
  const base = { index: i, term: t };
  const entries: Entry[] = [
    { index: 8 as Index, term: t, payload: { type: "empty" } },
    { index: 9 as Index, term: t, payload: { type: "command", data: Uint8Array.of(1, 2) } },
    {
      index: 10 as Index,
      term: t,
      payload: {
        type: "membership",
        membership: membershipOf(["a", "b"] as NodeId[], ["c" as NodeId]),
      },
    },
  ];
  const taken = { ...base, membership: membershipOf(["a" as NodeId]), name: "7" };
  const seated = membershipOf(
    ["a" as NodeId],
    ["b" as NodeId],
    [
      { node: "a" as NodeId, address: "h1", disk: "d1", replaces: null },
      { node: "b" as NodeId, address: null, disk: null, replaces: "c" as NodeId },
    ],
  );
  const golden: readonly (readonly [Message, string])[] = [
    [{ type: "pre_vote_request", term: t, last: base }, "00030703"],
    [{ type: "pre_vote_reply", term: t, granted: true }, "010301"],
    [{ type: "vote_request", term: t, last: base, isTransfer: false }, "0203070300"],
    [{ type: "vote_reply", term: t, granted: false }, "030300"],
    [
      { type: "append", term: t, previous: base, entries, committed: i },
      "0403070303080300090301020102" + "0a03020201610162000101630000" + "07",
    ],
    [
      {
        ...{ type: "append", term: t, previous: base, committed: i },
        entries: [
          { index: 8 as Index, term: t, payload: { type: "membership", membership: seated } },
        ],
      },
      "04030703010803020101610001016200" +
        "0202" +
        "0161026831026431" +
        "00" +
        "01620000" +
        "0163" +
        "07",
    ],
    [{ type: "append_reply", term: t, match: i }, "050307"],
    [{ type: "append_rejection", term: t, rejected: i, hint: base }, "0603070703"],
    [
      { type: "heartbeat", term: t, committed: i, round: 2, sentMs: 1.5 },
      "070307023ff8000000000000",
    ],
    [{ type: "heartbeat_reply", term: t, round: 2, sentMs: 1.5 }, "0803023ff8000000000000"],
    [{ type: "outdated", term: t }, "0903"],
    [
      {
        type: "install",
        term: t,
        snapshot: taken,
        offset: 300,
        bytes: Uint8Array.of(9),
        isLast: true,
      },
      "0a030703" + "010161000000000137ac02010901",
    ],
    [{ type: "install_reply", term: t, name: "7", offset: 300 }, "0b030137ac02"],
    [{ type: "timeout_now", term: t }, "0c03"],
    [
      { type: "propose", term: t, proposals: [{ id: r, data: Uint8Array.of(5) }] },
      "0d0301ac020105",
    ],
    [{ type: "proposed", term: t, id: r, position: base }, "0e03ac020703"],
    [{ type: "read_request", term: t, id: r }, "0f03ac02"],
    [{ type: "read_reply", term: t, id: r, index: i }, "1003ac0207"],
    [{ type: "refused", term: t, id: r, reason: "not_leader" }, "1103ac0201"],
  ];
  test.each(golden)("%j", (each, hex) => {
    const writer = new Writer();
    writeMessage(writer, each);
    expect(toHex(writer.finish())).toBe(hex);
  });

  test("frames, and the order of the refusals", () => {
    const [from, to, address] = ["a" as NodeId, "b" as NodeId, "h:1"];
    const said = { disk: "d1", address, expected: "d2", since: r as number as Index };
    const hello = { cluster: "x", from, to, ...said };
    expect(toHex(helloFrame(hello))).toBe("000101780161016202643103683a31026432ac02");
    expect(readFrame(helloFrame(hello))).toEqual({ kind: "hello", ...hello });
    const nowhere = { ...hello, address: null, expected: null };
    expect(readFrame(helloFrame(nowhere))).toEqual({ kind: "hello", ...nowhere });
    const rebuff = { reason: "removed", index: i, sentence: "no" } as const;
    expect(toHex(rebuffFrame(rebuff))).toBe("070107026e6f");
    expect(readFrame(rebuffFrame(rebuff))).toEqual({ kind: "rebuff", ...rebuff });
    expect(toHex(callFrame("order", 300, Uint8Array.of(1)))).toBe("06ac0201");
    expect(toHex(callFrame("call", 300, Uint8Array.of(1)))).toBe("02ac0201");
    expect(toHex(callFrame("answer", 300, Uint8Array.of(1)))).toBe("03ac0201");
    expect(toHex(callFrame("failure", 300, new Uint8Array(0)))).toBe("04ac02");
    expect(toHex(pulseFrame())).toBe("05");
    expect(refusals).toEqual([
      ...["no_leader", "not_leader", "overloaded", "transferring", "lost", "change_pending"],
      ...["not_eligible", "no_voter_left", "already_joint", "not_joint", "too_many_members"],
    ]);
  });
});

test("a frame goes in pieces, and one that is too long is refused before it is held", async () => {
  const [left, right] = connectMemory("left", "right");
  const frames = new FrameReceiver(right);
  const large = callFrame("call", 1, new SeededRandom(4).bytes(messageSizeBytesMax * 2));
  sendFrame(left, large);
  const found = await frames.receive();
  expect(found?.kind === "call" && toHex(found.bytes.slice(-9))).toBe(toHex(large.slice(-9)));
  sendFrame(left, callFrame("call", 1, new Uint8Array(helloSizeBytesMax)));
  await expect(frames.receive(helloSizeBytesMax)).rejects.toThrow(HoldfastError);
  expect(() => sendFrame(left, new Uint8Array(33_554_433))).toThrow(/33554433/);
  left.close("done");
  await expect(frames.receive()).resolves.toBe(null);
});
