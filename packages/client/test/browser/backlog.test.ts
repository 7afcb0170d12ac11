// What one visit to a page left unsaved, a later one sends, whatever document it opens: in a
// real browser, with a real server.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartedServer, startServer } from "@holdfast/server/node";
import type { BrowserContext, Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { saved, start, tab, type, usePages } from "./tabs.ts";

const chromium = useChromium();
const pages = usePages();
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-backlog-"));
  cleanUps.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function startedServer(dataFolder: string, port = 0): Promise<StartedServer> {
  const server = await startServer({ dataFolder, port, logger: null });
  cleanUps.push(() => server.close());
  return server;
}

const left = Array.from({ length: 12 }, (_, index) => `page ${String(index).padStart(2, "0")}`);

/** A visit without a server, which leaves each of `left` with its own name in it. */
async function visit(context: BrowserContext): Promise<void> {
  const page = await tab(context, pages.url);
  for (const name of left) {
    await page.evaluate((document) => holdfast.leave(document, document), name);
  }
  expect(await page.evaluate(() => holdfast.db.unsaved())).toEqual(left);
  await page.close();
}

const unsaved = (page: Page, ...documents: string[]): Promise<void> =>
  page.evaluate((names) => holdfast.unsaved(...names), documents);

/** Resolves when another person reads each of `left`. */
async function arrives(syncUrl: string): Promise<void> {
  const reader = await tab(await chromium.context(), pages.url, syncUrl);
  for (const name of left) {
    await reader.evaluate((document) => holdfast.reads(document, document), name);
  }
}

test("a page that opens another document sends it", async () => {
  const context = await chromium.context();
  await visit(context);
  const { syncUrl } = await startedServer(await temporaryFolder());
  const page = await tab(context, pages.url, syncUrl);
  await unsaved(page);
  await arrives(syncUrl);
  // It is known as saved to the next visit, without a server.
  await page.reload();
  await start(page);
  expect(await page.evaluate(() => holdfast.db.unsaved())).toEqual([]);
});

test("a server that dies in the middle gets the rest when it is back", async () => {
  const context = await chromium.context();
  await visit(context);
  const folder = await temporaryFolder();
  const first = await startedServer(folder);
  const { syncUrl } = first;
  const page = await tab(context, pages.url);
  const sent = page.evaluate(
    (url) =>
      new Promise<string[]>((resolve) => {
        void holdfast.db.close().then(async () => {
          await holdfast.start("notes", url);
          const stop = holdfast.db.subscribe(async () => {
            stop();
            resolve([...(await holdfast.db.unsaved())]);
          });
        });
      }),
    syncUrl,
  );
  expect((await sent).length).toBeLessThan(left.length);
  await first.close();
  await page.evaluate(() => holdfast.until(() => holdfast.db.connection.state !== "online"));
  await startedServer(folder, Number(new URL(syncUrl).port));
  await unsaved(page);
  await arrives(syncUrl);
});

test("of two tabs one sends, both know, and the other goes on when it is gone", async () => {
  const context = await chromium.context();
  await visit(context);
  const folder = await temporaryFolder();
  const port = await unusedPort(folder);
  const url = `ws://127.0.0.1:${port}/sync`;
  const leader = await tab(context, pages.url, url);
  const follower = await tab(context, pages.url, url);
  await type(follower, "of its own");
  for (const page of [leader, follower]) await unsaved(page, "notes", ...left);
  const server = await startedServer(folder, port);
  await leader.close();
  await unsaved(follower);
  await saved(follower);
  expect(server.status().connections).toBe(1);
  const third = await tab(context, pages.url, url);
  await third.evaluate(() => holdfast.leave("another", "another"));
  for (const page of [third, follower]) await unsaved(page);
  await arrives(server.syncUrl);
});

/** A port on which a server listened a moment ago. */
async function unusedPort(folder: string): Promise<number> {
  const server = await startedServer(folder);
  const { port } = new URL(server.syncUrl);
  await server.close();
  return Number(port);
}
