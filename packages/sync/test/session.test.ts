// Sessions end to end, between naive holdings.

import { VersionVector } from "@holdfast/causality";
import { parseDocumentId } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { documentsPerConnectionMax } from "../src/index.ts";
import { FakeWriter } from "./naive_holdings.ts";
import { agentA, agentB, notes, TestClient, TestServer } from "./peers.ts";

function golden(name: string): string {
  return new URL(`golden/${name}.txt`, import.meta.url).pathname;
}

describe("a session", () => {
  test("SY9 SY11: brings two clients to the same, offline edits and live ones", async () => {
    const server = new TestServer();
    const [a, b] = [new TestClient("client a"), new TestClient("client b")];
    const [writerA, writerB] = [new FakeWriter(agentA, notes), new FakeWriter(agentB, notes)];
    for (let count = 0; count < 3; count += 1) a.holdings.put(notes, writerA.write());
    a.connect(server).session.open(notes);
    await server.run();
    b.connect(server).session.open(notes);
    await server.run();
    b.holdings.put(notes, writerB.write(await b.vector()));
    await server.run();
    a.holdings.put(notes, writerA.write(await a.vector()));
    a.holdings.put(notes, writerA.write(await a.vector()));
    await server.run();
    const expected = new VersionVector([
      [agentA, 5],
      [agentB, 1],
    ]);
    for (const holdings of [a.holdings, b.holdings, server.holdings]) {
      expect((await holdings.vector(notes)).equals(expected)).toBe(true);
    }
    expect(a.acknowledged().next(agentA)).toBe(5);
    await a.leave(server);
    await b.leave(server);
    expect(await server.ends[0]).toMatchObject({ by: "there", code: "closed" });
    await expect(`${server.lines.join("\n")}\n`).toMatchFileSnapshot(golden("two-clients"));
    expect(server.holdings.listenerCount(notes)).toBe(0);
    expect(server.presence.documentCount).toBe(0);
    expect(server.clock.pending).toBe(0);
  });

  test("SY1: a store that fails acknowledges nothing; what was refused is sent again until it is saved", async () => {
    const server = new TestServer();
    const client = new TestClient().connect(server);
    const writer = new FakeWriter(agentA, notes);
    client.session.open(notes);
    await server.run();
    server.holdings.failure = new HoldfastError("disk_full", "no room");
    client.holdings.put(notes, writer.write());
    client.holdings.put(notes, writer.write());
    await server.run();
    expect(client.told("saved")).toEqual([]);
    expect(client.told("refused")[0]).toMatchObject({
      effect: "retrying",
      refusal: { code: "disk_full" },
    });
    await server.run(3_000);
    expect(client.acknowledged().next(agentA)).toBe(0);
    server.holdings.failure = null;
    await server.run(30_000);
    expect(client.acknowledged().next(agentA)).toBe(2);
    await client.leave(server);
    await expect(`${server.lines.join("\n")}\n`).toMatchFileSnapshot(golden("full-disk"));
    expect(server.clock.pending).toBe(0);
  });

  test("SY5: a store that lost what it had says so, and is given it again", async () => {
    const server = new TestServer();
    const client = new TestClient().connect(server);
    const writer = new FakeWriter(agentA, notes);
    client.session.open(notes);
    for (let count = 0; count < 3; count += 1) {
      client.holdings.put(notes, writer.write());
      await server.run();
    }
    server.holdings.lose();
    for (let count = 0; count < 3; count += 1) client.holdings.put(notes, writer.write());
    await server.run(100);
    expect((await server.holdings.vector(notes)).next(agentA)).toBe(6);
    expect(client.acknowledged().next(agentA)).toBe(6);
    await client.leave(server);
    await expect(`${server.lines.join("\n")}\n`).toMatchFileSnapshot(golden("lost-store"));
  });

  test("UP2: after a lost acknowledgement, what both hold is compared before anything new is sent", async () => {
    const server = new TestServer();
    const client = new TestClient();
    client.holdings.writers.add(agentA);
    const writer = new FakeWriter(agentA, notes);
    for (let count = 0; count < 3; count += 1) {
      const bytes = writer.write();
      client.holdings.put(notes, bytes);
      server.holdings.put(notes, bytes);
    }
    client.holdings.put(notes, writer.write());
    client.connect(server).session.open(notes);
    await server.run();
    expect(client.acknowledged().next(agentA)).toBe(4);
    await client.leave(server);
    await expect(`${server.lines.join("\n")}\n`).toMatchFileSnapshot(
      golden("lost-acknowledgement"),
    );
  });

  test("SY7 UP2: a double's events are found out before anything is built on them", async () => {
    const server = new TestServer();
    const client = new TestClient();
    client.holdings.writers.add(agentA);
    const writer = new FakeWriter(agentA, notes);
    const double = new FakeWriter(agentA, notes, 66);
    for (let count = 0; count < 2; count += 1) server.holdings.put(notes, double.write());
    for (let count = 0; count < 5; count += 1) client.holdings.put(notes, writer.write());
    client.connect(server).session.open(notes);
    await server.run(100);
    expect((await server.holdings.vector(notes)).next(agentA)).toBe(2);
    expect(client.told("refused")).toMatchObject([
      { effect: "closed", refusal: { code: "equivocation" } },
    ]);
    expect(client.acknowledged().next(agentA)).toBe(0);
    await client.leave(server);
    await expect(`${server.lines.join("\n")}\n`).toMatchFileSnapshot(golden("double-agent"));
  });

  test("SY3: without the right to read nothing is heard, without the right to write nothing changes", async () => {
    const server = new TestServer();
    server.access = {
      authenticate: async (credential) => {
        if (credential.length === 0) throw new HoldfastError("unauthenticated", "who are you?");
        return String.fromCharCode(...credential);
      },
      authorize: async (principal, _document, action) =>
        principal === "w" || (principal === "r" && action === "read"),
    };
    const nobody = new TestClient().connect(server);
    await server.run();
    expect(await nobody.end).toMatchObject({ by: "there", code: "unauthenticated" });
    const writer = new FakeWriter(agentA, notes);
    server.holdings.put(notes, writer.write());
    const barred = new TestClient().connect(server, new Uint8Array([120]));
    barred.session.open(notes);
    const reader = new TestClient().connect(server, new Uint8Array([114]));
    reader.session.open(notes);
    await server.run();
    reader.holdings.put(notes, new FakeWriter(agentB, notes).write());
    await server.run();
    expect((await barred.vector()).size).toBe(0);
    expect(barred.told("refused")).toMatchObject([
      { effect: "closed", refusal: { code: "forbidden" } },
    ]);
    expect((await reader.vector()).next(agentA)).toBe(1);
    expect((await server.holdings.vector(notes)).next(agentB)).toBe(0);
    expect(reader.told("refused")).toMatchObject([
      { effect: "upload_ended", refusal: { code: "forbidden" } },
    ]);
    await barred.leave(server);
    await reader.leave(server);
    await expect(`${server.lines.join("\n")}\n`).toMatchFileSnapshot(golden("rights"));
  });

  test("a server that shuts down answers what is under way, then says bye", async () => {
    const server = new TestServer();
    const client = new TestClient().connect(server);
    client.session.open(notes);
    await server.run();
    server.holdings.delayRounds = 50;
    client.holdings.put(notes, new FakeWriter(agentA, notes).write());
    for (let round = 0; round < 30; round += 1) await null;
    server.closing.abort();
    await server.run();
    expect(await client.end).toMatchObject({ by: "there", code: "unavailable" });
    expect(client.acknowledged().next(agentA)).toBe(1);
    expect(await server.ends[0]).toMatchObject({ by: "here", code: "unavailable" });
  });

  test("SY9: two sides that both have much to send don't wait for each other", async () => {
    const server = new TestServer();
    const client = new TestClient();
    const documents = Array.from({ length: 12 }, (_, index) => parseDocumentId(`notes ${index}`));
    for (const document of documents) {
      const [up, down] = [new FakeWriter(agentA, document), new FakeWriter(agentB, document)];
      for (let count = 0; count < 20; count += 1) {
        client.holdings.put(document, up.write(undefined, 60_000));
        server.holdings.put(document, down.write(undefined, 60_000));
      }
    }
    client.holdings.writers.add(agentA);
    client.connect(server);
    for (const document of documents) client.session.open(document);
    // No time passes: nobody is given up for being slow.
    for (let round = 0; round < 100; round += 1) await server.run();
    for (const document of documents) {
      expect((await client.vector(document)).next(agentB)).toBe(20);
      expect(client.acknowledged(document).next(agentA)).toBe(20);
    }
    await client.leave(server);
    expect(server.clock.pending).toBe(0);
  });

  test("SY5: a document that can't be opened for now is opened as soon as it can, on the same connection", async () => {
    const server = new TestServer();
    const client = new TestClient().connect(server);
    const writer = new FakeWriter(agentA, notes);
    client.holdings.put(notes, writer.write());
    server.holdings.vectorFailure = new HoldfastError("unavailable", "the store is down");
    client.session.open(notes);
    await server.run(10_000);
    const refused = client.told("refused");
    expect(refused[0]).toMatchObject({ effect: "retrying", refusal: { code: "unavailable" } });
    // After 0.5, 1, 2 and 4 seconds, each time in vain.
    expect(refused.length).toBe(5);
    server.holdings.vectorFailure = null;
    await server.run(10_000);
    expect(client.acknowledged().next(agentA)).toBe(1);
    client.session.close(notes);
    await client.leave(server);
    expect(server.clock.pending).toBe(0);
    expect(server.ends.length).toBe(1);
  });

  test("a document that was closed meanwhile is not opened again", async () => {
    const server = new TestServer();
    const client = new TestClient().connect(server);
    server.holdings.vectorFailure = new HoldfastError("unavailable", "the store is down");
    client.session.open(notes);
    await server.run(100);
    client.session.close(notes);
    server.holdings.vectorFailure = null;
    await server.run(10_000);
    expect(client.told("opened")).toEqual([]);
    await client.leave(server);
    expect(server.clock.pending).toBe(0);
  });

  test("a document over the limit is refused, the others go on", async () => {
    const server = new TestServer();
    const client = new TestClient().connect(server);
    for (let count = 0; count <= documentsPerConnectionMax; count += 1) {
      client.session.open(parseDocumentId(`document ${count}`));
    }
    await server.run();
    expect(client.told("opened").length).toBe(documentsPerConnectionMax);
    expect(client.told("refused")).toMatchObject([{ refusal: { code: "overloaded" } }]);
    await client.leave(server);
  });

  test("silence: a side asks after 20 s, and leaves after 45 s", async () => {
    const server = new TestServer();
    const client = new TestClient().connect(server);
    await server.run(200_000);
    expect(server.lines.filter((line) => line.includes("ping")).length).toBeGreaterThan(5);
    expect(client.told("welcomed").length).toBe(1);
    expect(server.clock.pending).toBeGreaterThan(0);
    await client.leave(server);
    expect(server.clock.pending).toBe(0);
  });

  test("SY10: presence: the others see it, late ones too; it is refreshed, and goes with its owner", async () => {
    const server = new TestServer();
    const [a, b] = [new TestClient("client a").connect(server), new TestClient("client b")];
    a.session.open(notes);
    await server.run();
    a.session.present(notes, new Uint8Array([1]));
    await server.run(40_000);
    b.connect(server).session.open(notes);
    await server.run();
    expect(b.told("presence")).toMatchObject([{ peer: 1, state: new Uint8Array([1]) }]);
    a.connection.break("gone");
    await server.run();
    expect(b.told("presence").at(-1)).toMatchObject({ peer: 1, state: null });
    await b.leave(server);
    expect(server.clock.pending).toBe(0);
  });
});
