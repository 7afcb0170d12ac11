// Databases in pages of a real browser, with a real server.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartedServer, startServer } from "@holdfast/server/node";
import type { BrowserContext, Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import {
  agentOf,
  emptyTab,
  problemOf,
  reads,
  saved,
  start,
  tab,
  type,
  usePages,
  waitForProblem,
} from "./tabs.ts";

const chromium = useChromium();
const pages = usePages();
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startedServer(port = 0, dataFolder?: string): Promise<StartedServer> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), "holdfast-browser-")));
  if (dataFolder === undefined) cleanUps.push(() => rm(folder, { recursive: true }));
  const server = await startServer({ dataFolder: folder, port, logger: null });
  cleanUps.push(() => server.close());
  return server;
}

/** A tab that has the database open, and in which no timer fires any more. */
async function timelessTab(context: BrowserContext, syncUrl?: string): Promise<Page> {
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(pages.url);
  await page.clock.pauseAt(Date.now() + 3_600_000);
  await start(page, syncUrl);
  return page;
}

describe("two people", () => {
  test("see each other's edits, through a real server", async () => {
    const { syncUrl } = await startedServer();
    const anna = await tab(await chromium.context(), pages.url, syncUrl);
    const ben = await tab(await chromium.context(), pages.url, syncUrl);
    await type(anna, "from anna, ");
    await reads(ben, "from anna, ");
    await type(ben, "from ben");
    await reads(anna, "from anna, from ben");
    await saved(anna);
    await saved(ben);
  });
});

describe("two tabs of one browser", () => {
  test("see each other's edits at once, without a server, and after a reload", async () => {
    const context = await chromium.context();
    // No timer fires here: they hear of each other, or they read nothing.
    const [left, right] = [await timelessTab(context), await timelessTab(context)];
    const shows = (page: Page, text: string) =>
      page.waitForFunction((wanted) => holdfast.text() === wanted, text);
    await type(left, "left, ");
    await shows(right, "left, ");
    await type(right, "right");
    await shows(left, "left, right");
    await left.reload();
    await start(left);
    await shows(left, "left, right");
    await type(left, ", again");
    await shows(right, "left, right, again");
  });

  test("share one connection, and the other one goes on when its holder is gone", async () => {
    const server = await startedServer();
    const context = await chromium.context();
    const left = await tab(context, pages.url, server.syncUrl);
    const right = await tab(context, pages.url, server.syncUrl);
    await type(left, "left, ");
    await reads(right, "left, ");
    await type(right, "right, ");
    await saved(left);
    await saved(right);
    expect(server.status().connections).toBe(1);
    await left.close();
    await type(right, "alone");
    await saved(right);
    const reader = await tab(await chromium.context(), pages.url, server.syncUrl);
    await reads(reader, "left, right, alone");
  });

  test("the other one connects, too, when its holder can keep nothing any more", async () => {
    const server = await startedServer();
    const context = await chromium.context();
    const left = await tab(context, pages.url, server.syncUrl);
    const right = await tab(context, pages.url, server.syncUrl);
    await type(left, "left, ");
    await reads(right, "left, ");
    await saved(left);
    await right.evaluate(
      (name) =>
        new Promise<void>((resolve) => {
          void navigator.locks.request(name, { steal: true }, () => {
            resolve();
            return new Promise(() => undefined);
          });
        }),
      `holdfast:notes:agent:${await agentOf(left)}`,
    );
    await waitForProblem(left, "locked");
    await type(right, "right");
    await saved(right);
    expect(server.status().connections).toBe(1);
    const reader = await tab(await chromium.context(), pages.url, server.syncUrl);
    await reads(reader, "left, right");
  });

  test("know who is there", async () => {
    const context = await chromium.context();
    const left = await tab(context, pages.url);
    const right = await tab(context, pages.url);
    const [one, two] = [await agentOf(left), await agentOf(right)];
    const present = () => left.evaluate(() => holdfast.present());
    expect(await present()).toEqual([one, two].sort());
    await right.close();
    await expect.poll(present).toEqual([one]);
  });
});

describe("a page whose server is away", () => {
  test.each([
    ["the network is back", "online"],
    ["somebody looks at it", "visible"],
  ])("connects at once when %s", async (_name, how) => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-browser-"));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const first = await startedServer(0, folder);
    const { syncUrl } = first;
    await first.close();
    const context = await chromium.context();
    // Nothing but the event can bring it back.
    const page = await timelessTab(context, syncUrl);
    await type(page, "while it was away");
    await page.waitForFunction(() => holdfast.db.connection.retryAtMs !== null);
    await startedServer(Number(new URL(syncUrl).port), folder);
    expect(await page.evaluate(() => holdfast.db.connection.state)).toBe("offline");
    if (how === "online") {
      await context.setOffline(true);
      await context.setOffline(false);
    } else await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForFunction(() => holdfast.handle.status().state === "saved");
  });
});

describe("a page where the browser keeps nothing", () => {
  test("works in memory, and says why and what to do", async () => {
    const context = await chromium.context();
    const url = `http://page.holdfast.test:${pages.port}/`;
    const page = await tab(context, url);
    await type(page, "kept by nobody");
    expect(await problemOf(page)).toEqual({
      code: "unavailable",
      message:
        "nothing is kept on this device, and what no server has saved is lost when the page is closed: browsers keep nothing for a page whose address is not safe; open it with https:, or as localhost",
    });
    expect(await page.evaluate(() => holdfast.db.storage.persist())).toBe(false);
    expect(await page.evaluate(() => holdfast.db.storage.quotaBytes)).toBeNull();
    const other = await tab(context, url);
    expect(await agentOf(other)).not.toBe(await agentOf(page));
  });

  test("a name that can't be one is refused", async () => {
    const page = await emptyTab(await chromium.context(), pages.url);
    const failure = await page.evaluate(() => holdfast.failure(holdfast.open({ name: "a/b" })));
    expect(failure).toEqual({
      code: "invalid_argument",
      message: "not a name for a database: a/b",
    });
  });
});
