// A server and clients with naive holdings, on one manual clock and connections in memory.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { type DocumentId, parseDocumentId } from "@holdfast/doc";
import {
  type Connection,
  connectMemory,
  ManualClock,
  type MemoryConnection,
} from "@holdfast/world";
import {
  type Access,
  decodeFrame,
  encodeFrame,
  type Frame,
  type InitiatorEvent,
  InitiatorSession,
  PresenceHub,
  type ResponderEvent,
  runResponder,
  type SessionEnd,
  type SessionId,
} from "../src/index.ts";
import { NaiveHoldings } from "./naive_holdings.ts";
import { noted } from "./transcript.ts";

export const notes = parseDocumentId("notes");
export const agentA = "a".repeat(32) as AgentId;
export const agentB = "b".repeat(32) as AgentId;
export const storeName = { identity: new Uint8Array(16).fill(7), epoch: 0 };

const everyone: Access<string> = {
  authenticate: async (credential) => String.fromCharCode(...credential),
  authorize: async () => true,
};

/** Serves naive holdings. */
export class TestServer {
  readonly clock = new ManualClock();
  readonly holdings = new NaiveHoldings();
  readonly presence = new PresenceHub(this.clock);
  readonly events: ResponderEvent[] = [];
  readonly ends: Promise<SessionEnd>[] = [];
  readonly closing = new AbortController();
  /** What went over the connections. */
  readonly lines: string[] = [];
  access: Access<string> = everyone;

  accept(connection: Connection): Promise<SessionEnd> {
    const end = runResponder({
      clock: this.clock,
      connection: noted(connection, "   server", this.lines),
      holdings: this.holdings,
      access: this.access,
      presence: this.presence,
      store: storeName,
      session: (this.ends.length + 1) as SessionId,
      signal: this.closing.signal,
      onEvent: (event) => this.events.push(event),
    });
    this.ends.push(end);
    return end;
  }

  /** Lets everything that can happen now, and in `durationMs`, happen. */
  async run(durationMs = 0): Promise<void> {
    for (let round = 0; round < 20; round += 1) await this.clock.advance(0);
    if (durationMs > 0) await this.clock.advance(durationMs);
    for (let round = 0; round < 20; round += 1) await this.clock.advance(0);
  }
}

/** A client of naive holdings. */
export class TestClient {
  readonly name: string;
  readonly holdings = new NaiveHoldings();
  readonly events: InitiatorEvent[] = [];
  session!: InitiatorSession;
  connection!: MemoryConnection;
  end!: Promise<SessionEnd>;

  constructor(name = "client") {
    this.name = name;
  }

  connect(server: TestServer, credential = new Uint8Array(0)): this {
    const [near, far] = connectMemory(this.name, "server");
    this.connection = near;
    void server.accept(far);
    this.session = new InitiatorSession({
      clock: server.clock,
      connection: noted(near, this.name, server.lines),
      holdings: this.holdings,
      credential,
      software: "test",
      onEvent: (event) => this.#take(event),
    });
    this.end = this.session.run();
    return this;
  }

  vector(document: DocumentId = notes): Promise<VersionVector> {
    return this.holdings.vector(document);
  }

  acknowledged(document: DocumentId = notes): VersionVector {
    return this.holdings.acknowledged.get(document) ?? new VersionVector();
  }

  told<T extends InitiatorEvent["type"]>(type: T): Extract<InitiatorEvent, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as never;
  }

  async leave(server: TestServer): Promise<void> {
    this.session.stop({ code: "closed", sentence: "done" });
    await this.end;
    await server.run();
  }

  #take(event: InitiatorEvent): void {
    this.events.push(event.type === "sent" ? { ...event, vector: event.vector.clone() } : event);
    if (event.type === "opened")
      this.holdings.acknowledged.set(event.document, event.saved.clone());
    if (event.type === "saved") this.acknowledged(event.document).merge(event.vector);
  }
}

/** A client that says whatever it is told to, frame by frame. */
export class RawClient {
  readonly received: Frame[] = [];
  readonly connection: MemoryConnection;
  readonly end: Promise<SessionEnd>;

  constructor(server: TestServer, { reads = true } = {}) {
    const [near, far] = connectMemory("raw", "server");
    this.connection = near;
    this.end = server.accept(far);
    if (reads) void this.read();
  }

  say(frame: Frame): this {
    this.connection.send(encodeFrame(frame));
    return this;
  }

  hello(): this {
    const credential = new Uint8Array(0);
    return this.say({ type: "hello", protocolMin: 0, protocolMax: 0, credential, software: "raw" });
  }

  open(channel: number, document: DocumentId = notes): this {
    return this.say({
      type: "open",
      channel: channel as never,
      document,
      vector: new VersionVector(),
    });
  }

  heard<T extends Frame["type"]>(type: T): Extract<Frame, { type: T }>[] {
    return this.received.filter((frame) => frame.type === type) as never;
  }

  async read(): Promise<void> {
    for (let next = await this.connection.receive(); next !== null; ) {
      this.received.push(decodeFrame(next));
      next = await this.connection.receive();
    }
  }
}
