// What waits in documents that nobody has open is sent all the same: a few at a time, past
// what is refused or damaged, by whichever tab connects.

import type { DocumentId } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import { MemoryDisk } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import {
  type DatabaseEvent,
  MemoryCopy,
  MemoryPersistence,
  type StoredDocument,
} from "../src/index.ts";
import { backlogDocumentsMax, backlogRetryMs } from "../src/link/backlog.ts";
import { lingeringDocumentsMax } from "../src/link/held_documents.ts";
import { client, found, Gate, names, sent, visit, write } from "./backlog_town.ts";
import { Profile } from "./profile.ts";
import { Town } from "./town.ts";

const withAndWithout = [
  { name: "alone", hasSiblings: false },
  { name: "as a tab", hasSiblings: true },
];

describe("documents of an earlier visit", () => {
  test("are sent without being opened, from a copy on a disk, and known as saved next time", async () => {
    const town = new Town();
    const disk = new MemoryDisk();
    const documents = names(10);
    const first = await town.diskClient(disk);
    await write(town, first, documents);
    expect(await first.unsaved()).toEqual(documents);
    await town.settled(first.close());
    await town.startServer();
    const second = await town.diskClient(disk);
    const told: DatabaseEvent[] = [];
    second.subscribe((event) => told.push(event));
    await second.doc("another");
    await sent(town, second);
    expect(told).toEqual(documents.map(() => ({ type: "unsaved" })));
    expect(await found(town, documents)).toEqual(documents);
    const { bundles } = town.server.status();
    await town.settled(second.close());
    const third = await town.diskClient(disk);
    await town.run(10_000);
    expect(await third.unsaved()).toEqual([]);
    expect(town.server.status().bundles).toBe(bundles);
    await town.settled(third.close());
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });

  test("BL1: are in memory a few at a time, and those that wait give way to none", async () => {
    const town = new Town();
    const gate = new Gate().guard(town);
    const documents = names(3 * backlogDocumentsMax + 1);
    const copy = new MemoryCopy();
    await visit(town, copy, documents);
    await town.startServer();
    const { db } = client(town, copy);
    for (const [index] of documents.entries()) {
      await town.run(100);
      const rest = documents.length - index;
      expect(gate.waitingCount).toBe(Math.min(backlogDocumentsMax, rest));
      expect((await db.unsaved()).length).toBe(rest);
      expect(town.server.status().documentsOpen).toBe(0);
      gate.letThrough();
    }
    await sent(town, db);
    expect(gate.most).toBe(backlogDocumentsMax);
    expect(gate.asked).toEqual(documents);
    await town.settled(db.close());
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });

  test.each(withAndWithout)(
    "are sent on when the server dies in the middle and comes back, $name",
    async ({ hasSiblings }) => {
      const town = new Town();
      const gate = new Gate().guard(town);
      const documents = names(12);
      const copy = new MemoryCopy();
      await visit(town, copy, documents);
      await town.startServer();
      const loaded: DocumentId[] = [];
      class Noting extends MemoryPersistence {
        override load(document: DocumentId): Promise<StoredDocument> {
          loaded.push(document);
          return super.load(document);
        }
      }
      const { db, problems } = client(town, copy, {
        make: (world) => new Noting(world.random, copy),
        hasSiblings,
      });
      await town.run(100);
      for (let count = 0; count < 5; count += 1) {
        gate.letThrough();
        await town.run(100);
      }
      expect(await db.unsaved()).toEqual(documents.slice(5));
      await town.stopServer();
      await town.run(1_000);
      expect(db.connection.state).not.toBe("online");
      gate.open();
      await town.startServer();
      await sent(town, db);
      // What was on its way left the memory with the connection.
      expect(loaded).toEqual([...documents.slice(0, 9), ...documents.slice(5)]);
      expect(problems()).toEqual([]);
      expect(await found(town, documents)).toEqual(documents);
      await town.settled(db.close());
      await town.stopServer();
    },
  );

  test("a close while they are being sent ends it, and the next visit sends the rest", async () => {
    const town = new Town();
    const gate = new Gate().guard(town);
    const documents = names(6);
    const copy = new MemoryCopy();
    await visit(town, copy, documents);
    await town.startServer();
    const { db } = client(town, copy);
    await town.run(100);
    gate.letThrough();
    await town.run(100);
    await town.settled(db.close());
    gate.open();
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
    await town.startServer();
    const { db: next } = client(town, copy);
    expect(await next.unsaved()).toEqual(documents.slice(1));
    await sent(town, next);
    expect(await found(town, documents)).toEqual(documents);
    await town.settled(next.close());
    await town.stopServer();
  });

  test("one that is opened meanwhile stays open, and is in sync", async () => {
    const town = new Town();
    const gate = new Gate().guard(town);
    const copy = new MemoryCopy();
    await visit(town, copy, ["page"]);
    await town.startServer();
    const { db, told } = client(town, copy);
    await town.run(100);
    expect(gate.waitingCount).toBe(1);
    const early = await db.doc("page");
    await town.settled(early.close());
    const handle = await db.doc("page");
    gate.letThrough();
    await town.settled(handle.whenSaved());
    await town.run(100);
    expect(told).toEqual([{ type: "unsaved" }]);
    handle.change(() => handle.doc.text("body").insert(0, "my "));
    await town.settled(handle.whenSaved());
    expect(gate.asked).toEqual(["page"]);
    await town.settled(handle.close());
    await town.settled(db.close());
    gate.open();
    expect(await found(town, ["page"])).toEqual(["my page"]);
    await town.stopServer();
  });

  test("a store that lost them gets them again once they are open, and not before", async () => {
    const town = await new Town().startServer();
    const copy = new MemoryCopy();
    const { db } = client(town, copy);
    await write(town, db, ["page"]);
    await sent(town, db);
    await town.settled(db.close());
    await town.stopServer();
    town.store = town.newStore(7);
    await town.startServer();
    const { db: next } = client(town, copy);
    await town.run(10_000);
    expect(await found(town, ["page"])).toEqual([""]);
    const handle = await next.doc("page");
    await town.settled(handle.whenSaved());
    expect(await found(town, ["page"])).toEqual(["page"]);
    await town.settled(next.close());
    await town.stopServer();
  });
});

describe("a document that is closed before the server has it", () => {
  test("is sent after that, with no other tab there", async () => {
    const town = new Town();
    const gate = new Gate().guard(town);
    await town.startServer();
    const { db } = client(town, new MemoryCopy());
    await town.run(100);
    expect(db.connection.state).toBe("online");
    const documents = names(2 * backlogDocumentsMax);
    for (const round of [1, 2]) {
      // Nothing is saved before it is closed: nobody may open it yet.
      await write(town, db, documents);
      expect(await db.unsaved()).toEqual(documents);
      while (gate.waitingCount > 0) {
        gate.letThrough();
        await town.run(100);
      }
      await sent(town, db);
      expect(gate.asked.length).toBeGreaterThan(round * documents.length);
    }
    gate.open();
    expect(await found(town, documents)).toEqual(documents.map((name) => name + name));
    await town.settled(db.close());
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });

  test("is not forgotten with more others than who leads keeps in memory", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const [leader, follower] = [profile.tab(), profile.tab()];
    await town.run();
    const documents = names(lingeringDocumentsMax + 20);
    await write(town, follower!.db, documents);
    await town.run(10_000);
    expect((await leader!.db.unsaved()).length).toBe(documents.length);
    const lingering = documents.slice(0, lingeringDocumentsMax);
    const gate = new Gate().guard(town, (document) => lingering.includes(document));
    await town.startServer();
    await sent(town, leader!.db, lingering);
    gate.open();
    await sent(town, leader!.db);
    await sent(town, follower!.db);
    expect(await found(town, documents)).toEqual(documents);
    await profile.close();
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });
});

describe("a document that can't be sent", () => {
  test("BL2: refused for good, it is told of, left alone until the next connection, and holds up no other", async () => {
    const town = new Town();
    let refused = names(3 * backlogDocumentsMax, "a refused page");
    town.access = {
      authenticate: async () => null,
      authorize: async (_who, document) => !refused.includes(document),
    };
    const documents = names(8, "page");
    const copy = new MemoryCopy();
    await visit(town, copy, [...documents, ...refused]);
    await town.startServer();
    const { db, problems } = client(town, copy);
    await sent(town, db, refused);
    await town.run(120_000);
    const expected = refused.map((name) => [name, "forbidden", "closed"]);
    expect(problems()).toEqual(expected);
    expect(await found(town, documents)).toEqual(documents);
    town.network.breakAll("a broken line");
    await town.run(10_000);
    expect(problems()).toEqual([...expected, ...expected]);
    const former = refused;
    refused = [];
    town.network.breakAll("a broken line");
    await sent(town, db);
    expect(await found(town, former)).toEqual(former);
    await town.settled(db.close());
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });

  test.each(withAndWithout)(
    "refused for now, it gives way to the others, and is tried again, $name",
    async ({ hasSiblings }) => {
      const town = new Town();
      const refused = names(3 * backlogDocumentsMax, "a refused page");
      let isWell = false;
      town.access = {
        authenticate: async () => null,
        authorize: async (_who, document) => {
          if (isWell || !refused.includes(document)) return true;
          throw new HoldfastError("unavailable", "who may do what can't be found out now");
        },
      };
      const documents = names(8, "page");
      const copy = new MemoryCopy();
      await visit(town, copy, [...documents, ...refused]);
      await town.startServer();
      const { db, problems } = client(town, copy, { hasSiblings });
      await town.run(5_000);
      expect(await db.unsaved()).toEqual(refused);
      expect(await found(town, documents)).toEqual(documents);
      const expected = refused.map((name) => [name, "unavailable", "retrying"]);
      expect(problems()).toEqual(expected);
      await town.run(backlogRetryMs);
      expect(problems()).toEqual([...expected, ...expected]);
      isWell = true;
      await sent(town, db);
      expect(await found(town, refused)).toEqual(refused);
      isWell = false;
      await write(town, db, refused.slice(0, 1));
      await town.run(1_000);
      expect(await db.unsaved()).toEqual(refused.slice(0, 1));
      await town.settled(db.close());
      await town.stopServer();
      expect(town.clock.pending).toBe(0);
    },
  );

  test("damaged here, it is told of, and holds up no other", async () => {
    const town = new Town();
    const documents = names(6);
    const [damaged, ...whole] = documents;
    class Damaged extends MemoryPersistence {
      override load(document: DocumentId): Promise<StoredDocument> {
        if (document !== damaged) return super.load(document);
        return Promise.reject(new HoldfastError("corrupt", "a bad checksum"));
      }
    }
    const copy = new MemoryCopy();
    await visit(town, copy, documents);
    await town.startServer();
    const { db, problems } = client(town, copy, {
      make: (world) => new Damaged(world.random, copy),
    });
    await sent(town, db, [damaged!]);
    await town.run(120_000);
    expect(problems()).toEqual([[damaged, "corrupt", "closed"]]);
    expect(await found(town, whole)).toEqual(whole);
    await town.settled(db.close());
    await town.stopServer();
  });

  test("a copy that can't be read ends it without a word, until the next connection", async () => {
    const town = new Town();
    let isWell = false;
    class Failing extends MemoryPersistence {
      override load(document: DocumentId): Promise<StoredDocument> {
        return isWell ? super.load(document) : Promise.reject(new HoldfastError("io", "no"));
      }
      override unsaved(): Promise<readonly DocumentId[]> {
        return isWell ? super.unsaved() : Promise.reject(new HoldfastError("io", "no"));
      }
    }
    const documents = names(6);
    const copy = new MemoryCopy();
    await visit(town, copy, documents);
    await town.startServer();
    const { db, told } = client(town, copy, { make: (world) => new Failing(world.random, copy) });
    await town.run(60_000);
    expect(db.connection.state).toBe("online");
    expect(told).toEqual([]);
    isWell = true;
    town.network.breakAll("a broken line");
    await sent(town, db);
    expect(await found(town, documents)).toEqual(documents);
    await town.settled(db.close());
    await town.stopServer();
  });
});

describe("two tabs", () => {
  test("who leads sends; when it is gone, the other one sends the rest", async () => {
    const town = new Town();
    const gate = new Gate().guard(town);
    const profile = new Profile(town);
    const documents = names(10);
    await visit(town, profile.copy, documents);
    await town.startServer();
    const [leader, follower] = [profile.tab(), profile.tab()];
    const told: string[] = [];
    leader.db.subscribe(({ type }) => told.push(`leader ${type}`));
    follower.db.subscribe(({ type }) => told.push(`follower ${type}`));
    await town.run(100);
    for (let count = 0; count < 3; count += 1) {
      gate.letThrough();
      await town.run(100);
    }
    expect(told).toEqual(Array.from({ length: 3 }, () => "leader unsaved"));
    expect(profile.openCount).toBe(1);
    for (const { db } of [leader, follower]) {
      expect(await db.unsaved()).toEqual(documents.slice(3));
    }
    leader.kill();
    await town.run(1_000);
    expect(gate.asked.slice(7)).toEqual(documents.slice(3, 7));
    while (gate.waitingCount > 0) {
      gate.letThrough();
      await town.run(100);
    }
    await sent(town, follower.db);
    gate.open();
    expect(told.slice(3)).toEqual(Array.from({ length: 7 }, () => "follower unsaved"));
    await profile.close();
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });

  test("what the other one has open is no backlog, and what nobody has open is told to both", async () => {
    const town = new Town();
    const profile = new Profile(town);
    await visit(town, profile.copy, ["refused", "waits"]);
    town.access = {
      authenticate: async () => null,
      authorize: async (_who, document) => !document.startsWith("refused"),
    };
    const [leader, follower] = [profile.tab(), profile.tab()];
    const handle = await follower.db.doc("open");
    handle.change(() => handle.doc.text("body").insert(0, "written there"));
    const refused = await follower.db.doc("refused there");
    refused.change(() => refused.doc.text("body").insert(0, "no"));
    await town.run(100);
    const told: unknown[] = [];
    const note = (who: string) => (event: DatabaseEvent) =>
      told.push(event.type === "problem" ? `${who}: ${event.document}` : who);
    leader.db.subscribe(note("leader"));
    follower.db.subscribe(note("follower"));
    await town.startServer();
    await town.settled(handle.whenSaved());
    await sent(town, leader.db, ["refused", "refused there"]);
    await sent(town, follower.db, ["refused", "refused there"]);
    expect(told.sort()).toEqual(["follower: refused", "leader", "leader", "leader: refused"]);
    expect(refused.status().problem).toMatchObject({ code: "forbidden" });
    await profile.close();
    await town.stopServer();
  });
});

test("what is not saved: open documents as they are now, closed ones as they were left", async () => {
  const town = await new Town().startServer();
  const { db } = client(town, new MemoryCopy());
  const handle = await db.doc("page");
  expect(await db.unsaved()).toEqual([]);
  handle.change(() => handle.doc.text("body").insert(0, "in memory"));
  expect(await db.unsaved()).toEqual(["page"]);
  await town.settled(handle.whenSaved(), 1_000);
  expect(await db.unsaved()).toEqual([]);
  await town.stopServer();
  handle.change(() => handle.doc.text("body").insert(0, "kept "));
  await town.settled(handle.whenLocal());
  await town.settled(handle.close());
  expect(await db.unsaved()).toEqual(["page"]);
  await town.settled(db.close());
  await expect(db.unsaved()).rejects.toMatchObject({ code: "closed" });
});
