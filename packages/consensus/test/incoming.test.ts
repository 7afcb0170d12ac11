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
import type { ReplicaEvent, ReplicaOptions } from "../src/replica/options.ts";

const [a, b, c] = ["a", "b", "c"] as [NodeId, NodeId, NodeId];

async function open() {
  const network = new MemoryNetwork();
  const clock = new ManualClock();
  const listener = await network.listen("at a");
  const gone = new Set<NodeId>();
  const refused: string[] = [];
  const taken: NodeId[] = [];
  const onEvent = (event: ReplicaEvent) => {
    if (event.type === "refused") refused.push(event.reason);
  };
  const options = { id: a, cluster: "x", listener, world: { clock }, onEvent };
  const incoming = new Incoming(options as unknown as ReplicaOptions, {
    judge: ({ from }): Rebuff | null =>
      gone.has(from) ? { reason: "removed", index: 7 as Index, sentence: "no member" } : null,
    onOrder: async (bytes) => bytes,
    onPeer: (from) => taken.push(from),
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
  return { network, dial, gone, incoming, refused, taken };
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

test("FR2: a node of another version is told which one is to be upgraded, and nothing else is read", async () => {
  const { network, dial, refused, taken } = await open();
  for (const [version, older] of [
    [2, "this"],
    [255, "this"],
    [0, "the other"],
  ] as const) {
    const connection = await network.connect("at a");
    // What a later release says behind it may be anything.
    sendFrame(connection, Uint8Array.of(0, version, 0xff, 0xff, 0xff, 0xff, 1, 2, 3));
    const { reason } = await connection.closed;
    expect(reason).toBe(
      `unsupported_version: the other node speaks version ${version}, this one 1: upgrade ${older} one`,
    );
    expect(refused.at(-1)).toBe(reason);
  }
  expect(taken).toEqual([]);
  const [, heard] = await dial(b);
  expect(await heard.receive()).toEqual({ kind: "pulse" });
  expect(taken).toEqual([b]);
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
