// What every persistence promises, tried on IndexedDB in a real browser; and what only
// IndexedDB has to show.

import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeEach, describe, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import { persistenceCases } from "../persistence_cases.ts";
import type {} from "./page.ts";

const chromium = useChromium();
let server: PageServer | null = null;
let page: Page;

// One page for all: each case has a copy of its own.
beforeEach(async () => {
  if (server !== null) return;
  server = await serveModule(join(import.meta.dirname, "page.ts"));
  page = await (await chromium.browser()).newPage();
  await page.goto(server.url);
});
afterAll(() => server?.close());

describe("persistence: IndexedDB", () => {
  test.each(persistenceCases.map(({ name }) => name))("%s", async (name) => {
    await page.evaluate(async (wanted) => {
      const index = holdfast.persistenceCases.findIndex((each) => each.name === wanted);
      await holdfast.persistenceCases[index]!.run(() => holdfast.openCopy(`case${index}`));
    }, name);
  });
});
