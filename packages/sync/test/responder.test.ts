// What a stranger may do to a responder: end its own session, and nothing else.

import { VersionVector } from "@holdfast/causality";
import { encodeBundle, parseDocumentId } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import {
  decodeFrame,
  documentsPerConnectionMax,
  encodeFrame,
  type Frame,
  outboundSizeBytesMax,
  stallMsMax,
  vectorAgentsPerConnectionMax,
} from "../src/index.ts";
import { FakeWriter, NaiveHoldings } from "./naive_holdings.ts";
import { agentA, agentB, notes, RawClient, TestClient, TestServer } from "./peers.ts";

const one = 1 as never;

describe("SY2: a violation ends its session with a code", () => {
  const bundle = new FakeWriter(agentA, notes).write();
  const elsewhere = new FakeWriter(agentA, parseDocumentId("elsewhere")).write();
  const damaged = bundle.slice();
  damaged[damaged.length - 1]! ^= 1;
  const cases: { name: string; code: string; frames: (Frame | Uint8Array)[]; greeted: boolean }[] =
    [
      {
        name: "a frame before hello",
        code: "protocol",
        frames: [{ type: "ping", nonce: 1 }],
        greeted: false,
      },
      { name: "no frame at all", code: "truncated", frames: [new Uint8Array(0)], greeted: false },
      { name: "an unknown type", code: "corrupt", frames: [new Uint8Array([99])], greeted: false },
      {
        name: "another protocol",
        code: "corrupt",
        frames: [new Uint8Array([1, 71, 69, 84])],
        greeted: false,
      },
      {
        name: "a protocol of the future",
        code: "unsupported_version",
        frames: [
          {
            type: "hello",
            protocolMin: 9,
            protocolMax: 12,
            credential: new Uint8Array(0),
            software: "",
          },
        ],
        greeted: false,
      },
      {
        name: "an unknown channel",
        code: "protocol",
        frames: [{ type: "bundles", channel: one, bundles: [bundle] }],
        greeted: true,
      },
      {
        name: "a channel used twice",
        code: "protocol",
        frames: [
          { type: "open", channel: one, document: notes, vector: new VersionVector() },
          { type: "open", channel: one, document: notes, vector: new VersionVector() },
        ],
        greeted: true,
      },
      {
        name: "a responder's frame",
        code: "protocol",
        frames: [{ type: "opened", channel: one, vector: new VersionVector() }],
        greeted: true,
      },
      {
        name: "another's presence",
        code: "protocol",
        frames: [{ type: "presence", channel: one, peer: 5 as never, state: null }],
        greeted: true,
      },
      {
        name: "a damaged bundle",
        code: "corrupt",
        frames: [{ type: "bundles", channel: one, bundles: [damaged] }],
        greeted: true,
      },
      {
        name: "a foreign bundle",
        code: "wrong_document",
        frames: [{ type: "bundles", channel: one, bundles: [elsewhere] }],
        greeted: true,
      },
      {
        name: "a frame with a tail",
        code: "corrupt",
        frames: [new Uint8Array([10, 1, 0])],
        greeted: true,
      },
    ];
  test.each(cases)("$name: $code", async ({ code, frames, greeted, name }) => {
    const server = new TestServer();
    const other = new TestClient().connect(server);
    other.session.open(notes);
    await server.run();
    const raw = new RawClient(server);
    if (greeted) raw.hello();
    await server.run();
    const opens = /bundle$/.test(name);
    if (opens) raw.open(1);
    await server.run();
    for (const frame of frames) {
      raw.connection.send(frame instanceof Uint8Array ? frame : encodeFrame(frame));
    }
    await server.run();
    expect(await raw.end).toMatchObject({ by: "here", code });
    expect(raw.heard("bye")).toMatchObject([{ code }]);
    expect((await server.holdings.vector(notes)).size).toBe(0);
    other.holdings.put(notes, new FakeWriter(agentB, notes).write());
    await server.run();
    expect(other.acknowledged().next(agentB)).toBe(1);
    await other.leave(server);
    expect(server.clock.pending).toBe(0);
  });

  test("SY2: random frames after a good start end in a bye or nothing, never in a failure", async () => {
    const random = new SeededRandom(5);
    const frames: Uint8Array[] = [];
    const writer = new FakeWriter(agentA, notes);
    for (let count = 0; count < 4; count += 1) {
      frames.push(encodeFrame({ type: "bundles", channel: one, bundles: [writer.write()] }));
    }
    frames.push(encodeFrame({ type: "close", channel: one }));
    frames.push(
      encodeFrame({ type: "presence", channel: one, peer: 0 as never, state: new Uint8Array(9) }),
    );
    for (let round = 0; round < 150; round += 1) {
      const server = new TestServer();
      const raw = new RawClient(server).hello();
      await server.run();
      raw.open(1);
      await server.run();
      for (let count = 0; count < 6; count += 1) {
        const bytes = frames[Math.floor(random.next() * frames.length)]!.slice();
        if (random.next() < 0.6)
          bytes[Math.floor(random.next() * bytes.length)]! ^= 1 << (round % 8);
        raw.connection.send(bytes);
      }
      await server.run();
      raw.connection.break("enough");
      await server.run();
      await raw.end;
      expect(server.clock.pending).toBe(0);
    }
  });

  test("a greeting that takes too long, and a peer that falls silent", async () => {
    const server = new TestServer();
    const mute = new RawClient(server);
    await server.run(15_000);
    expect(await mute.end).toMatchObject({ by: "here", code: "timeout" });
    const asleep = new RawClient(server).hello();
    await server.run(60_000);
    expect(await asleep.end).toMatchObject({ by: "here", code: "timeout" });
    expect(asleep.heard("ping").length).toBeGreaterThan(0);
  });

  test("vectors that would take too much memory are refused", async () => {
    const server = new TestServer();
    const raw = new RawClient(server).hello();
    await server.run();
    const entries = Array.from({ length: 40_000 }, (_, index) => {
      return [index.toString(16).padStart(32, "0"), 1] as never;
    });
    const vector = new VersionVector(entries);
    for (let channel = 1; channel <= 8; channel += 1) {
      const document = parseDocumentId(`notes ${channel}`);
      raw.say({ type: "open", channel: channel as never, document, vector });
    }
    await server.run();
    expect(raw.heard("opened").length).toBe(Math.floor(vectorAgentsPerConnectionMax / 40_000));
    expect(raw.heard("refused")[0]).toMatchObject({ code: "overloaded", ordinal: 0 });
  });

  test("what refused bundles name is not kept without end", async () => {
    const server = new TestServer();
    const raw = new RawClient(server).hello();
    await server.run();
    const known = Array.from({ length: 40_000 }, (_, index) => {
      return [(index + 1_000_000).toString(16).padStart(32, "0"), 1] as never;
    });
    const vector = new VersionVector(known);
    const opened = Math.floor(vectorAgentsPerConnectionMax / known.length);
    for (let channel = 2; channel < 2 + opened; channel += 1) {
      const document = parseDocumentId(`notes ${channel}`);
      raw.say({ type: "open", channel: (channel - 1) as never, document, vector });
    }
    raw.open(opened + 1);
    await server.run();
    const channel = (opened + 1) as never;
    let agents = 0;
    const early = (): Uint8Array => {
      const runs = Array.from({ length: 1_000 }, () => {
        agents += 1;
        const agent = agents.toString(16).padStart(32, "0") as typeof agentA;
        return { agent, from: 5, to: 6, hash: new Uint8Array(16) };
      });
      const payload = new Uint8Array(1);
      return encodeBundle({
        document: notes,
        sections: [{ kind: "plain", runs, dependencies: [], payload }],
      });
    };
    const room = Math.floor((vectorAgentsPerConnectionMax - opened * known.length) / 1_000);
    for (let count = 0; count < room; count += 1) {
      raw.say({ type: "bundles", channel, bundles: [early()] });
    }
    await server.run();
    expect(raw.heard("refused").length).toBe(room);
    raw.say({ type: "bundles", channel, bundles: [early()] });
    await server.run();
    expect(await raw.end).toMatchObject({ by: "here", code: "overloaded" });
  });

  test("SY10: a document on two channels at once, to be heard more often, is a violation", async () => {
    const server = new TestServer();
    const raw = new RawClient(server).hello();
    await server.run();
    raw.open(1).say({ type: "close", channel: one }).open(2);
    await server.run();
    expect(raw.heard("bye")).toEqual([]);
    raw.open(3);
    await server.run();
    expect(await raw.end).toMatchObject({ by: "here", code: "protocol" });
    expect(server.presence.documentCount).toBe(0);
  });

  test("questions to a slow hook don't pile up", async () => {
    const server = new TestServer();
    let asked = 0;
    let answer = (_: boolean): void => {};
    const decision = new Promise<boolean>((resolve) => {
      answer = resolve;
    });
    server.access = {
      authenticate: async () => "anybody",
      authorize: () => {
        asked += 1;
        return decision;
      },
    };
    const raw = new RawClient(server).hello();
    await server.run();
    for (let channel = 1; channel <= 3 * documentsPerConnectionMax; channel += 1) {
      raw.open(channel).say({ type: "close", channel: channel as never });
    }
    for (let round = 0; round < 300; round += 1) await server.run();
    expect(asked).toBeGreaterThanOrEqual(documentsPerConnectionMax);
    expect(asked).toBeLessThan(documentsPerConnectionMax + 10);
    answer(false);
    for (let round = 0; round < 300; round += 1) await server.run();
    expect(asked).toBe(3 * documentsPerConnectionMax);
    raw.connection.close("done");
    await server.run();
    expect(server.clock.pending).toBe(0);
  });
});

describe("SY4: what goes out", () => {
  test("a reader that takes nothing costs no memory, and is dropped after 30 s", async () => {
    const server = new TestServer();
    const writer = new FakeWriter(agentA, notes);
    for (let count = 0; count < 100; count += 1) {
      server.holdings.put(notes, writer.write(undefined, 60_000));
    }
    const raw = new RawClient(server, { reads: false }).hello();
    await server.run();
    raw.open(1);
    await server.run();
    const sent = (): number =>
      server.events.reduce((sum, event) => sum + (event.type === "sent" ? event.sizeBytes : 0), 0);
    // What the connection holds, and what waits for it.
    expect(sent()).toBeLessThan(2 * outboundSizeBytesMax + 200_000);
    await server.run(stallMsMax - 1_000);
    expect(raw.heard("bye")).toEqual([]);
    await server.run(2_000);
    expect(await raw.end).toMatchObject({ by: "here", code: "too_slow" });
    expect(server.clock.pending).toBe(0);
  });

  test("who reads nothing is not read from, lest the answers pile up", async () => {
    const server = new TestServer();
    const writer = new FakeWriter(agentA, notes);
    for (let count = 0; count < 100; count += 1) {
      server.holdings.put(notes, writer.write(undefined, 60_000));
    }
    const raw = new RawClient(server, { reads: false }).hello();
    await server.run();
    raw.open(1);
    await server.run();
    const heard = (): number => server.events.filter(({ type }) => type === "received").length;
    const before = heard();
    for (let nonce = 1; nonce <= 1_000; nonce += 1) raw.say({ type: "ping", nonce });
    await server.run();
    // One was being waited for.
    expect(heard() - before).toBeLessThanOrEqual(1);
    raw.connection.close("done");
    await server.run();
  });

  test("a reader that is merely slow gets everything", async () => {
    const server = new TestServer();
    const writer = new FakeWriter(agentA, notes);
    for (let count = 0; count < 60; count += 1) {
      server.holdings.put(notes, writer.write(undefined, 60_000));
    }
    const raw = new RawClient(server, { reads: false }).hello();
    await server.run();
    raw.open(1);
    let bundles = 0;
    while (bundles < 60) {
      await server.run(20_000);
      raw.say({ type: "ping", nonce: 1 });
      for (let count = 0; count < 5; count += 1) {
        const frame = decodeFrame((await raw.connection.receive())!);
        if (frame.type === "bundles") bundles += frame.bundles.length;
        if (bundles === 60) break;
      }
    }
    raw.connection.close("done");
    await server.run();
    expect(await raw.end).toMatchObject({ by: "transport" });
  });

  test("nothing goes back to where it came from, nor twice", async () => {
    const server = new TestServer();
    const [a, b] = [new TestClient("a").connect(server), new TestClient("b").connect(server)];
    a.session.open(notes);
    b.session.open(notes);
    const writer = new FakeWriter(agentA, notes);
    for (let count = 0; count < 10; count += 1) {
      a.holdings.put(notes, writer.write());
      await server.run();
    }
    const sent = server.lines.filter((line) => line.startsWith("   server bundles"));
    expect(sent.length).toBe(10);
    expect((await b.vector()).next(agentA)).toBe(10);
    await a.leave(server);
    await b.leave(server);
  });
});

test("SY2: inbound bundles are taken no faster than the holdings keep them", async () => {
  const server = new TestServer();
  const stuck = new NaiveHoldings();
  let offered = 0;
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  server.holdings.append = async (document, bytes) => {
    offered += bytes.length;
    await gate;
    return stuck.put(document, bytes);
  };
  const raw = new RawClient(server).hello();
  await server.run();
  raw.open(1);
  await server.run();
  const writer = new FakeWriter(agentA, notes);
  for (let count = 0; count < 60; count += 1) {
    raw.say({ type: "bundles", channel: one, bundles: [writer.write(undefined, 60_000)] });
  }
  await server.run(10_000);
  expect(offered).toBeLessThan(1_048_576 + 70_000);
  release();
  await server.run();
  expect(raw.heard("saved").at(-1)).toMatchObject({ through: 60 });
  raw.connection.close("done");
  await server.run();
});
