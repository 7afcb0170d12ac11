// A server that is there no more, though the line stays open: how long a client believes
// in it. On a manual clock.

import { VersionVector } from "@holdfast/causality";
import { SeededRandom, toHex } from "@holdfast/std";
import {
  decodeFrame,
  doubtMsMax,
  encodeFrame,
  type Frame,
  pingIntervalMs,
  type SessionId,
  silenceMsMax,
  stallMsMax,
} from "@holdfast/sync";
import type { Connection } from "@holdfast/world";
import { expect, test } from "vitest";
import { Database, MemoryPersistence } from "../src/index.ts";
import { Town } from "./town.ts";

/** How late either may be noticed: sessions look at the time every five seconds. */
const tickMs = 5_000;

/** Accepts connections and welcomes them; what becomes of them then is up to the test. */
class Doorman {
  readonly connections: Connection[] = [];
  readonly heard: Frame[] = [];
  answersPings = false;

  static async stand(town: Town): Promise<Doorman> {
    const doorman = new Doorman();
    const listener = await town.network.listen("server");
    void (async () => {
      for (let next = await listener.accept(); next !== null; next = await listener.accept()) {
        doorman.connections.push(next);
        const store = { identity: new Uint8Array(16), epoch: 0 };
        doorman.say({ type: "welcome", protocol: 0, store, session: 1 as SessionId });
      }
    })();
    return doorman;
  }

  say(frame: Frame): void {
    this.connections.at(-1)!.send(encodeFrame(frame));
  }

  /** Reads from the connection there is, until it ends. */
  async read(): Promise<void> {
    const connection = this.connections.at(-1)!;
    for (let bytes = await connection.receive(); bytes !== null; ) {
      const frame = decodeFrame(bytes);
      this.heard.push(frame);
      if (frame.type === "ping" && this.answersPings) this.say({ ...frame, type: "pong" });
      bytes = await connection.receive();
    }
  }

  get pings(): number {
    return this.heard.filter(({ type }) => type === "ping").length;
  }
}

/** A database that is told when its device has no network. */
class DoubtingDatabase extends Database {
  override doubt(): void {
    super.doubt();
  }
}

async function welcomed(town: Town): Promise<{ db: DoubtingDatabase; doorman: Doorman }> {
  const doorman = await Doorman.stand(town);
  const world = town.world();
  const persistence = new MemoryPersistence(world.random);
  const db = new DoubtingDatabase({ world, name: "test", persistence, url: "server" });
  await town.run();
  expect(db.connection.state).toBe("online");
  return { db, doorman };
}

test("a silent server is asked, left when it does not answer, and connected to again", async () => {
  const town = new Town();
  const { db, doorman } = await welcomed(town);
  void doorman.read();
  await town.run(pingIntervalMs - tickMs);
  expect(doorman.pings).toBe(0);
  await town.run(tickMs);
  expect(doorman.pings).toBe(1);
  await town.run(silenceMsMax - pingIntervalMs - tickMs);
  expect(db.connection.state).toBe("online");
  expect(doorman.connections.length).toBe(1);
  const reasons: unknown[] = [];
  db.connection.subscribe(() => reasons.push(db.connection.reason?.message));
  await town.run(tickMs);
  expect(reasons[0]).toBe("the server is silent");
  await town.run(1_000);
  expect(doorman.connections.length).toBe(2);
  expect(db.connection.state).toBe("online");
  await town.settled(db.close());
  expect(town.clock.pending).toBe(0);
});

test("a server that answers is believed in, however little there is to say", async () => {
  const town = new Town();
  const { db, doorman } = await welcomed(town);
  doorman.answersPings = true;
  void doorman.read();
  await town.run(10 * silenceMsMax);
  expect(doorman.connections.length).toBe(1);
  expect(db.connection.state).toBe("online");
  await town.settled(db.close());
});

test("a server that is doubted is asked at once, and left soon where it does not answer", async () => {
  const town = new Town();
  const { db, doorman } = await welcomed(town);
  void doorman.read();
  db.doubt();
  await town.run();
  expect(doorman.pings).toBe(1);
  // A doubt that is repeated gives it no more time.
  await town.run(doubtMsMax - 1_000);
  db.doubt();
  expect(db.connection.state).toBe("online");
  const reasons: unknown[] = [];
  db.connection.subscribe(() => reasons.push(db.connection.reason?.message));
  await town.run(1_000 + tickMs);
  expect(reasons[0]).toBe("the server is silent");
  await town.settled(db.close());
});

test("a server that was doubted and answers is believed in as before", async () => {
  const town = new Town();
  const { db, doorman } = await welcomed(town);
  doorman.answersPings = true;
  void doorman.read();
  db.doubt();
  await town.run();
  doorman.answersPings = false;
  await town.run(silenceMsMax - tickMs);
  expect(db.connection.state).toBe("online");
  expect(doorman.connections.length).toBe(1);
  await town.settled(db.close());
  // Who is offline has nobody to doubt.
  db.doubt();
});

test("a server that takes nothing of what is sent is left, though it talks", async () => {
  const town = new Town();
  const { db, doorman } = await welcomed(town);
  // Together more than may wait on a connection, in whatever encoding.
  const text = toHex(new SeededRandom(1).bytes(300_000));
  const names = ["a", "b", "c", "d", "e", "f"];
  for (const [index, name] of names.entries()) {
    const handle = await db.doc(name);
    await town.run();
    doorman.say({ type: "opened", channel: (index + 1) as never, vector: new VersionVector() });
    handle.change(() => handle.doc.text("body").insert(0, text));
    await town.settled(handle.whenLocal());
  }
  await town.run();
  for (let passedMs = 0; passedMs < stallMsMax - 2_000; passedMs += 1_000) {
    await town.run(1_000);
    doorman.say({ type: "ping", nonce: passedMs });
  }
  expect(db.connection.state).toBe("online");
  const reasons: unknown[] = [];
  db.connection.subscribe(() => reasons.push(db.connection.reason?.code));
  await town.run(4_000);
  expect(reasons[0]).toBe("too_slow");
  expect(doorman.connections.length).toBe(2);
  await town.settled(db.close());
});
