// The World of a page, in a real one, against real sockets in Node.

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type Connection, type Listener, messageSizeBytesMax } from "@holdfast/world";
import { listenWebSocket } from "@holdfast/world/node";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import type {} from "./page.ts";

const chromium = useChromium();
const cleanUps: (() => unknown)[] = [];
let server: PageServer | null = null;
let shared: Page | null = null;
let page: Page;
let listener: Listener;

beforeEach(async () => {
  server ??= await serveModule(join(import.meta.dirname, "page.ts"));
  shared ??= await (await chromium.browser()).newPage();
  page = shared;
  await page.goto(server.url);
  listener = listenWebSocket({ server: server.server, path: "/sync" });
});
afterEach(async () => {
  await listener?.close();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(() => server?.close());

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

const reach = (address: string) =>
  page.evaluate(async (to) => {
    holdfastWorld.connection = await holdfastWorld.network.connect(to);
  }, address);

/** From now on a page whose time is the test's to move. */
async function takeTime(): Promise<void> {
  page = await (await chromium.context()).newPage();
  await page.clock.install();
  await page.goto(server!.url);
}

/** Connects the page to a listener of ours; gives the other end. */
async function connect(): Promise<Connection> {
  await reach(listener.address);
  return (await listener.accept())!;
}

/** Connects the page to a server of no manners; gives the other end. */
async function connectToStranger(): Promise<WebSocket> {
  const stranger = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  cleanUps.push(() => stranger.close());
  await once(stranger, "listening");
  const connected = once(stranger, "connection");
  await reach(`ws://127.0.0.1:${(stranger.address() as AddressInfo).port}/`);
  const [webSocket] = (await connected) as [WebSocket];
  cleanUps.push(() => webSocket.terminate());
  return webSocket;
}

const closed = () => page.evaluate(() => holdfastWorld.connection.closed);

describe("a page's network", () => {
  test("carries messages of every size in order, both ways", async () => {
    const there = await connect();
    const sizes = [0, 1, 125, 126, 65_535, 65_536, messageSizeBytesMax, 0, 3];
    for (const [index, size] of sizes.entries()) there.send(new Uint8Array(size).fill(index));
    const plain = await page.evaluate(async (count) => {
      let isPlain = true;
      for (let index = 0; index < count; index += 1) {
        const message = (await holdfastWorld.connection.receive())!;
        isPlain &&= message.constructor === Uint8Array;
        holdfastWorld.connection.send(message);
      }
      return isPlain;
    }, sizes.length);
    expect(plain).toBe(true);
    for (const [index, size] of sizes.entries()) {
      const message = await there.receive();
      expect(message).toHaveLength(size);
      expect(message!.every((byte) => byte === index)).toBe(true);
    }
  });

  test("refuses a message that is too large, and goes on", async () => {
    const there = await connect();
    const code = await page.evaluate(async (size) => {
      const { connection, failure } = holdfastWorld;
      const refused = await failure((async () => connection.send(new Uint8Array(size)))());
      connection.send(new Uint8Array([7]));
      return refused?.code;
    }, messageSizeBytesMax + 1);
    expect(code).toBe("too_large");
    expect(await there.receive()).toEqual(bytes(7));
  });

  test("closing tells the other side why, after what was sent", async () => {
    const there = await connect();
    const here = await page.evaluate(async () => {
      const { connection } = holdfastWorld;
      connection.send(new Uint8Array([1]));
      const waiting = connection.receive();
      connection.close("é😀".repeat(100));
      connection.close("twice");
      connection.send(new Uint8Array([2]));
      await connection.drained(0);
      return { closed: await connection.closed, waiting: await waiting };
    });
    const reason = "é😀".repeat(20);
    expect(here).toEqual({ closed: { kind: "normal", reason }, waiting: null });
    expect(await there.closed).toEqual({ kind: "normal", reason });
    expect(await there.receive()).toEqual(bytes(1));
    expect(await there.receive()).toBeNull();
  });

  test("hears why the other side closed, after what it sent", async () => {
    const there = await connect();
    there.send(bytes(1));
    there.send(bytes(2));
    there.close("enough");
    expect(await closed()).toEqual({ kind: "normal", reason: "enough" });
    const received = await page.evaluate(async () => {
      const messages: number[][] = [];
      for (;;) {
        const message = await holdfastWorld.connection.receive();
        if (message === null) break;
        messages.push([...message]);
      }
      const { bufferedBytes } = holdfastWorld.connection;
      return { messages, bufferedBytes, last: await holdfastWorld.connection.receive() };
    });
    expect(received).toEqual({ messages: [[1], [2]], bufferedBytes: 0, last: null });
  });

  test("counts what the network has not taken, and tells when it is less", async () => {
    const there = await connect();
    const count = 160;
    const before = await page.evaluate(async (messages) => {
      const { connection, clock } = holdfastWorld;
      for (let index = 0; index < messages; index += 1) {
        connection.send(new Uint8Array(262_144).fill(index));
      }
      let drained = false;
      void connection.drained(0).then(() => {
        drained = true;
      });
      await clock.sleep(300);
      return { drained, bufferedBytes: connection.bufferedBytes };
    }, count);
    expect(before.drained).toBe(false);
    expect(before.bufferedBytes).toBeGreaterThan(8 * 1_048_576);
    const draining = page.evaluate(async (lowBytes) => {
      await holdfastWorld.connection.drained(lowBytes);
      const left = holdfastWorld.connection.bufferedBytes;
      await holdfastWorld.connection.drained(0);
      return { left, end: holdfastWorld.connection.bufferedBytes };
    }, before.bufferedBytes / 2);
    for (let index = 0; index < count; index += 1) {
      expect((await there.receive())![0]).toBe(index);
    }
    const { left, end } = await draining;
    expect(left).toBeLessThanOrEqual(before.bufferedBytes / 2);
    expect(end).toBe(0);
  });

  test("whoever waits for room is told when the connection ends instead", async () => {
    const there = await connectToStranger();
    there.pause();
    const draining = page.evaluate(async () => {
      const { connection } = holdfastWorld;
      for (let index = 0; index < 20; index += 1) connection.send(new Uint8Array(1_048_576));
      await connection.drained(0);
      return { reason: await connection.closed, left: connection.bufferedBytes };
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    there.terminate();
    expect(await draining).toMatchObject({ reason: { kind: "broken" }, left: 0 });
  });

  test("breaks, rather than hold ever more that nobody takes", async () => {
    const there = await connect();
    const inboxSizeBytesMax = await page.evaluate(() => holdfastWorld.inboxSizeBytesMax);
    const count = inboxSizeBytesMax / messageSizeBytesMax + 2;
    for (let index = 0; index < count; index += 1) there.send(new Uint8Array(messageSizeBytesMax));
    const reason = "messages arrive faster than they are taken";
    expect(await closed()).toEqual({ kind: "broken", reason });
    expect(await there.closed).toEqual({ kind: "broken", reason });
    const taken = await page.evaluate(async () => {
      let messages = 0;
      while ((await holdfastWorld.connection.receive()) !== null) messages += 1;
      return messages;
    });
    expect(taken).toBe(count - 2);
  });

  test("ends at a text message, and at one that is too large", async () => {
    const writer = await connectToStranger();
    const heard = once(writer, "close");
    writer.send("hello");
    const reason = "a text message was received";
    expect(await closed()).toEqual({ kind: "broken", reason });
    const [code, said] = await heard;
    expect([code, said.toString()]).toEqual([4000, reason]);

    const shouter = await connectToStranger();
    shouter.send(new Uint8Array(messageSizeBytesMax + 1));
    expect(await closed()).toEqual({ kind: "broken", reason: "a message over 1 MiB was received" });
  });

  test.each([
    ["a close without a code", undefined, "", "normal", "the connection closed with code 1005"],
    ["a server that goes", 1001, "", "normal", "the connection closed with code 1001"],
    ["another code", 4001, "upset", "broken", "upset"],
  ] as const)("reads %s", async (_name, code, said, kind, reason) => {
    const there = await connectToStranger();
    there.close(code, said);
    expect(await closed()).toEqual({ kind, reason });
  });

  test("a line that is cut is broken", async () => {
    const there = await connectToStranger();
    there.terminate();
    const reason = "the connection closed with code 1006";
    expect(await closed()).toEqual({ kind: "broken", reason });
  });

  test("a close that nobody answers is one all the same", async () => {
    await takeTime();
    const there = await connectToStranger();
    there.pause();
    await page.evaluate(() => holdfastWorld.connection.close("enough"));
    await page.clock.fastForward(5_000);
    expect(await closed()).toEqual({ kind: "normal", reason: "enough" });
  });

  test("a page that is left closes on purpose", async () => {
    const there = await connect();
    await page.goto("about:blank");
    expect(await there.closed).toMatchObject({ kind: "normal" });
  });
});

describe("a page that connects", () => {
  const failure = (address: string) =>
    page.evaluate((to) => holdfastWorld.failure(holdfastWorld.network.connect(to)), address);

  test("is told when nobody answers, or the address makes no sense", async () => {
    expect((await failure("ws://127.0.0.1:1/sync"))?.code).toBe("unavailable");
    expect((await failure(`${listener.address}/elsewhere`))?.code).toBe("unavailable");
    for (const address of ["", "ws://", "http://127.0.0.1:1/", "ws://h/#fragment"]) {
      expect((await failure(address))?.code).toBe("invalid_argument");
    }
  });

  test("may give up before and while it waits, and does so by itself after 10 s", async () => {
    const mute = createServer((socket) => socket.on("error", () => undefined));
    mute.listen(0, "127.0.0.1");
    cleanUps.push(() => mute.close());
    await once(mute, "listening");
    const address = `ws://127.0.0.1:${(mute.address() as AddressInfo).port}/sync`;
    await takeTime();
    const given = await page.evaluate(async (to) => {
      const { network, failure } = holdfastWorld;
      const before = await failure(network.connect(to, AbortSignal.abort()));
      const controller = new AbortController();
      const waiting = failure(network.connect(to, controller.signal));
      controller.abort();
      return [before?.code, (await waiting)?.code];
    }, address);
    expect(given).toEqual(["cancelled", "cancelled"]);

    const asked = once(mute, "connection");
    const late = failure(address);
    await asked;
    await page.clock.fastForward(10_000);
    expect(await late).toEqual({
      code: "unavailable",
      message: `connect to ${address}: no answer within 10000 ms`,
    });
  });

  test("can't listen", async () => {
    const code = await page.evaluate(async (address) => {
      const { network, failure } = holdfastWorld;
      return (await failure(network.listen(address)))?.code;
    }, listener.address);
    expect(code).toBe("invalid_argument");
  });
});

describe("a page's clock and chance", () => {
  test("a timer fires once it is due, or never when it was cancelled", async () => {
    const fired = await page.evaluate(async () => {
      const { clock, failure } = holdfastWorld;
      const calls: string[] = [];
      clock.timer(5, () => calls.push("due"));
      clock.timer(0x1_0000_0000, () => calls.push("in fifty days"));
      clock.timer(5, () => calls.push("cancelled")).cancel();
      const startMs = clock.now();
      await clock.sleep(30);
      const controller = new AbortController();
      const sleeping = failure(clock.sleep(60_000, controller.signal));
      controller.abort();
      const code = (await sleeping)?.code;
      return { calls, code, sleptEnough: clock.now() - startMs >= 30 };
    });
    expect(fired).toEqual({ calls: ["due"], code: "cancelled", sleptEnough: true });
  });

  test("chance is fresh, whole, and in its bounds", async () => {
    const drawn = await page.evaluate(() => {
      const { random } = holdfastWorld.world;
      const long = random.bytes(200_000);
      const numbers = Array.from({ length: 1_000 }, () => random.next());
      return {
        length: long.length,
        tail: [...long.subarray(-64)],
        distinct: new Set(numbers).size,
        inside: numbers.every((number) => number >= 0 && number < 1),
      };
    });
    expect(drawn).toMatchObject({ length: 200_000, distinct: 1_000, inside: true });
    expect(new Set(drawn.tail).size).toBeGreaterThan(8);
  });
});
