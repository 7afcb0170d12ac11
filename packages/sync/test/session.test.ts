// Sessions end to end, between naive holdings, over a network in memory.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { type DocumentId, parseDocumentId } from "@holdfast/doc";
import { connectMemory, ManualClock, type MemoryConnection } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import {
  type Access,
  type InitiatorEvent,
  InitiatorSession,
  PresenceHub,
  type ResponderEvent,
  runResponder,
  type SessionEnd,
  type SessionId,
} from "../src/index.ts";
import { FakeWriter, NaiveHoldings } from "./naive_holdings.ts";

const document = parseDocumentId("notes");
const agentA = "a".repeat(32) as AgentId;
const agentB = "b".repeat(32) as AgentId;
const store = { identity: new Uint8Array(16).fill(7), epoch: 0 };

const everyone: Access<string> = {
  authenticate: async () => "anyone",
  authorize: async () => true,
};

class Server {
  readonly clock = new ManualClock();
  readonly holdings = new NaiveHoldings();
  readonly presence = new PresenceHub(this.clock);
  readonly events: ResponderEvent[] = [];
  readonly ends: Promise<SessionEnd>[] = [];
  readonly closing = new AbortController();
  access: Access<string> = everyone;

  accept(connection: MemoryConnection): Promise<SessionEnd> {
    const end = runResponder({
      clock: this.clock,
      connection,
      holdings: this.holdings,
      access: this.access,
      presence: this.presence,
      store,
      session: (this.ends.length + 1) as SessionId,
      signal: this.closing.signal,
      onEvent: (event) => this.events.push(event),
    });
    this.ends.push(end);
    return end;
  }
}

class Client {
  readonly holdings = new NaiveHoldings();
  readonly events: InitiatorEvent[] = [];
  session!: InitiatorSession;
  connection!: MemoryConnection;
  end!: Promise<SessionEnd>;

  connect(server: Server, credential = new Uint8Array(0)): this {
    const [near, far] = connectMemory("client", "server");
    this.connection = near;
    void server.accept(far);
    this.session = new InitiatorSession({
      clock: server.clock,
      connection: near,
      holdings: this.holdings,
      credential,
      software: "test",
      onEvent: (event) => this.#take(event),
    });
    this.end = this.session.run();
    return this;
  }

  vector(name: DocumentId): Promise<VersionVector> {
    return this.holdings.vector(name);
  }

  told(type: InitiatorEvent["type"]): readonly InitiatorEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  #take(event: InitiatorEvent): void {
    this.events.push(event);
    if (event.type !== "saved" && event.type !== "opened") return;
    const known = this.holdings.acknowledged.get(event.document) ?? new VersionVector();
    known.merge(event.type === "saved" ? event.vector : event.saved);
    this.holdings.acknowledged.set(event.document, known);
  }
}

async function settle(server: Server): Promise<void> {
  for (let round = 0; round < 20; round += 1) await server.clock.advance(0);
}

async function leave(client: Client, server: Server): Promise<void> {
  client.session.stop({ code: "closed", sentence: "done" });
  await client.end;
  await settle(server);
}

describe("a session", () => {
  test("brings two clients to the same, offline edits and live ones", async () => {
    const server = new Server();
    const [a, b] = [new Client(), new Client()];
    const writerA = new FakeWriter(agentA, document);
    const writerB = new FakeWriter(agentB, document);
    for (let count = 0; count < 5; count += 1) a.holdings.put(document, writerA.write());
    a.connect(server).session.open(document);
    b.connect(server).session.open(document);
    await settle(server);
    for (let count = 0; count < 3; count += 1) {
      b.holdings.put(document, writerB.write(await b.vector(document)));
      a.holdings.put(document, writerA.write(await a.vector(document)));
      await settle(server);
    }
    const expected = new VersionVector([
      [agentA, 8],
      [agentB, 3],
    ]);
    expect((await a.vector(document)).equals(expected)).toBe(true);
    expect((await b.vector(document)).equals(expected)).toBe(true);
    expect((await server.holdings.vector(document)).equals(expected)).toBe(true);
    expect(a.holdings.acknowledged.get(document)!.next(agentA)).toBe(8);
    await leave(a, server);
    await leave(b, server);
    expect(await server.ends[0]).toMatchObject({ by: "there", code: "closed" });
    expect(server.holdings.listenerCount(document)).toBe(0);
    expect(server.presence.documentCount).toBe(0);
    expect(server.clock.pending).toBe(0);
  });
});
