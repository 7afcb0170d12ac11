// The bytes that tabs exchange, and those in which their presence travels: each word
// there and back, and nothing but typed errors from anything else.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { encodeValue, parseDocumentId, type Value } from "@holdfast/doc";
import { HoldfastError, isHoldfastError, SeededRandom, toHex } from "@holdfast/std";
import { presenceSizeBytesMax, type SessionId } from "@holdfast/sync";
import { ManualClock } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import { Presence } from "../src/documents/presence.ts";
import {
  packPresence,
  presenceTabsMax,
  presenceValueSizeBytesMax,
  unpackPresence,
} from "../src/documents/presence_pack.ts";
import { MemoryPersistence, open, SiblingGroup } from "../src/index.ts";
import {
  decodeSiblingMessage,
  encodeSiblingMessage,
  type SiblingWord,
  siblingMessageSizeBytesMax,
  siblingWritersMax,
} from "../src/siblings/sibling_message.ts";
import { agentOf, Town } from "./town.ts";

const document = parseDocumentId("notes");
const sender = agentOf("a");
const error = new HoldfastError("forbidden", "not yours — é");
const store = { identity: new Uint8Array(16).fill(9), epoch: 2 };
const vector = new VersionVector([[agentOf("b"), 3]]);
const peer = 12 as SessionId;

const words: readonly SiblingWord[] = [
  { type: "question" },
  { type: "gone" },
  { type: "reconnect" },
  { type: "closed", document },
  { type: "appended", document },
  { type: "open", document, asks: true, state: null },
  { type: "open", document, asks: false, state: new Uint8Array([1, 2]) },
  { type: "standing", document, store: null, sent: vector, saved: vector, problem: null },
  {
    type: "standing",
    document,
    store,
    sent: vector,
    saved: new VersionVector(),
    problem: { error, isFinal: true },
  },
  {
    type: "standing",
    document,
    store,
    sent: vector,
    saved: vector,
    problem: { error, isFinal: false },
  },
  { type: "refused", document, effect: "skipped", error },
  { type: "peer", document, peer, state: new Uint8Array([7]) },
  { type: "peer", document, peer, state: null },
  { type: "connection", state: "online", reason: null, retryInMs: null },
  { type: "connection", state: "refused", reason: error, retryInMs: 1_200 },
  { type: "call" },
];

describe("messages of siblings", () => {
  test.each(words.map((word, index) => ({ word, index })))(
    "there and back: $index, $word.type",
    ({ word }) => {
      const bytes = encodeSiblingMessage({ sender, word });
      const read = decodeSiblingMessage(bytes);
      expect(read.sender).toBe(sender);
      expect(read.word.type).toBe(word.type);
      expect(toHex(encodeSiblingMessage(read))).toBe(toHex(bytes));
    },
  );

  test("begin with a version, and have these bytes", () => {
    const hex = (word: SiblingWord): string => toHex(encodeSiblingMessage({ sender, word }));
    const head = `48464200${"aa".repeat(16)}`;
    expect(hex({ type: "question" })).toBe(`${head}01`);
    expect(hex({ type: "appended", document })).toBe(`${head}05056e6f746573`);
    expect(hex({ type: "open", document, asks: true, state: new Uint8Array([1]) })).toBe(
      `${head}02056e6f74657301010101`,
    );
    expect(hex(words[8]!)).toBe(
      `${head}06056e6f74657301${"09".repeat(16)}0201${"bb".repeat(16)}030002` +
        "09666f7262696464656e106e6f7420796f75727320e2809420c3a9",
    );
    expect(hex(words[14]!)).toBe(
      `${head}09030109666f7262696464656e106e6f7420796f75727320e2809420c3a901b009`,
    );
  });

  test("random bytes and changed messages are refused with a typed error", () => {
    const random = new SeededRandom(21);
    const valid = words.map((word) => encodeSiblingMessage({ sender, word }));
    const codes = new Set<string>();
    for (let round = 0; round < 20_000; round += 1) {
      const length = round % 5 === 0 ? round % 40 : undefined;
      let bytes: Uint8Array = valid[round % valid.length]!.slice(0, length);
      if (round % 7 === 0) bytes = random.bytes(round % 90);
      if (bytes.length > 0) bytes[Math.floor(random.next() * bytes.length)]! ^= random.bytes(1)[0]!;
      try {
        decodeSiblingMessage(bytes);
      } catch (thrown) {
        if (!isHoldfastError(thrown)) throw thrown;
        codes.add(thrown.code);
      }
    }
    expect([...codes].sort()).toEqual(["corrupt", "too_large", "truncated", "unsupported_version"]);
  });

  test("what is too much is cut, or refused", () => {
    const entries = Array.from({ length: siblingWritersMax + 5 }, (_, index) => {
      return [index.toString(16).padStart(32, "0") as AgentId, 2 ** 30] as const;
    });
    const many = new VersionVector(entries);
    const problem = {
      error: new HoldfastError("io", `${"x".repeat(499)}é and more`),
      isFinal: false,
    };
    const word = { type: "standing", document, store, sent: many, saved: many, problem } as const;
    const bytes = encodeSiblingMessage({ sender, word });
    expect(bytes.length).toBeLessThan(siblingMessageSizeBytesMax);
    const read = decodeSiblingMessage(bytes).word;
    expect(read.type === "standing" && read.saved.size).toBe(siblingWritersMax);
    expect(read.type === "standing" && read.problem?.error.message).toBe("x".repeat(499));
    const far = { type: "connection", state: "offline", reason: null, retryInMs: 1e9 } as const;
    const wait = decodeSiblingMessage(encodeSiblingMessage({ sender, word: far })).word;
    expect(wait).toMatchObject({ retryInMs: 3_600_000 });
    const long = new Uint8Array(siblingMessageSizeBytesMax + 1);
    expect(() => decodeSiblingMessage(long)).toThrow(/1048577 bytes/);
  });

  test("of another release, and nonsense, are ignored: nothing ends, nothing is believed", async () => {
    const town = new Town();
    const group = new SiblingGroup();
    const world = town.world();
    const persistence = new MemoryPersistence(world.random);
    const siblings = group.join(persistence.agent);
    const stranger = group.join(sender);
    const db = open({ world, name: "test", persistence, siblings, url: "server" });
    const handle = await db.doc("notes");
    const random = new SeededRandom(4);
    const online = { type: "connection", state: "online", reason: null, retryInMs: null } as const;
    const newer = encodeSiblingMessage({ sender, word: online });
    newer[3] = 1;
    stranger.post(newer);
    for (let round = 0; round < 200; round += 1) stranger.post(random.bytes(round));
    for (const word of words) {
      const bytes = encodeSiblingMessage({ sender, word });
      stranger.post(bytes.slice(0, -1));
      stranger.post(new Uint8Array([...bytes, 0]));
    }
    await town.run();
    expect(db.connection.state).not.toBe("online");
    expect(handle.presence.peers().size).toBe(0);
    expect(handle.change(() => handle.doc.text("body").insert(0, "x")).state).toBe("pending");
    await town.settled(handle.whenLocal());
    await town.settled(db.close());
  });
});

describe("presence of several tabs in one value", () => {
  const entry = (digit: string, value: Value) => ({
    agent: agentOf(digit),
    state: encodeValue(value),
  });

  test("has these bytes, and is read back", () => {
    const packed = packPresence([entry("a", "x"), entry("b", 1)])!;
    expect(toHex(packed)).toBe(`0002${"aa".repeat(16)}03060178${"bb".repeat(16)}020301`);
    expect(unpackPresence(packed)).toEqual([entry("a", "x"), entry("b", 1)]);
    expect(packPresence([])).toBeNull();
  });

  test("fits always: alone the largest value does; of many, the first ones", () => {
    const largest = { agent: agentOf("a"), state: new Uint8Array(presenceValueSizeBytesMax) };
    expect(packPresence([largest, entry("b", 1)])!.length).toBe(presenceSizeBytesMax);
    const many = Array.from({ length: 200 }, (_, index) => ({
      agent: index.toString(16).padStart(32, "0") as AgentId,
      state: new Uint8Array([index % 3]),
    }));
    const packed = packPresence(many)!;
    expect(unpackPresence(packed)).toEqual(many.slice(0, presenceTabsMax));
  });

  test("random bytes and changed packs: a typed error, and peers are as before", () => {
    const random = new SeededRandom(8);
    const valid = packPresence([entry("a", { x: [1, "two"] }), entry("b", null)])!;
    const presence = new Presence({
      clock: new ManualClock(),
      agent: agentOf("f"),
      tellSiblings: () => {},
      tellServer: () => {},
    });
    presence.receive(peer, valid);
    const before = [...presence.peers()];
    expect(before).toEqual([[agentOf("a"), { x: [1, "two"] }]]);
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = round % 4 === 0 ? random.bytes(round % 80) : valid.slice(0, -1 - (round % 9));
      if (bytes.length > 2) bytes[Math.floor(random.next() * bytes.length)]! ^= random.bytes(1)[0]!;
      try {
        unpackPresence(bytes);
      } catch (thrown) {
        if (!isHoldfastError(thrown)) throw thrown;
        presence.receive(peer, bytes);
        expect([...presence.peers()]).toEqual(before);
      }
    }
  });

  test("a peer that comes back over another connection is seen once; gone is who has none left", () => {
    const presence = new Presence({
      clock: new ManualClock(),
      agent: agentOf("f"),
      tellSiblings: () => {},
      tellServer: () => {},
    });
    const other = 13 as SessionId;
    presence.receive(peer, packPresence([entry("a", "old"), entry("f", "my ghost")]));
    presence.receive(other, packPresence([entry("a", "new")]));
    expect([...presence.peers()]).toEqual([[agentOf("a"), "new"]]);
    presence.receive(peer, null);
    expect([...presence.peers()]).toEqual([[agentOf("a"), "new"]]);
    presence.receive(other, null);
    expect(presence.peers().size).toBe(0);
  });
});
