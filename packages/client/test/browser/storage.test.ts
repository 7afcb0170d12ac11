// What becomes of a copy when the browser has no room, loses it, or another release wants it.

import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import {
  agentOf,
  emptyTab,
  leave,
  problemOf,
  reads,
  start,
  tab,
  textOf,
  type,
  usePages,
  waitForProblem,
} from "./tabs.ts";

const chromium = useChromium();
const pages = usePages();

/** A way to set how much the site may keep, in bytes; null for what the browser thinks right. */
async function quotaOf(page: Page): Promise<(quotaBytes: number | null) => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  const origin = pages.url.slice(0, -1);
  return async (quotaBytes) => {
    const size = quotaBytes === null ? {} : { quotaSize: quotaBytes };
    await session.send("Storage.overrideQuotaForOrigin", { origin, ...size });
  };
}

/** Removes the site's IndexedDB, as the browser does when it needs room. */
async function evict(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const origin = pages.url.slice(0, -1);
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
  await page.close();
}

describe("a copy without room", () => {
  test("says so, keeps the edit in memory, and keeps it here once there is room", async () => {
    const context = await chromium.context();
    const page = await emptyTab(context, pages.url);
    // Before the first write: the browser remembers for a while how much room there is.
    const setQuota = await quotaOf(page);
    await setQuota(200_000);
    await start(page);
    await type(page, "before");
    const full = await page.evaluate(async () => {
      const text = holdfast.handle.doc.text("body");
      const write = holdfast.handle.change(() => text.insert(text.length, "x".repeat(500_000)));
      const failure = await holdfast.failure(write.local);
      const { state, problem } = holdfast.handle.status();
      return { code: failure?.code, state, problem: problem?.code, length: text.length };
    });
    expect(full).toEqual({
      code: "disk_full",
      state: "pending",
      problem: "disk_full",
      length: 500_006,
    });
    expect(await problemOf(page)).toEqual({
      code: "disk_full",
      message:
        "the browser gives this site no more room; free some on the device, or in its settings",
    });
    await setQuota(null);
    await waitForProblem(page, null);
    await page.evaluate(() => holdfast.until(() => holdfast.handle.status().state === "local"));
    await page.reload();
    await start(page);
    expect(await textOf(page)).toBe(`before${"x".repeat(500_000)}`);
  });

  test("shows how much it holds, and how much it may", async () => {
    const page = await tab(await chromium.context(), pages.url);
    const shown = await page.evaluate(async () => {
      const { storage } = holdfast.db;
      const answer = await storage.persist();
      const { usageBytes, quotaBytes, persistent } = storage;
      return { usageBytes, quotaBytes, same: answer === persistent };
    });
    expect(shown.usageBytes).toBeGreaterThan(0);
    expect(shown.quotaBytes).toBeGreaterThan(1_000_000);
    expect(shown.same).toBe(true);
  });
});

describe("a copy that the browser removed", () => {
  test("while it was closed: the next opening says that it is gone", async () => {
    const context = await chromium.context();
    const page = await tab(context, pages.url);
    expect(await problemOf(page)).toBeNull();
    const witness = await emptyTab(context, pages.url);
    const agent = await agentOf(page);
    await type(page, "soon gone");
    await leave(page, witness);
    await evict(context);
    const next = await tab(context, pages.url);
    expect(await textOf(next)).toBe("");
    expect(await agentOf(next)).not.toBe(agent);
    expect(await problemOf(next)).toEqual({
      code: "not_found",
      message:
        "what had been kept on this device is gone: the browser removed it, or somebody did in its settings; what a server has comes back",
    });
    await next.reload();
    await start(next);
    expect(await problemOf(next)).toBeNull();
  });

  test("while it was open: the page says so, and keeps what is open again", async () => {
    const context = await chromium.context();
    const left = await tab(context, pages.url);
    const right = await tab(context, pages.url);
    const agents = [await agentOf(left), await agentOf(right)];
    await type(left, "kept, ");
    await reads(right, "kept, ");
    await evict(context);
    await waitForProblem(left, "not_found");
    await waitForProblem(right, "not_found");
    await type(left, "and kept again");
    await reads(right, "kept, and kept again");
    await type(right, " by both");
    await reads(left, "kept, and kept again by both");
    await left.close();
    await right.close();
    const next = await tab(context, pages.url);
    expect(await textOf(next)).toBe("kept, and kept again by both");
    expect(agents).not.toContain(await agentOf(next));
  });

  test("by another page, as a database that is deleted", async () => {
    const context = await chromium.context();
    const page = await tab(context, pages.url);
    await type(page, "still here");
    const other = await emptyTab(context, pages.url);
    await other.evaluate(() => holdfast.remove("notes"));
    await waitForProblem(page, "not_found");
    await type(page, ", and kept");
    await page.reload();
    await start(page);
    expect(await textOf(page)).toBe("still here, and kept");
  });
});

describe("another release", () => {
  const openNewer = (page: Page) =>
    page.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const request = indexedDB.open("holdfast:notes", 3);
          request.onsuccess = () => {
            request.result.close();
            resolve();
          };
          request.onerror = reject;
        }),
    );

  test("that is newer gets the copy, and the older tab says that it must be reloaded", async () => {
    const context = await chromium.context();
    const older = await tab(context, pages.url);
    await type(older, "mine");
    const newer = await emptyTab(context, pages.url);
    await openNewer(newer);
    await waitForProblem(older, "unsupported_version");
    const failure = await older.evaluate(() => holdfast.failure(holdfast.type(", more")));
    expect(failure).toEqual({
      code: "unsupported_version",
      message: "a newer release of this page is open in another tab: reload this one to go on",
    });
    expect(await textOf(older)).toBe("mine, more");
  });

  test("that is older is refused, in words", async () => {
    const page = await emptyTab(await chromium.context(), pages.url);
    await openNewer(page);
    const failure = await page.evaluate(() => holdfast.failure(holdfast.open({ name: "notes" })));
    expect(failure).toEqual({
      code: "unsupported_version",
      message: "this page is older than what it keeps here: reload it to get the present release",
    });
  });
});
