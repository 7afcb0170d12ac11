// Tabs that the device puts to sleep while they hold the connection.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@holdfast/server/node";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { hasten, reads, saved, start, tab, type, usePages } from "./tabs.ts";

const chromium = useChromium();
const pages = usePages();

async function startedServer() {
  const dataFolder = await mkdtemp(join(tmpdir(), "holdfast-browser-"));
  const server = await startServer({ dataFolder, port: 0, logger: null });
  onTestFinished(async () => {
    await server.close();
    await rm(dataFolder, { recursive: true });
  });
  return server;
}

const connectionOf = (page: Page): Promise<string> =>
  page.evaluate(() => holdfast.db.connection.state);

test("a page that is frozen leaves the connection to another, and takes part again", async () => {
  const server = await startedServer();
  const context = await chromium.context();
  const left = await tab(context, pages.url, server.syncUrl);
  const right = await tab(context, pages.url, server.syncUrl);
  await type(left, "left, ");
  await reads(right, "left, ");
  await saved(left);
  const session = await context.newCDPSession(left);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await type(right, "right");
  await saved(right);
  const reader = await tab(await chromium.context(), pages.url, server.syncUrl);
  await reads(reader, "left, right");
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await reads(left, "left, right");
  await type(left, ", again");
  await reads(reader, "left, right, again");
  expect(server.status().connections).toBe(2);
});

test("a page that stands still without a word loses the connection, and finds its way back", async () => {
  const server = await startedServer();
  const context = await chromium.context();
  const left = await tab(context, pages.url, server.syncUrl);
  await type(left, "left, ");
  await saved(left);
  const right = await context.newPage();
  await hasten(right);
  await right.goto(pages.url);
  await start(right, server.syncUrl);
  await reads(right, "left, ");
  const session = await context.newCDPSession(left);
  await session.send("Debugger.enable");
  await session.send("Debugger.pause");
  await type(right, "right");
  // It calls, and calls again, and then helps itself.
  await saved(right);
  const reader = await tab(await chromium.context(), pages.url, server.syncUrl);
  await reads(reader, "left, right");
  await session.send("Debugger.disable");
  await reads(left, "left, right");
  await expect.poll(() => connectionOf(left)).toBe("online");
  await type(left, ", again");
  await reads(reader, "left, right, again");
  await expect.poll(() => server.status().connections).toBe(2);
});
