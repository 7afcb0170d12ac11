// Databases: offline and on, two clients, restarts, refusals.

import { HoldfastError } from "@holdfast/std";
import { MemoryDisk } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import { type DocumentEvent, type DocumentHandle, MemoryPersistence, open } from "../src/index.ts";
import { Town } from "./town.ts";

function body(handle: DocumentHandle): string {
  return handle.doc.text("body").toString();
}

function type(handle: DocumentHandle, text: string) {
  return handle.change(() => {
    const at = handle.doc.text("body").length;
    handle.doc.text("body").insert(at, text);
  });
}

describe("a database", () => {
  test("two clients see each other's edits, and each write says where it is", async () => {
    const town = await new Town().startServer();
    const [a, b] = [town.client(), town.client()];
    const [left, right] = [await a.doc("notes"), await b.doc("notes")];
    const write = type(left, "hello");
    expect(write.state).toBe("pending");
    await town.settled(write.saved);
    expect(write.state).toBe("saved");
    expect(left.status()).toMatchObject({ state: "saved", pendingCount: 0, sentCount: 0 });
    await town.run();
    expect(body(right)).toBe("hello");
    right.doc.text("body").insert(5, " world");
    await town.settled(right.whenSaved());
    await town.run();
    expect(body(left)).toBe("hello world");
    expect(a.connection.state).toBe("online");
    await town.settled(a.close());
    await town.settled(b.close());
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });

  test("works offline from the first load on, and catches up", async () => {
    const town = new Town();
    const [a, b] = [town.client(), town.client()];
    const [left, right] = [await a.doc("notes"), await b.doc("notes")];
    await town.settled(type(left, "from a. ").local);
    await town.settled(type(right, "from b. ").local);
    expect(left.status().state).toBe("local");
    expect(a.connection.state).not.toBe("online");
    expect(a.connection.reason?.code).toBe("unavailable");
    await town.startServer();
    await town.settled(left.whenSaved());
    await town.settled(right.whenSaved());
    await town.run(100);
    expect(body(left)).toBe(body(right));
    expect(body(left)).toContain("from a. ");
    expect(body(left)).toContain("from b. ");
    await town.settled(a.close());
    await town.settled(b.close());
    await town.stopServer();
  });

  test("without a server everything stays here", async () => {
    const town = new Town();
    const disk = new MemoryDisk();
    const db = await town.diskClient(disk, { url: null });
    const handle = await db.doc("notes");
    await town.settled(type(handle, "mine").local);
    expect(db.connection).toMatchObject({ state: "offline", reason: null, retryAtMs: null });
    await town.settled(db.close());
    const again = await town.diskClient(disk, { url: null });
    expect(again.agent).toBe(db.agent);
    expect(body(await again.doc("notes"))).toBe("mine");
    expect(await again.documents()).toEqual(["notes"]);
    await town.settled(again.close());
  });

  test("a crash of the disk loses nothing that was local, and the rest converges", async () => {
    const town = await new Town().startServer();
    const disk = new MemoryDisk();
    const first = await town.diskClient(disk, { seed: 11 });
    const handle = await first.doc("notes");
    await town.settled(type(handle, "saved. ").saved);
    town.network.breakAll("the cable");
    await town.stopServer();
    await town.settled(type(handle, "local. ").local);
    type(handle, "pending. ");
    disk.crash();
    const second = await town.diskClient(disk, { seed: 12 });
    const again = await second.doc("notes");
    expect(body(again)).toBe("saved. local. ");
    expect(again.status().state).toBe("local");
    await town.startServer();
    await town.settled(again.whenSaved());
    const reader = town.client();
    const read = await reader.doc("notes");
    await town.run(100);
    expect(body(read)).toBe("saved. local. ");
    await town.settled(second.close());
    await town.settled(reader.close());
    await town.stopServer();
  });

  test("an edit made while connected leaves as a bundle of its own; those made offline are joined", async () => {
    const town = await new Town().startServer();
    const db = town.client();
    const handle = await db.doc("notes");
    await town.run();
    for (let count = 0; count < 20; count += 1) type(handle, "x");
    await town.settled(handle.whenSaved());
    expect(town.server.status().bundles).toBe(20);
    town.network.breakAll("the cable");
    await town.run();
    for (let count = 0; count < 20; count += 1) type(handle, "y");
    await town.settled(handle.whenSaved());
    expect(town.server.status().bundles).toBe(21);
    await town.settled(db.close());
    await town.stopServer();
  });

  test("a server with another store gets everything again", async () => {
    const town = await new Town().startServer();
    const db = town.client();
    const handle = await db.doc("notes");
    await town.settled(type(handle, "precious").saved);
    await town.stopServer();
    town.store = town.newStore(7);
    await town.startServer();
    await town.run(1_000);
    await town.settled(handle.whenSaved());
    const reader = town.client();
    const read = await reader.doc("notes");
    await town.run(100);
    expect(body(read)).toBe("precious");
    await town.settled(db.close());
    await town.settled(reader.close());
    await town.stopServer();
  });

  test("RE3: what another store does not hold is not called saved any more", async () => {
    const town = await new Town().startServer();
    const db = town.client();
    const handle = await db.doc("notes");
    const write = type(handle, "precious");
    await town.settled(write.saved);
    await town.stopServer();
    town.store = town.newStore(7);
    town.access = { ...town.access, authorize: async (_who, _what, action) => action === "read" };
    await town.startServer();
    await town.run(5_000);
    expect(db.connection.state).toBe("online");
    expect(write.state).toBe("local");
    expect(handle.status()).toMatchObject({ state: "local", problem: { code: "forbidden" } });
    await town.settled(db.close());
    await town.stopServer();
  });

  test("RE1: what follows a write that was not kept is not called local before that is", async () => {
    const town = new Town();
    const world = town.world();
    const persistence = new MemoryPersistence(world.random);
    const append = persistence.append.bind(persistence);
    let failuresLeft = 1;
    persistence.append = async (document, bundle) => {
      await null;
      failuresLeft -= 1;
      if (failuresLeft === 0) throw new HoldfastError("disk_full", "no room");
      await town.clock.sleep(10);
      return append(document, bundle);
    };
    const db = open({ world, name: "test", persistence });
    const handle = await db.doc("notes");
    const [lost, behind] = [type(handle, "one "), type(handle, "two ")];
    await expect(town.settled(lost.local)).rejects.toMatchObject({ code: "disk_full" });
    await town.run(100);
    expect([lost.state, behind.state]).toEqual(["pending", "pending"]);
    // Its upkeep tries again.
    await town.run(10_000);
    expect([lost.state, behind.state]).toEqual(["local", "local"]);
    await handle.close();
    expect(body(await db.doc("notes"))).toBe("one two ");
    await town.settled(db.close());
  });

  test("RE2: what is not durable here does not leave, though what came before it does", async () => {
    const town = new Town();
    const disk = new MemoryDisk();
    const db = await town.diskClient(disk);
    const handle = await db.doc("notes");
    await town.settled(type(handle, "kept ").local);
    disk.capacityBytes = 0;
    const lost = type(handle, "lost");
    await expect(town.settled(lost.local)).rejects.toMatchObject({ code: "disk_full" });
    await town.startServer();
    const reader = town.client();
    const read = await reader.doc("notes");
    await town.run(30_000);
    expect(body(read)).toBe("kept ");
    expect(handle.status()).toMatchObject({ state: "pending", pendingCount: 4, localCount: 0 });
    for (const each of [db, reader]) await town.settled(each.close());
    await town.stopServer();
  });

  test("a full disk is told to the writer; the edit is kept once there is room", async () => {
    const town = await new Town().startServer();
    const disk = new MemoryDisk();
    const db = await town.diskClient(disk);
    const handle = await db.doc("notes");
    await town.settled(type(handle, "one ").saved);
    disk.capacityBytes = 0;
    const lost = type(handle, "two ");
    await expect(town.settled(lost.local)).rejects.toMatchObject({ code: "disk_full" });
    expect(lost.state).toBe("pending");
    expect(handle.status()).toMatchObject({ state: "pending", problem: { code: "disk_full" } });
    expect(body(handle)).toBe("one two ");
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await town.settled(type(handle, "three").saved);
    expect(lost.state).toBe("saved");
    expect(handle.status()).toMatchObject({ state: "saved", problem: null });
    await town.settled(db.close());
    const again = await town.diskClient(disk);
    expect(body(await again.doc("notes"))).toBe("one two three");
    await town.settled(again.close());
    await town.stopServer();
  });

  test("who may not write is told, reads on, and syncs nothing", async () => {
    const town = new Town();
    town.access = {
      authenticate: async (credential) => String.fromCharCode(...credential),
      authorize: async (principal, _document, action) => action === "read" || principal === "me",
    };
    await town.startServer();
    const db = town.client();
    const handle = await db.doc("notes");
    const events: DocumentEvent[] = [];
    handle.subscribe((event) => events.push(event));
    await town.run();
    const write = type(handle, "graffiti");
    await expect(town.settled(write.saved)).rejects.toMatchObject({ code: "forbidden" });
    expect(handle.status().problem).toMatchObject({ code: "forbidden" });
    expect(events.filter((event) => event.type === "problem")).toMatchObject([
      { effect: "upload_ended", error: { code: "forbidden" } },
    ]);
    await town.settled(db.close());
    await town.stopServer();
  });

  test("a listener that throws ends nothing", async () => {
    const town = await new Town().startServer();
    const [db, other] = [town.client(), town.client()];
    const [handle, far] = [await db.doc("notes"), await other.doc("notes")];
    await town.run(100);
    let calls = 0;
    let heard = 0;
    const fail = (): void => {
      calls += 1;
      throw new TypeError("a defect of the application");
    };
    handle.subscribe(fail);
    handle.presence.subscribe(fail);
    db.connection.subscribe(fail);
    handle.subscribe(() => {
      heard += 1;
    });
    far.presence.set("here");
    await town.settled(type(handle, "saved").saved);
    await town.run(100);
    expect(calls).toBeGreaterThan(1);
    expect(heard).toBeGreaterThan(1);
    expect(handle.presence.peers().size).toBe(1);
    expect(body(far)).toBe("saved");
    await town.stopServer();
    await town.run(100);
    expect(db.connection.state).not.toBe("online");
    await town.settled(db.close());
    await town.settled(other.close());
  });

  test("presence: seen while connected, at most ten updates a second, gone with its owner", async () => {
    const town = await new Town().startServer();
    const [a, b] = [town.client(), town.client()];
    const [left, right] = [await a.doc("notes"), await b.doc("notes")];
    await town.run();
    let updates = 0;
    right.presence.subscribe(() => {
      updates += 1;
    });
    for (let count = 0; count <= 100; count += 1) {
      left.presence.set({ at: count });
      await town.run(10);
    }
    await town.run(200);
    expect([...right.presence.peers().values()]).toEqual([{ at: 100 }]);
    expect(updates).toBeGreaterThan(5);
    expect(updates).toBeLessThan(14);
    await town.run(100_000);
    expect([...right.presence.peers().values()]).toEqual([{ at: 100 }]);
    await town.settled(a.close());
    await town.run(100);
    expect(right.presence.peers().size).toBe(0);
    await town.settled(b.close());
    await town.stopServer();
  });
});
