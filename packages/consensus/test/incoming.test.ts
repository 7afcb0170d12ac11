// Who dials: a later connection of one node takes the place of the first, and who may go on
// is looked at again.

import { type Connection, ManualClock, MemoryNetwork, Scope } from "@holdfast/world";
import { expect, onTestFinished, test } from "vitest";
import type { Index, NodeId } from "../src/index.ts";
import {
  FrameReceiver,
  type Hello,
  helloFrame,
  type Rebuff,
  sendFrame,
} from "../src/replica/frame.ts";
import { Incoming } from "../src/replica/incoming.ts";
import type { ReplicaOptions } from "../src/replica/options.ts";

const [a, b, c] = ["a", "b", "c"] as [NodeId, NodeId, NodeId];

async function open() {
  const network = new MemoryNetwork();
  const clock = new ManualClock();
  const listener = await network.listen("at a");
  const gone = new Set<NodeId>();
  const options = { id: a, cluster: "x", listener, world: { clock } };
  const incoming = new Incoming(options as unknown as ReplicaOptions, {
    judge: ({ from }): Rebuff | null =>
      gone.has(from) ? { reason: "removed", index: 7 as Index, sentence: "no member" } : null,
    onOrder: async (bytes) => bytes,
    onPeer: () => undefined,
    onMessage: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  const scope = Scope.open(clock);
  incoming.run(scope);
  onTestFinished(async () => {
    incoming.close();
    await scope.close();
  });
  const dial = async (from: NodeId): Promise<[Connection, FrameReceiver]> => {
    const connection = await network.connect("at a");
    const said = { disk: "", address: null, expected: null, since: 0 as Index };
    const hello: Hello = { cluster: "x", from, to: a, ...said };
    sendFrame(connection, helloFrame(hello));
    return [connection, new FrameReceiver(connection)];
  };
  return { dial, gone, incoming };
}

test("a later connection of a node takes the place of the first, and of nobody else's", async () => {
  const { dial } = await open();
  const [other, heardByOther] = await dial(c);
  expect(await heardByOther.receive()).toEqual({ kind: "pulse" });
  const [first, heardByFirst] = await dial(b);
  expect(await heardByFirst.receive()).toEqual({ kind: "pulse" });
  const [second, heardBySecond] = await dial(b);
  expect(await heardBySecond.receive()).toEqual({ kind: "pulse" });
  expect((await first.closed).reason).toContain("later connection");
  for (const connection of [other, second]) connection.close("done");
  const [, heardByThird] = await dial(b);
  expect(await heardByThird.receive()).toEqual({ kind: "pulse" });
});

test("MB2: who is no member any more is told, whether it talks or dials", async () => {
  const { dial, gone, incoming } = await open();
  const [connection, heard] = await dial(b);
  expect(await heard.receive()).toEqual({ kind: "pulse" });
  gone.add(b);
  incoming.review();
  const rebuff = { kind: "rebuff", reason: "removed", index: 7, sentence: "no member" };
  expect(await heard.receive()).toEqual(rebuff);
  expect((await connection.closed).reason).toBe("no member");
  const [, again] = await dial(b);
  expect(await again.receive()).toEqual(rebuff);
});
