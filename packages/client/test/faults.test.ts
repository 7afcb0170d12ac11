// What may go wrong: connections that break at any frame, doubled agents, hostile
// servers, clocks that are wrong, much text at once.

import { Doc, encodeBundle, parseDocumentId, runHashSizeBytes } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import { decodeFrame, encodeFrame, type Frame } from "@holdfast/sync";
import {
  type Connection,
  type Listener,
  MemoryDisk,
  type MemoryNetwork,
  type Network,
} from "@holdfast/world";
import { describe, expect, test } from "vitest";
import {
  type Database,
  type DocumentEvent,
  type DocumentHandle,
  openLogPersistence,
} from "../src/index.ts";
import { agentOf, Town } from "./town.ts";

const notes = parseDocumentId("notes");

function body(handle: DocumentHandle): string {
  return handle.doc.text("body").toString();
}

function type(handle: DocumentHandle, text: string) {
  return handle.change(() => {
    const at = handle.doc.text("body").length;
    handle.doc.text("body").insert(at, text);
  });
}

/** Breaks its connections after a number of frames, either way, counted over all of them. */
class BreakingNetwork implements Network {
  framesLeft: number;
  readonly #network: MemoryNetwork;

  constructor(network: MemoryNetwork, framesLeft: number) {
    this.#network = network;
    this.framesLeft = framesLeft;
  }

  listen(address: string): Promise<Listener> {
    return this.#network.listen(address);
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    const inner = await this.#network.connect(address, signal);
    const count = (): void => {
      this.framesLeft -= 1;
      if (this.framesLeft === 0) this.#network.breakAll("the frame that was one too many");
    };
    return {
      remote: inner.remote,
      closed: inner.closed,
      get bufferedBytes() {
        return inner.bufferedBytes;
      },
      send: (message) => {
        inner.send(message);
        count();
      },
      drained: (lowBytes) => inner.drained(lowBytes),
      receive: async () => {
        const message = await inner.receive();
        if (message !== null) count();
        return message;
      },
      close: (reason) => inner.close(reason),
    };
  }
}

/** A server that says what it is told to. */
class Puppet {
  readonly received: Frame[] = [];
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
    void this.#listen();
  }

  static async meet(town: Town): Promise<Puppet> {
    const listener = await town.network.listen("server");
    const accepted = listener.accept();
    return new Puppet((await accepted)!);
  }

  say(frame: Frame): void {
    this.#connection.send(encodeFrame(frame));
  }

  mumble(bytes: Uint8Array): void {
    this.#connection.send(bytes);
  }

  heard<T extends Frame["type"]>(wanted: T): Extract<Frame, { type: T }>[] {
    return this.received.filter((frame) => frame.type === wanted) as never;
  }

  async #listen(): Promise<void> {
    for (let next = await this.#connection.receive(); next !== null; ) {
      this.received.push(decodeFrame(next));
      next = await this.#connection.receive();
    }
  }
}

describe("a connection that breaks", () => {
  test.each(Array.from({ length: 22 }, (_, index) => index + 1))(
    "at frame %i: nothing acknowledged is lost, and both converge",
    async (framesLeft) => {
      const town = await new Town().startServer();
      const network = new BreakingNetwork(town.network, framesLeft);
      const [a, b] = [town.client({ network }), town.client()];
      const [left, right] = [await a.doc("notes"), await b.doc("notes")];
      for (let round = 0; round < 6; round += 1) {
        type(left, `a${round} `);
        type(right, `b${round} `);
        await town.run();
      }
      await town.settled(left.whenSaved());
      await town.settled(right.whenSaved());
      await town.run(100);
      expect(network.framesLeft).toBeLessThanOrEqual(0);
      expect(body(left)).toBe(body(right));
      for (let round = 0; round < 6; round += 1) {
        expect(body(left)).toContain(`a${round} `);
        expect(body(left)).toContain(`b${round} `);
      }
      expect(left.status()).toMatchObject({ state: "saved", problem: null });
      await town.settled(a.close());
      await town.settled(b.close());
      await town.stopServer();
    },
  );

  test("under random crashes of the client's disk and the network, what was local or saved is there", async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const random = new SeededRandom(seed);
      const town = await new Town().startServer();
      const disk = new MemoryDisk();
      const acknowledged = new Set<string>();
      let db = await town.diskClient(disk, { seed: seed * 100 });
      let handle = await db.doc("notes");
      for (let step = 0; step < 40; step += 1) {
        const chance = random.next();
        const word = `<${seed}.${step}>`;
        if (chance < 0.7) {
          const write = type(handle, word);
          write.local.then(
            () => acknowledged.add(word),
            () => undefined,
          );
          if (random.next() < 0.3) await town.settled(write.saved);
          else if (random.next() < 0.5) await town.run();
        } else if (chance < 0.85) {
          town.network.breakAll("chance");
        } else {
          disk.crash(random);
          const abandoned = db;
          db = await town.diskClient(disk, { seed: seed * 100 + step + 1 });
          handle = await db.doc("notes");
          await town.settled(abandoned.close().catch(() => undefined));
          for (const old of acknowledged) expect(body(handle)).toContain(old);
        }
      }
      await town.settled(handle.whenSaved());
      const reader = town.client();
      const read = await reader.doc("notes");
      await town.run(100);
      expect(body(read)).toBe(body(handle));
      for (const word of acknowledged) expect(body(read)).toContain(word);
      await town.settled(db.close());
      await town.settled(reader.close());
      await town.stopServer();
    }
  });
});

describe("a copy whose agent somebody else uses too", () => {
  async function doubled(town: Town): Promise<readonly [MemoryDisk, MemoryDisk]> {
    const original = new MemoryDisk();
    const db = await town.diskClient(original, { seed: 1 });
    await town.settled(type(await db.doc("notes"), "common. ").saved);
    await town.settled(db.close());
    const copy = new MemoryDisk();
    await copy.makeFolder("notes");
    const from = await original.open("notes/log", { create: false });
    const to = await copy.open("notes/log", { create: true });
    await to.append(await from.read(0, await from.size()));
    await to.sync();
    return [original, copy];
  }

  function problems(handle: DocumentHandle): DocumentEvent[] {
    const events: DocumentEvent[] = [];
    handle.subscribe((event) => {
      if (event.type === "problem") events.push(event);
    });
    return events;
  }

  test("both wrote: the second is refused, told so, and never acknowledged", async () => {
    const town = await new Town().startServer();
    const [original, copy] = await doubled(town);
    const first = await town.diskClient(original, { seed: 2 });
    await town.settled(type(await first.doc("notes"), "original").saved);
    const second = await town.diskClient(copy, { seed: 3, url: null });
    expect(second.agent).toBe(first.agent);
    const offline = await second.doc("notes");
    await town.settled(type(offline, "the double wrote more").local);
    await town.settled(second.close());
    const online = await town.diskClient(copy, { seed: 4 });
    const handle = await online.doc("notes");
    const told = problems(handle);
    await expect(town.settled(handle.whenSaved())).rejects.toMatchObject({ code: "equivocation" });
    expect(told).toMatchObject([{ effect: "closed", error: { code: "equivocation" } }]);
    expect(handle.status()).toMatchObject({ state: "local", problem: { code: "equivocation" } });
    const reader = town.client();
    const read = await reader.doc("notes");
    await town.run(100);
    expect(body(read)).toBe("common. original");
    await town.settled(online.close());
    const after = await town.diskClient(copy, { seed: 5 });
    expect(after.agent).not.toBe(first.agent);
    for (const db of [first, reader, after]) await town.settled(db.close());
    await town.stopServer();
  });

  test("SY7: what was written here under a former name is not taken for another's", async () => {
    const town = await new Town().startServer();
    const [original, copy] = await doubled(town);
    const second = await town.diskClient(copy, { seed: 3, url: null });
    await town.settled(type(await second.doc("notes"), "the double wrote more").local);
    await town.settled(second.close());
    const renamed = await openLogPersistence(town.world({ disk: copy, seed: 4 }), "notes");
    await renamed.retireAgent();
    await renamed.close();
    const first = await town.diskClient(original, { seed: 2 });
    await town.settled(type(await first.doc("notes"), "original").saved);
    const online = await town.diskClient(copy, { seed: 5 });
    expect(online.agent).not.toBe(first.agent);
    const handle = await online.doc("notes");
    await expect(town.settled(handle.whenSaved())).rejects.toMatchObject({ code: "equivocation" });
    expect(handle.status()).toMatchObject({ state: "local", problem: { code: "equivocation" } });
    for (const db of [first, online]) await town.settled(db.close());
    await town.stopServer();
  });

  test("only the original wrote: the copy goes on under a new name from its next opening", async () => {
    const town = await new Town().startServer();
    const [original, copy] = await doubled(town);
    const first = await town.diskClient(original, { seed: 2 });
    await town.settled(type(await first.doc("notes"), "original. ").saved);
    const second = await town.diskClient(copy, { seed: 3 });
    const told = problems(await second.doc("notes"));
    await town.run(100);
    expect(told).toMatchObject([{ effect: "closed", error: { code: "equivocation" } }]);
    await town.settled(second.close());
    const third = await town.diskClient(copy, { seed: 4 });
    const handle = await third.doc("notes");
    await town.settled(type(handle, "and on").saved);
    await town.run(100);
    expect(body(handle)).toContain("original. ");
    expect(body(handle)).toContain("and on");
    for (const db of [first, third]) await town.settled(db.close());
    await town.stopServer();
  });
});

describe("a server that is not what it should be", () => {
  async function met(town: Town): Promise<readonly [Database, DocumentHandle, Puppet]> {
    const meeting = Puppet.meet(town);
    const db = town.client();
    const handle = await db.doc("notes");
    const puppet = await meeting;
    await town.run();
    return [db, handle, puppet];
  }

  const store = { identity: new Uint8Array(16).fill(1), epoch: 0 };

  test("a bundle that can't have happened is told and passed over; others are taken", async () => {
    const town = new Town();
    const [db, handle, puppet] = await met(town);
    const told: DocumentEvent[] = [];
    handle.subscribe((event) => told.push(event));
    puppet.say({ type: "welcome", protocol: 0, store, session: 1 as never });
    await town.run();
    const [open] = puppet.heard("open");
    const channel = open!.channel;
    puppet.say({ type: "opened", channel, vector: open!.vector });
    const runs = [{ agent: agentOf("e"), from: 0, to: 1, hash: new Uint8Array(runHashSizeBytes) }];
    const payload = new Uint8Array([9, 9, 9]);
    const sections = [{ kind: "plain", runs, dependencies: [], payload } as const];
    const doc = new Doc({ document: notes, agent: agentOf("f") });
    doc.text("body").insert(0, "good");
    const bundles = [encodeBundle({ document: notes, sections }), doc.bundle(handle.doc.vector())!];
    puppet.say({ type: "bundles", channel, bundles });
    await town.run();
    expect(body(handle)).toBe("good");
    const problems = told.filter((event) => event.type === "problem");
    expect(problems).toMatchObject([{ effect: "skipped" }]);
    expect(db.connection.state).toBe("online");
    await town.settled(db.close());
  });

  test("SY8: what builds on nonsense is passed over too, and the document stays open", async () => {
    const town = new Town();
    const [db, handle, puppet] = await met(town);
    const told: DocumentEvent[] = [];
    handle.subscribe((event) => told.push(event));
    puppet.say({ type: "welcome", protocol: 0, store, session: 1 as never });
    await town.run();
    const [open] = puppet.heard("open");
    const { channel, vector } = open!;
    puppet.say({ type: "opened", channel, vector });
    const event = (from: number): Uint8Array => {
      const hash = new Uint8Array(runHashSizeBytes);
      const runs = [{ agent: agentOf("e"), from, to: from + 1, hash }];
      const payload = new Uint8Array([9, 9, 9]);
      const sections = [{ kind: "plain", runs, dependencies: [], payload } as const];
      return encodeBundle({ document: notes, sections });
    };
    for (const from of [0, 1, 2]) puppet.say({ type: "bundles", channel, bundles: [event(from)] });
    const doc = new Doc({ document: notes, agent: agentOf("f") });
    doc.text("body").insert(0, "good");
    puppet.say({ type: "bundles", channel, bundles: [doc.bundle(handle.doc.vector())!] });
    await town.run();
    expect(body(handle)).toBe("good");
    expect(puppet.heard("close")).toEqual([]);
    expect(puppet.heard("open").length).toBe(1);
    const problems = told.filter(({ type }) => type === "problem");
    expect(problems.map((problem) => "effect" in problem && problem.effect)).toEqual([
      "skipped",
      "skipped",
      "skipped",
    ]);
    await town.settled(db.close());
  });

  test("an early bundle makes the document open anew, once; then it closes", async () => {
    const town = new Town();
    const [db, handle, puppet] = await met(town);
    const told: DocumentEvent[] = [];
    handle.subscribe((event) => told.push(event));
    puppet.say({ type: "welcome", protocol: 0, store, session: 1 as never });
    await town.run();
    const doc = new Doc({ document: notes, agent: agentOf("f") });
    doc.text("body").insert(0, "one");
    const before = doc.vector();
    doc.text("body").insert(3, "two");
    const early = doc.bundle(before)!;
    for (const count of [1, 2]) {
      const opens = puppet.heard("open");
      expect(opens.length).toBe(count);
      const { channel, vector } = opens.at(-1)!;
      puppet.say({ type: "opened", channel, vector });
      puppet.say({ type: "bundles", channel, bundles: [early] });
      await town.run();
    }
    expect(puppet.heard("close").length).toBe(2);
    expect(puppet.heard("open").length).toBe(2);
    expect(told.filter((event) => event.type === "problem")).toMatchObject([
      { effect: "closed", error: { code: "missing_dependency" } },
    ]);
    expect(body(handle)).toBe("");
    await town.settled(db.close());
  });

  test("noise of any kind ends the connection, nothing else", async () => {
    const random = new SeededRandom(3);
    for (let round = 0; round < 60; round += 1) {
      const town = new Town();
      const [db, handle, puppet] = await met(town);
      type(handle, "mine");
      if (round % 2 === 0) {
        puppet.say({ type: "welcome", protocol: 0, store, session: 1 as never });
      }
      for (let count = 0; count < 4; count += 1) {
        const bytes = random.bytes(1 + Math.floor(random.next() * 60));
        bytes[0] = Math.floor(random.next() * 14);
        puppet.mumble(bytes);
      }
      await town.run();
      expect(body(handle)).toBe("mine");
      expect(handle.status().state).not.toBe("saved");
      await town.settled(db.close());
    }
  });
});

test("a client whose clock is a year off syncs like any other", async () => {
  const town = await new Town().startServer();
  const [a, b] = [town.client(), town.client()];
  const [left, right] = [await a.doc("notes"), await b.doc("notes")];
  type(left, "now. ");
  await town.settled(left.whenSaved());
  town.clock.wallOffsetMs += 365 * 86_400_000;
  right.change(() => right.doc.map("meta").set("title", "next year"));
  await town.settled(right.whenSaved());
  town.clock.wallOffsetMs -= 2 * 365 * 86_400_000;
  left.change(() => left.doc.map("meta").set("title", "last year, but later"));
  await town.settled(left.whenSaved());
  await town.run(100);
  expect(right.doc.map("meta").get("title")).toBe("last year, but later");
  expect(body(right)).toBe("now. ");
  await town.settled(a.close());
  await town.settled(b.close());
  await town.stopServer();
});

test("a paste of 1 MB is saved and read back whole", async () => {
  const town = await new Town().startServer();
  const [a, b] = [town.client(), town.client()];
  const [left, right] = [await a.doc("notes"), await b.doc("notes")];
  await town.run();
  const text = "0123456789abcdef".repeat(65_536);
  const write = type(left, text);
  await town.settled(write.saved);
  await town.run(100);
  expect(body(right) === text).toBe(true);
  await town.settled(a.close());
  await town.settled(b.close());
  await town.stopServer();
});
