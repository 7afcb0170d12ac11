// Tabs for tests: pages of a real browser that have a database open.

import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { chromiumPath } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import type {} from "./page.ts";

/** Serves the page of these tests to a file of tests. */
export function usePages(): { readonly url: string; readonly port: string } {
  let server: PageServer | null = null;
  beforeAll(async () => {
    if (chromiumPath !== undefined)
      server = await serveModule(join(import.meta.dirname, "page.ts"));
  });
  afterAll(() => server?.close());
  return {
    get url() {
      return server!.url;
    },
    get port() {
      return new URL(server!.url).port;
    },
  };
}

/** A tab at `url`, with nothing open. */
export async function emptyTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** Has time pass twenty times as fast in the pages that `page` loads from now on. */
export async function hasten(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const [setTimeoutOfPage, now] = [setTimeout, performance.now.bind(performance)];
    performance.now = () => now() * 20;
    globalThis.setTimeout = ((act: () => void, delayMs = 0) =>
      setTimeoutOfPage(act, delayMs / 20)) as typeof setTimeout;
  });
}

/** Opens the database `notes` and its document `notes` in `page`; the agent. */
export function start(page: Page, syncUrl?: string): Promise<string> {
  return page.evaluate((address) => holdfast.start("notes", address), syncUrl);
}

/** A tab that has the database `notes` open. */
export async function tab(context: BrowserContext, url: string, syncUrl?: string): Promise<Page> {
  const page = await emptyTab(context, url);
  await start(page, syncUrl);
  return page;
}

/** Types at the end of the text; resolves when that is *local*. */
export function type(page: Page, words: string): Promise<void> {
  return page.evaluate((text) => holdfast.type(text), words);
}

/** The text, now. */
export function textOf(page: Page): Promise<string> {
  return page.evaluate(() => holdfast.text());
}

/** Resolves when the text is `text`. */
export function reads(page: Page, text: string): Promise<void> {
  return page.evaluate((wanted) => holdfast.until(() => holdfast.text() === wanted), text);
}

/** Resolves when all that was written is *saved*. */
export function saved(page: Page): Promise<void> {
  return page.evaluate(() => holdfast.until(() => holdfast.handle.status().state === "saved"));
}

/** Who writes in the tab. */
export function agentOf(page: Page): Promise<string> {
  return page.evaluate(() => holdfast.db.agent);
}

/** What the storage says is wrong. */
export function problemOf(page: Page): Promise<{ code: string; message: string } | null> {
  return page.evaluate(() => {
    const { problem } = holdfast.db.storage;
    return problem === null ? null : { code: problem.code, message: problem.message };
  });
}

/** Resolves when the storage's problem has the code `code`; null for none. */
export function waitForProblem(page: Page, code: string | null): Promise<void> {
  return page.evaluate(
    (wanted) => holdfast.until(() => (holdfast.db.storage.problem?.code ?? null) === wanted),
    code,
  );
}

/** Closes `page`; resolves when `witness` sees that its agent is free. */
export async function leave(page: Page, witness: Page): Promise<void> {
  const agent = await agentOf(page);
  await page.close();
  await witness.evaluate(async (left) => {
    while ((await holdfast.present()).includes(left)) await holdfast.clock.sleep(10);
  }, agent);
}

/** Ends a tab as a crash of its process does. */
export async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent("crash");
  await page.goto("chrome://crash").catch(() => undefined);
  await crashed;
  await page.close();
}
