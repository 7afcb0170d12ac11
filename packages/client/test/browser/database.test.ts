// Databases in pages of a real browser, with a real server.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartedServer, startServer } from "@holdfast/server/node";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import type {} from "./page.ts";

const chromium = useChromium();
let pages: PageServer | null = null;
let folder: string;
let server: StartedServer;

beforeEach(async () => {
  pages ??= await serveModule(join(import.meta.dirname, "page.ts"));
  folder = await mkdtemp(join(tmpdir(), "holdfast-browser-"));
  server = await startServer({ dataFolder: folder, port: 0, logger: null });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
afterAll(() => pages?.close());

/** A tab that has the database `notes` open. */
async function tab(context: BrowserContext, url?: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(pages!.url);
  await page.evaluate((address) => holdfast.start("notes", address), url);
  return page;
}

const type = (page: Page, words: string) => page.evaluate((text) => holdfast.type(text), words);
const textOf = (page: Page) => page.evaluate(() => holdfast.text());
const reads = (page: Page, text: string) =>
  page.evaluate((wanted) => holdfast.until(() => holdfast.text() === wanted), text);

describe("two people", () => {
  test("see each other's edits, through a real server", async () => {
    const anna = await tab(await chromium.context(), server.syncUrl);
    const ben = await tab(await chromium.context(), server.syncUrl);
    await type(anna, "from anna, ");
    await reads(ben, "from anna, ");
    await type(ben, "from ben");
    await reads(anna, "from anna, from ben");
    expect(await textOf(anna)).toBe(await textOf(ben));
  });
});
