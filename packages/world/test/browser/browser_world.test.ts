// The World of a page, in a real one, against a real listener in Node.

import { join } from "node:path";
import { type Connection, type Listener, messageSizeBytesMax } from "@holdfast/world";
import { listenWebSocket } from "@holdfast/world/node";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import type {} from "./page.ts";

const chromium = useChromium();
let server: PageServer | null = null;
let page: Page;
let listener: Listener;

beforeEach(async () => {
  server ??= await serveModule(join(import.meta.dirname, "page.ts"));
  page = await (await chromium.context()).newPage();
  await page.goto(server.url);
  listener = listenWebSocket({ server: server.server, path: "/sync" });
});
afterEach(() => listener?.close());
afterAll(() => server?.close());

/** Connects the page; gives the other end. */
async function connect(): Promise<Connection> {
  await page.evaluate(async (address) => {
    holdfastWorld.connection = await holdfastWorld.network.connect(address);
  }, listener.address);
  return (await listener.accept())!;
}

describe("a page's network", () => {
  test("carries messages of every size in order, both ways", async () => {
    const there = await connect();
    const sizes = [0, 1, 125, 126, 65_535, 65_536, messageSizeBytesMax, 0, 3];
    for (const [index, size] of sizes.entries()) there.send(new Uint8Array(size).fill(index));
    const echoed = await page.evaluate(async (count) => {
      for (let index = 0; index < count; index += 1) {
        const message = await holdfastWorld.connection.receive();
        holdfastWorld.connection.send(message!);
      }
      return Object.prototype.toString.call(holdfastWorld.connection);
    }, sizes.length);
    expect(echoed).toBe("[object Object]");
    for (const [index, size] of sizes.entries()) {
      const message = await there.receive();
      expect(message).toHaveLength(size);
      expect(message!.every((byte) => byte === index)).toBe(true);
    }
  });
});
