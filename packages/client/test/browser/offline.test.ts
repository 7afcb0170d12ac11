// A page whose device has lost the network, while its connection still seems to stand.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, connect as dial, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@holdfast/server/node";
import { expect, onTestFinished, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { start, type, usePages } from "./tabs.ts";

const chromium = useChromium();
const pages = usePages();

/** A wire that can be cut without either end's being told. */
interface Wire {
  readonly port: number;
  /** Bytes that went in at either end after the cut. */
  readonly lostBytes: number;
  cut(): void;
}

/** A wire to `port`. */
async function wire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let lostBytes = 0;
  const server = createServer((near) => {
    const far = dial(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => {
        if (isCut) lostBytes += bytes.length;
        else to.write(bytes);
      });
      from.on("error", () => undefined);
      from.on("close", () => !isCut && to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port: own } = server.address() as { readonly port: number };
  return {
    port: own,
    get lostBytes() {
      return lostBytes;
    },
    cut: () => {
      isCut = true;
    },
  };
}

test("asks the server at once, and is told so in seconds", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "holdfast-browser-"));
  const server = await startServer({ dataFolder, port: 0, logger: null });
  onTestFinished(async () => {
    await server.close();
    await rm(dataFolder, { recursive: true });
  });
  const line = await wire(Number(new URL(server.syncUrl).port));
  const context = await chromium.context();
  const page = await context.newPage();
  // From here on, no timer fires unless it is told to.
  await page.clock.install();
  await page.goto(pages.url);
  await page.clock.pauseAt(Date.now() + 3_600_000);
  await start(page, `ws://127.0.0.1:${line.port}/sync`);
  await type(page, "while the network was there");
  await page.waitForFunction(() => holdfast.handle.status().state === "saved");
  const left = page.evaluate(
    () =>
      new Promise((resolve) => {
        const { connection } = holdfast.db;
        connection.subscribe(() => resolve(holdfast.db.connection.reason?.message));
      }),
  );
  line.cut();
  // What a browser says. (The driver's own way to be offline swallows what the page sends.)
  await page.evaluate(() => dispatchEvent(new Event("offline")));
  await expect.poll(() => line.lostBytes, { timeout: 10_000 }).toBeGreaterThan(0);
  await page.clock.runFor(10_000);
  expect(await left).toBe("the server is silent");
});
