// A client that knows several servers of one store: it takes the next where one is away, and
// leaves one that can't serve.

import { type Server, serve } from "@holdfast/server";
import { type ErrorCode, HoldfastError, SeededRandom } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import { expect, test } from "vitest";
import type { Database } from "../src/index.ts";
import { Town } from "./town.ts";

const everyone = { authenticate: async () => null, authorize: async () => true };

/** A store that refuses, with a code, while it is told to. */
class Gate {
  code: ErrorCode | null = null;
  refused = 0;

  store(behind: Store): Store {
    const pass = <T>(work: () => Promise<T>): Promise<T> => {
      if (this.code === null) return work();
      this.refused += 1;
      return Promise.reject(new HoldfastError(this.code, "the node is cut off"));
    };
    return {
      capabilities: behind.capabilities,
      transact: (fn, options) => pass(() => behind.transact(fn, options)),
      write: (fn, options) => pass(() => behind.write(fn, options)),
      get: (key) => pass(() => behind.get(key)),
      read: (fn, options) => pass(() => behind.read(fn, options)),
      watch: (range) => behind.watch(range),
      close: () => behind.close(),
    };
  }
}

function serveAt(town: Town, address: string, gate = new Gate()): Promise<Server> {
  return town.network.listen(address).then((listener) =>
    serve({
      world: { clock: town.clock, random: new SeededRandom(address.charCodeAt(0)) },
      store: gate.store(town.store),
      listener,
      access: everyone,
    }),
  );
}

/** Writes a word, and waits until it is saved. */
async function save(town: Town, db: Database, word: string): Promise<void> {
  const handle = await town.settled(db.doc("plan"));
  await town.settled(handle.change(() => handle.doc.text("body").insert(0, word)).saved);
}

async function textOf(town: Town, db: Database): Promise<string> {
  const handle = await town.settled(db.doc("plan"));
  await town.run(1_000);
  return handle.doc.text("body").toString();
}

test("an address where nobody is costs no wait, and where nobody is at any it waits as ever", async () => {
  const town = new Town();
  const away = town.client({ url: ["nowhere", "a", "elsewhere"] });
  await town.run();
  expect(away.connection).toMatchObject({ state: "offline", reason: { code: "unavailable" } });
  expect(away.connection.retryAtMs).not.toBeNull();
  const server = await serveAt(town, "a");
  const db = town.client({ url: ["nowhere", "elsewhere", "a"] });
  await town.run();
  expect(db.connection.state).toBe("online");
  await town.run(30_000);
  expect(away.connection.state).toBe("online");
  await town.settled(Promise.all([db.close(), away.close()]));
  await town.settled(server.close());
});

test("where its server ends, it saves at the next, and hears there what others write", async () => {
  const town = new Town();
  const servers = [await serveAt(town, "a"), await serveAt(town, "b")];
  const db = town.client({ url: ["a", "b"] });
  const other = town.client({ url: "b" });
  await save(town, db, "one ");
  expect(servers.map((server) => server.status().connections)).toEqual([1, 1]);
  await town.settled(servers[0]!.close());
  await save(town, db, "two ");
  expect(servers[1]!.status().connections).toBe(2);
  await save(town, other, "three ");
  expect(await textOf(town, db)).toBe("three two one ");
  await town.settled(Promise.all([db.close(), other.close()]));
  await town.settled(servers[1]!.close());
});

test.each(["unavailable", "unknown_outcome"] as const)(
  "it leaves a server that answers %s, and saves at another",
  async (code) => {
    const town = new Town();
    const gate = new Gate();
    const servers = [await serveAt(town, "a", gate), await serveAt(town, "b")];
    const db = town.client({ url: ["a", "b"] });
    await save(town, db, "one ");
    gate.code = code;
    await save(town, db, "two ");
    expect(gate.refused).toBeGreaterThan(0);
    expect(servers.map((server) => server.status().connections)).toEqual([0, 1]);
    await town.settled(db.close());
    gate.code = null;
    for (const server of servers) await town.settled(server.close());
  },
);

test("a client of one server stays, and sends again what had no known outcome", async () => {
  const town = new Town();
  const gate = new Gate();
  const server = await serveAt(town, "a", gate);
  const db = town.client({ url: "a" });
  await save(town, db, "one ");
  gate.code = "unknown_outcome";
  const handle = await town.settled(db.doc("plan"));
  const { saved } = handle.change(() => handle.doc.text("body").insert(0, "two "));
  await town.run(2_000);
  expect(gate.refused).toBeGreaterThan(1);
  expect(db.connection.state).toBe("online");
  gate.code = null;
  await town.settled(saved);
  await town.settled(db.close());
  await town.settled(server.close());
});
