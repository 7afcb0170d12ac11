// What a server of a store does for its clients, and what it does not let them do.

import {
  encodeUtf8,
  HoldfastError,
  randomBelow,
  randomItem,
  SeededRandom,
  toHex,
} from "@holdfast/std";
import {
  allKeys,
  type CommitVersion,
  type Consistency,
  memoryStore,
  type Store,
  transactionAgeMsMax,
} from "@holdfast/store";
import {
  type ClientFrame,
  encodeClientFrame,
  messageOf,
  openRemoteStore,
} from "@holdfast/store/remote";
import { ManualClock, MemoryNetwork } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import { type StoreGateway, serveStore } from "../src/kv/store_gateway.ts";
import { keyAccess } from "../src/node/index.ts";
import { RawStoreClient, settingOf } from "./raw_store_client.ts";

const dayMs = 86_400_000;
const identity = new Uint8Array(16).fill(7);
const [k, v] = [encodeUtf8("k"), encodeUtf8("v")];

let clock: ManualClock;
let network: MemoryNetwork;
let store: Store;
let gateway: StoreGateway;
const failures: unknown[] = [];

async function serve(
  credentials: Parameters<typeof serveStore>[0]["credentials"] = "open",
): Promise<void> {
  gateway = serveStore({
    ...{ world: { clock }, store, identity, credentials },
    listener: await network.listen("server"),
    onFailed: (error) => failures.push(error),
  });
}

async function connect(session?: number): Promise<RawStoreClient> {
  return new RawStoreClient(await network.connect("server"), session);
}

/** A client that was let in. */
async function enter(session?: number): Promise<RawStoreClient> {
  const client = await connect(session);
  client.hello();
  await client.next("welcome");
  return client;
}

const rows = () => store.read((snapshot) => snapshot.range(allKeys, { limitRows: 100 }));

beforeEach(async () => {
  clock = new ManualClock(1_700_000_000_000);
  network = new MemoryNetwork();
  store = memoryStore({ world: { clock, random: nodeWorld().random }, history: {} });
});
afterEach(async () => {
  await gateway.close();
  await store.close();
  expect(failures).toEqual([]);
});

describe("a commit", () => {
  test("RM1, CN1: lies behind a prefix, with a note of itself, as the golden file has them", async () => {
    await serve();
    const client = await enter();
    await client.begin();
    client.say({ type: "part", slot: 0, bytes: settingOf(k, v) });
    client.say({ type: "commit", call: 2, slot: 0, sequence: 1 });
    expect((await client.next("committed")).version).toBe(1);
    const text = (await rows()).map(({ key, value }) => `${toHex(key)} ${toHex(value)}\n`);
    const path = new URL("golden/store_rows.txt", import.meta.url).pathname;
    await expect(text.join("")).toMatchFileSnapshot(path);
  });

  test("RM1, CN2: that took effect is told by settling it, over another connection too", async () => {
    await serve();
    const client = await enter();
    const { begunAtMs } = await client.begin();
    client.say({ type: "part", slot: 0, bytes: settingOf(k, v) });
    client.say({ type: "commit", call: 2, slot: 0, sequence: 1 });
    const { version } = await client.next("committed");
    const again = await enter();
    for (const call of [1, 2]) {
      again.say({ type: "settle", call, slot: 0, sequence: 1, begunAtMs });
      expect(await again.next("committed")).toEqual({ type: "committed", call, version });
    }
    const stranger = await enter(2);
    stranger.say({ type: "settle", call: 1, slot: 0, sequence: 1, begunAtMs });
    await stranger.next("conflict");
  });

  test("RM1, CN1, CN2: that was settled before it came never takes effect", async () => {
    await serve();
    const slow = await enter();
    const { begunAtMs } = await slow.begin();
    const other = await enter();
    other.say({ type: "settle", call: 1, slot: 0, sequence: 1, begunAtMs });
    await other.next("conflict");
    slow.say({ type: "part", slot: 0, bytes: settingOf(k, v) });
    slow.say({ type: "commit", call: 2, slot: 0, sequence: 1 });
    await slow.next("conflict");
    other.say({ type: "settle", call: 2, slot: 0, sequence: 1, begunAtMs });
    await other.next("conflict");
    expect(await rows()).toHaveLength(1);
    // Whoever begins after that, and asks by the same name, is refused.
    await slow.begin();
    slow.say({ type: "part", slot: 0, bytes: settingOf(k, v) });
    slow.say({ type: "commit", call: 3, slot: 0, sequence: 1 });
    expect(await slow.next("failed")).toMatchObject({ code: "invalid_argument" });
    expect(await rows()).toHaveLength(1);
  });

  test("CN3: is not told of after half a day, and its note is gone after three", async () => {
    await serve();
    const client = await enter();
    const { begunAtMs } = await client.begin();
    client.say({ type: "part", slot: 0, bytes: settingOf(k, v) });
    client.say({ type: "commit", call: 2, slot: 0, sequence: 1 });
    await client.next("committed");
    const ask = async () => {
      const other = await enter();
      other.say({ type: "settle", call: 1, slot: 0, sequence: 1, begunAtMs });
      const frame = await other.hear();
      other.connection.close("done");
      return frame;
    };
    await clock.advance(dayMs / 2 - 60_000);
    expect(await ask()).toMatchObject({ type: "committed" });
    await clock.advance(120_000);
    expect(await ask()).toMatchObject({ type: "failed", code: "unknown_outcome" });
    await clock.advance(dayMs);
    expect(await rows()).toHaveLength(2);
    await clock.advance(2 * dayMs);
    await store.read(() => {});
    expect(await rows()).toHaveLength(1);
  });

  test("that can't be read, or is too large, changes nothing", async () => {
    await serve();
    const client = await enter();
    const refused = async (code: string, bytes: Uint8Array) => {
      await client.begin();
      for (let at = 0; at < bytes.length; at += 100_000) {
        client.say({ type: "part", slot: 0, bytes: bytes.subarray(at, at + 100_000) });
      }
      client.say({ type: "commit", call: 2, slot: 0, sequence: 1 });
      expect(await client.next("failed")).toMatchObject({ call: 2, code });
    };
    const request = settingOf(k, v);
    await refused("truncated", new Uint8Array(0));
    await refused("truncated", request.subarray(0, -1));
    await refused("unsupported_version", Uint8Array.of(9));
    await refused("invalid_argument", settingOf(Uint8Array.of(0xff, 1), v));
    await refused("invalid_argument", settingOf(new Uint8Array(0), v));
    await refused("too_large", settingOf(new Uint8Array(9_999).fill(1), v));
    await refused("too_large", new Uint8Array(33 * 1_048_576));
    expect(await rows()).toEqual([]);
  });
});

describe("SS1: a client", () => {
  test("neither sees nor touches what is not its own", async () => {
    await store.transact((tx) => {
      for (const name of ["a", "\u0003kv", "\u0003rows", "\u0003rowt", "z"]) {
        tx.set(encodeUtf8(name), encodeUtf8("not yours"));
      }
    });
    const before = await rows();
    await serve();
    const remote = await openRemoteStore({ world: { ...nodeWorld(), network }, url: "server" });
    expect(await remote.read((tx) => tx.range(allKeys, { limitRows: 10 }))).toEqual([]);
    await remote.transact((tx) => {
      tx.set(k, v);
      tx.setStampedKey({ before: k }, v);
    });
    expect(await remote.read((tx) => tx.range(allKeys, { limitRows: 10 }))).toHaveLength(2);
    await remote.transact((tx) => tx.clearRange(allKeys));
    const left = (await rows()).filter(({ key }) => !toHex(key).startsWith("03636f6d6d697473"));
    expect(left).toEqual(before);
    await remote.close();
  });

  test("that asks for what lies outside is refused", async () => {
    await serve();
    const client = await enter();
    await client.begin();
    const range = { type: "range", call: 2, slot: 0, limitRows: 1, reverse: false } as const;
    const [low, high] = [new Uint8Array(0), Uint8Array.of(0xff, 0)];
    const frames: readonly ClientFrame[] = [
      { type: "get", call: 2, slot: 0, key: low },
      { type: "get", call: 2, slot: 0, key: high },
      { ...range, start: low, end: high },
      { ...range, start: k, end: low },
      { ...range, start: low, end: k, limitRows: 0 },
    ];
    for (const frame of frames) {
      client.say(frame);
      expect(await client.next("failed")).toMatchObject({ call: 2, code: "invalid_argument" });
    }
    client.say({ type: "watch", watch: 1, start: low, end: high });
    expect(await client.next("unwatched")).toMatchObject({ code: "invalid_argument" });
  });
});

describe("SS2, SS3: a session", () => {
  test("ends at what the protocol has not, with a reason, and no other does", async () => {
    await serve();
    const beside = await enter(9);
    const breaches: readonly (readonly ClientFrame[])[] = [
      [{ type: "hello", protocols: [0, 0], session: identity, credential: k }],
      [{ type: "get", call: 1, slot: 0, key: k }],
      [{ type: "part", slot: 0, bytes: k }],
      [{ type: "commit", call: 1, slot: 0, sequence: 1 }],
      [
        { type: "watch", watch: 1, start: k, end: k },
        { type: "watch", watch: 1, start: k, end: k },
      ],
    ];
    for (const frames of breaches) {
      const client = await enter();
      client.say(...frames);
      let frame = await client.hear();
      while (frame?.type === "changed") frame = await client.hear();
      expect(frame).toMatchObject({ type: "bye", code: "protocol" });
    }
    const client = await enter();
    client.connection.send(Uint8Array.of(1, 200));
    expect(await client.next("bye")).toMatchObject({ code: "protocol" });
    await beside.begin();
  });

  test("that ends gives its snapshots back, and the store may close", async () => {
    await serve();
    const client = await enter();
    for (let slot = 0; slot < 5; slot += 1) await client.begin(slot);
    client.say({ type: "watch", watch: 1, start: k, end: v });
    client.connection.close("gone");
    await gateway.close();
    await store.close();
  });

  test("holds a snapshot for as long as a transaction may take, and says so after", async () => {
    await serve();
    const client = await enter();
    await client.begin();
    client.say({ type: "get", call: 2, slot: 0, key: k });
    expect(await client.next("value")).toMatchObject({ value: null });
    await clock.advance(transactionAgeMsMax + 1);
    client.say({ type: "get", call: 3, slot: 0, key: k });
    expect(await client.next("failed")).toMatchObject({ call: 3, code: "too_old" });
    client.say({ type: "release", slot: 0 }, { type: "release", slot: 0 });
    await client.begin();
  });

  test("watches up to a thousand ranges, and says of more that they are too many", async () => {
    await serve();
    const client = await enter();
    await store.transact((tx) => tx.set(k, v));
    for (let watch = 1; watch <= 1_001; watch += 1) {
      client.say({ type: "watch", watch, start: k, end: v });
    }
    for (let watch = 1; watch <= 1_000; watch += 1) await client.next("changed");
    expect(await client.next("unwatched")).toMatchObject({ watch: 1_001, code: "overloaded" });
  });

  test("that pings, and does not read its page of the feed, is ended, and holds nothing", async () => {
    await serve();
    const client = await enter();
    for (let call = 1; call <= 40; call += 1) {
      const bytes = settingOf(encodeUtf8(`key ${call}`), new Uint8Array(90_000));
      client.say({ type: "write", call, bytes });
      await client.next("committed");
    }
    client.say({
      type: "changes",
      ...{ call: 41, start: allKeys.start, end: Uint8Array.of(0xff), since: 0 as CommitVersion },
      ...{ limitChanges: 100, consistency: "linearizable" },
    });
    for (let seconds = 0; seconds < 60; seconds += 1) {
      client.say({ type: "ping" });
      await clock.advance(1_000);
    }
    expect([gateway.clients, gateway.snapshots]).toEqual([0, 0]);
    let last = await client.hear();
    for (let next = last; next !== null; next = await client.hear()) last = next;
    expect(last).toMatchObject({ type: "bye", code: "too_slow" });
  });

  test("that is silent for long is ended; a ping is answered", async () => {
    await serve();
    const client = await enter();
    await clock.advance(40_000);
    client.say({ type: "ping" });
    await client.next("pong");
    await clock.advance(40_000);
    expect(gateway.clients).toBe(1);
    await clock.advance(10_000);
    expect(await client.hear()).toBeNull();
    expect(gateway.clients).toBe(0);
  });
});

test("SS1, SS2, SS3: whatever bytes strangers send, the server goes on, and holds nothing for them", async () => {
  await serve();
  const random = new SeededRandom(5);
  const [low, high] = [new Uint8Array(0), Uint8Array.of(0xff)];
  const name = { slot: 0, sequence: 1 };
  const valid: readonly ClientFrame[] = [
    { type: "begin", call: 1, slot: 0, consistency: "linearizable", priority: "default" },
    { type: "begin", call: 2, slot: 1, consistency: { staleMsMax: 1 }, priority: "default" },
    { type: "get", call: 3, slot: 0, key: k },
    { type: "range", call: 4, slot: 0, start: low, end: high, limitRows: 9, reverse: true },
    { type: "part", slot: 0, bytes: settingOf(k, v) },
    { type: "commit", call: 5, ...name },
    { type: "settle", call: 6, ...name, begunAtMs: 1_700_000_000_000 },
    { type: "watch", watch: 1, start: low, end: high },
    { type: "write", call: 7, bytes: settingOf(k, v) },
    { type: "lookup", call: 8, key: k },
    {
      type: "changes",
      ...{ call: 9, start: low, end: high, since: 0 as CommitVersion, limitChanges: 9 },
      consistency: "linearizable",
    },
    {
      type: "begin",
      ...{ call: 10, slot: 2, consistency: { asOf: 1 as CommitVersion }, priority: "default" },
    },
    { type: "unwatch", watch: 1 },
    { type: "release", slot: 0 },
  ];
  for (let round = 0; round < 400; round += 1) {
    const client = await enter();
    for (let count = 1 + randomBelow(random, 8); count > 0; count -= 1) {
      const frame = encodeClientFrame(randomItem(random, valid));
      const isWhole = random.next() < 0.7;
      const message = messageOf(isWhole ? frame : damaged(frame, random));
      client.connection.send(random.next() < 0.9 ? message : damaged(message, random));
      if (random.next() > 0.3) continue;
      client.say({ type: "ping" });
      for (let frame = await client.hear(); frame !== null; frame = await client.hear()) {
        if (frame.type === "pong") break;
      }
    }
    client.connection.close("enough");
  }
  const client = await enter();
  await client.begin();
  expect(gateway.snapshots).toBe(1);
  client.connection.close("done");
  for (const { key } of await rows()) expect(toHex(key)).toMatch(/^03(726f7773|636f6d6d697473)00/);
});

describe("a read that may be older", () => {
  test("is held as any other, and commits nothing", async () => {
    await serve();
    const client = await enter();
    await client.begin();
    client.say({ type: "part", slot: 0, bytes: settingOf(k, v) });
    client.say({ type: "commit", call: 2, slot: 0, sequence: 1 });
    const { version } = await client.next("committed");
    const ask = (consistency: Consistency) =>
      client.say({ type: "begin", call: 3, slot: 1, consistency, priority: "default" });
    ask({ atLeast: version });
    expect(await client.next("begun")).toMatchObject({ call: 3, version, staleMsMax: 0 });
    client.say({ type: "get", call: 4, slot: 1, key: k });
    expect((await client.next("value")).value).toEqual(v);
    client.say({ type: "part", slot: 1, bytes: settingOf(k, v) });
    client.say({ type: "commit", call: 5, slot: 1, sequence: 1 });
    expect(await client.next("failed")).toMatchObject({ call: 5, code: "invalid_argument" });
    ask({ atLeast: (version + 1) as CommitVersion });
    expect(await client.next("failed")).toMatchObject({ call: 3, code: "invalid_argument" });
    ask({ staleMsMax: 5 });
    expect(await client.next("begun")).toMatchObject({ call: 3, version });
    expect(await rows()).toHaveLength(2);
  });
});

describe("SG1: a client is let in", () => {
  const refusal = async (client: RawStoreClient) => (await client.next("bye")).code;

  test("with the key, and not without", async () => {
    await serve(keyAccess("a key of some length"));
    const client = await connect();
    client.hello(encodeUtf8("a key of some length"));
    expect((await client.next("welcome")).identity).toEqual(identity);
    for (const key of ["", "another key of some length"]) {
      const stranger = await connect();
      stranger.hello(encodeUtf8(key));
      stranger.say({
        type: "begin",
        call: 1,
        slot: 0,
        consistency: "linearizable",
        priority: "default",
      });
      expect(await refusal(stranger)).toBe("unauthenticated");
    }
    const world = { ...nodeWorld(), network };
    const opening = openRemoteStore({ world, url: "server", credential: "wrong" });
    await expect(opening).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("not where documents decide, not by another protocol, not without a greeting", async () => {
    await serve("closed");
    const client = await connect();
    client.hello();
    expect(await refusal(client)).toBe("forbidden");
    const newer = await connect();
    newer.say({ type: "hello", protocols: [1, 9], session: identity, credential: k });
    expect(await refusal(newer)).toBe("unsupported_version");
    const rude = await connect();
    rude.say({ type: "begin", call: 1, slot: 0, consistency: "linearizable", priority: "default" });
    expect(await refusal(rude)).toBe("protocol");
    const mute = await connect();
    await clock.advance(11_000);
    expect(await mute.hear()).toBeNull();
  });

  test("only where the store can note commits", async () => {
    await serve();
    const { capabilities } = store;
    const without = { ...store, capabilities: { ...capabilities, versionStamps: false } } as Store;
    const listener = await network.listen("other");
    const options = { world: { clock }, store: without, identity, listener, onFailed: () => {} };
    expect(() => serveStore({ ...options, credentials: "open" })).toThrow(HoldfastError);
  });
});
