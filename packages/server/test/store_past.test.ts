// The feed and the past for clients of a store on the wire: what is told of other keys than
// theirs, how much is held for them, and pages that no message takes.

import { concatBytes, encodeUtf8, equalBytes } from "@holdfast/std";
import { allKeys, type CommitVersion, hasHistory, memoryStore, type Store } from "@holdfast/store";
import {
  type ClientFrame,
  encodeClientFrame,
  messageOf,
  openRemoteStore,
} from "@holdfast/store/remote";
import { MemoryNetwork } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, expect, test } from "vitest";
import { heldPastsMax, type StoreGateway, serveStore } from "../src/kv/store_gateway.ts";
import { RawStoreClient, settingOf } from "./raw_store_client.ts";

const [k, v] = [encodeUtf8("k"), encodeUtf8("v")];
const beginning = 0 as CommitVersion;
const world = { ...nodeWorld(), network: new MemoryNetwork() };
let store: Store;
let gateway: StoreGateway;
const failures: unknown[] = [];

async function serve(served: Store): Promise<void> {
  store = served;
  gateway = serveStore({
    ...{ world, store, identity: new Uint8Array(16).fill(7), credentials: "open" },
    listener: await world.network.listen("server"),
    onFailed: (error) => failures.push(error),
  });
}

afterEach(async () => {
  await gateway.close();
  await store.close();
  expect(failures).toEqual([]);
});

async function enter(): Promise<RawStoreClient> {
  const client = new RawStoreClient(await world.network.connect("server"));
  client.hello();
  await client.next("welcome");
  return client;
}

function ask(client: RawStoreClient, call: number): void {
  client.say({
    type: "changes",
    ...{ call, start: allKeys.start, end: allKeys.end, since: beginning, limitChanges: 10_000 },
    consistency: "linearizable",
  });
}

test("SS1: a client is told of its own keys, by the names that it gave them, and of no others", async () => {
  await serve(memoryStore({ world, history: {} }));
  await store.transact((tx) => {
    tx.set(encodeUtf8("a key of somebody else"), v);
    tx.clearRange(allKeys);
  });
  const client = await openRemoteStore({ world, url: "server" });
  await client.write((writes) => writes.set(k, v));
  expect(hasHistory(client)).toBe(true);
  const { changes, version } = await client.changes(allKeys, beginning, { limitChanges: 10 });
  expect(version).toBe(2);
  expect(changes).toEqual([
    { version: 1, cleared: [allKeys], keys: [] },
    { version: 2, cleared: [], keys: [{ key: k, value: v }] },
  ]);
  await client.close();
});

test("SS2: a page that is larger than a message comes in parts, and others are answered meanwhile", async () => {
  await serve(memoryStore({ world, history: { keepBytes: 50_000_000 } }));
  const client = await openRemoteStore({ world, url: "server" });
  const keys = Array.from({ length: 30 }, (_, index) => encodeUtf8(`large/${index + 10}`));
  const { version } = await client.transact((tx) => {
    for (const key of keys) tx.set(key, new Uint8Array(90_000).fill(key.at(-1)!));
  });
  const telling = client.changes(allKeys, beginning, { limitChanges: 1 });
  const reads = await Promise.all(keys.map((key) => client.get(key)));
  const { changes } = await telling;
  expect(changes.map((change) => change.version)).toEqual([version]);
  const told = changes[0]!.keys.map(({ value }) => value);
  // Byte by byte in one go: an assertion on each would take half a minute.
  const alike = told.map((value, index) => equalBytes(value!, reads[index]!));
  expect(alike).toEqual(keys.map(() => true));
  await client.close();
});

test("SS2, SS3: who asks for many pages gets one after another; who leaves in the middle holds nothing", async () => {
  await serve(memoryStore({ world, history: {} }));
  const client = await enter();
  client.say({ type: "write", call: 1, bytes: settingOf(k, v) });
  await client.next("committed");
  for (let call = 2; call < 100; call += 1) ask(client, call);
  for (let call = 2; call < 100; call += 1) {
    expect(await client.next("told")).toMatchObject({ call, isWhole: true, version: 1 });
    expect(gateway.snapshots).toBeLessThanOrEqual(1);
  }
  for (let call = 100; call < 200; call += 1) ask(client, call);
  client.connection.close("gone");
  await expect.poll(() => [gateway.clients, gateway.snapshots]).toEqual([0, 0]);
});

test("SS2: so many snapshots of the past are held, and no more", async () => {
  await serve(memoryStore({ world, history: {} }));
  await store.write((writes) => writes.set(k, v));
  const client = await enter();
  const begin = (call: number, asOf: number) =>
    client.say({
      type: "begin",
      ...{ call, slot: call, consistency: { asOf: asOf as CommitVersion }, priority: "default" },
    });
  for (let call = 0; call < heldPastsMax; call += 1) {
    begin(call, call % 2);
    expect(await client.next("begun")).toMatchObject({ call, version: call % 2 });
  }
  begin(heldPastsMax, 0);
  expect(await client.next("failed")).toMatchObject({ code: "overloaded" });
  client.say({ type: "part", slot: 0, bytes: settingOf(k, v) });
  client.say({ type: "commit", call: 200, slot: 0, sequence: 1 });
  expect(await client.next("failed")).toMatchObject({ code: "invalid_argument" });
  begin(0, 0);
  expect(await client.next("begun")).toMatchObject({ call: 0, version: 0 });
  begin(heldPastsMax, 7);
  expect(await client.next("failed")).toMatchObject({ code: "overloaded" });
  client.say({ type: "release", slot: 3 });
  await expect.poll(() => gateway.snapshots).toBe(heldPastsMax - 1);
  begin(heldPastsMax, 7);
  expect(await client.next("failed")).toMatchObject({ code: "invalid_argument" });
});

test("SS2: a snapshot of the past that is released while it is made counts until that has ended, which is soon", async () => {
  await serve(memoryStore({ world, history: { keepBytes: 20_000_000 } }));
  for (let count = 0; count < 60; count += 1) {
    await store.write((writes) => writes.set(encodeUtf8(`key ${count}`), new Uint8Array(90_000)));
  }
  const client = await enter();
  const beginAndRelease = (slot: number): ClientFrame[] => [
    {
      type: "begin",
      ...{ call: slot, slot, consistency: { asOf: 1 as CommitVersion }, priority: "default" },
    },
    { type: "release", slot },
  ];
  const calls = Array.from({ length: heldPastsMax + 4 }, (_, index) => index + 1);
  const frames = calls.flatMap(beginAndRelease);
  // In one message, so that all are taken in one turn.
  client.connection.send(concatBytes(frames.map((frame) => messageOf(encodeClientFrame(frame)))));
  const codes: string[] = [];
  for (const _ of calls) codes.push((await client.next("failed")).code);
  expect(codes.filter((code) => code === "overloaded")).toHaveLength(4);
  expect(codes.filter((code) => code === "cancelled")).toHaveLength(heldPastsMax);
  expect(gateway.snapshots).toBe(0);
});

test("where the server's store keeps no history, a client is told so", async () => {
  await serve(memoryStore({ world }));
  const client = await openRemoteStore({ world, url: "server" });
  expect(hasHistory(client)).toBe(false);
  const asking = client.changes(allKeys, beginning, { limitChanges: 1 });
  await expect(asking).rejects.toMatchObject({ code: "invalid_argument" });
  await expect(client.asOf(beginning, () => 0)).rejects.toMatchObject({ code: "invalid_argument" });
  await client.close();
  const raw = await enter();
  ask(raw, 1);
  expect(await raw.next("failed")).toMatchObject({ call: 1, code: "invalid_argument" });
  raw.say({
    type: "begin",
    ...{ call: 2, slot: 0, consistency: { asOf: beginning }, priority: "default" },
  });
  expect(await raw.next("failed")).toMatchObject({ call: 2, code: "invalid_argument" });
});
