// What a client takes from a server that does not keep to the protocol.

import { encodeUtf8 } from "@holdfast/std";
import { allKeys, type CommitVersion, hasHistory } from "@holdfast/store";
import {
  decodeClientFrame,
  encodeServerFrame,
  framesOf,
  messageOf,
  openRemoteStore,
  type ServerFrame,
} from "@holdfast/store/remote";
import { type Connection, MemoryNetwork } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { expect, test } from "vitest";

const say = (connection: Connection, frame: ServerFrame) =>
  connection.send(messageOf(encodeServerFrame(frame)));

test("LI1: a page of the feed that comes in parts without end is left", async () => {
  const network = new MemoryNetwork();
  const listener = await network.listen("server");
  const opening = openRemoteStore({ world: { ...nodeWorld(), network }, url: "server" });
  const connection = (await listener.accept())!;
  await connection.receive();
  say(connection, {
    type: "welcome",
    ...{ protocol: 0, identity: encodeUtf8("sixteen bytes ..") },
    ...{ durable: true, staleReads: true, history: true, keySizeBytesMax: 1_000 },
  });
  const store = await opening;
  expect(hasHistory(store)).toBe(true);
  if (!hasHistory(store)) return;
  const telling = store.changes(allKeys, 0 as CommitVersion, { limitChanges: 1 });
  const outcome = Promise.allSettled([telling]);
  const [frame] = framesOf((await connection.receive())!);
  const asked = decodeClientFrame(frame!);
  if (asked.type !== "changes") throw new Error(`${asked.type} is not changes`);
  const { call } = asked;
  const none = new Uint8Array(0);
  for (let part = 0; part < 300; part += 1) {
    say(connection, {
      type: "told",
      call,
      isWhole: false,
      version: 1 as CommitVersion,
      bytes: none,
    });
  }
  expect((await connection.closed).reason).toContain("parts");
  // It asks on another connection, where nobody answers any more.
  await listener.close();
  connection.close("done");
  expect((await outcome)[0]).toMatchObject({ status: "rejected" });
  await store.close();
});
