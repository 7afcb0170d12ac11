// What everybody can see and use: axe finds nothing serious, and nothing is wider than a phone.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { Reader } from "./reader.ts";
import { WorkspaceServer } from "./workspace_server.ts";

const chromium = useChromium();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let server: WorkspaceServer;

beforeAll(async () => {
  server = await new WorkspaceServer().start();
}, 120_000);

afterAll(() => server.remove());

/** What axe finds on the page as it stands, of all weights but the slight. */
async function findings(page: Page): Promise<string[]> {
  // Colours on their way from one to another are nobody's. A blinking cursor never ends.
  await page.evaluate(() => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    return Promise.allSettled(ending.map(({ finished }) => finished));
  });
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: {
            id: string;
            impact: string;
            nodes: { html: string; failureSummary: string }[];
          }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact !== "minor")
      .flatMap(({ id, nodes }) =>
        nodes.map(
          ({ html, failureSummary }) =>
            `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 300)}`,
        ),
      );
  });
}

/** Goes through all that there is to see, and looks at each with `look`. */
async function walk(reader: Reader, look: (what: string) => Promise<void>): Promise<void> {
  const { page } = reader;
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  await look("beginning");
  await reader.createPage("A page with a rather long title, so that it has to be broken");
  await reader.write("# Heading\nSome *text* with **weight** and `code`.\n> said\n- item\n");
  await page.keyboard.insertText("averylongwordwithoutanyplacetobreak".repeat(6));
  await reader.stands(/^Saved$/);
  await look("page");
  await press("More");
  await look("menu");
  await page.keyboard.press("Escape");
  await page.locator(".standing .opener").click();
  await look("standing");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await look("palette");
  await page.keyboard.press("Escape");
  await page.locator("main").focus();
  await page.keyboard.press("?");
  await look("shortcuts");
  await page.keyboard.press("Escape");
  await press("History");
  await page.getByRole("slider").press("Home");
  await page.locator(".past-text ins").first().waitFor();
  await look("history");
  await press("Back to now");
  await press("More");
  await page.getByRole("menuitem", { name: "Delete page" }).click();
  await look("deleted");
  await page.goto(`${server.url}p/0123456789abcdefghijkl`);
  await page.getByRole("heading", { name: "No such page" }).waitFor();
  await look("no such page");
}

describe("for everybody", { timeout: 240_000 }, () => {
  test("axe finds nothing serious, in light colours nor in dark ones", async () => {
    const reader = await Reader.open(await chromium.context(), server.url);
    const found: string[] = [];
    const look = async (what: string): Promise<void> => {
      for (const colorScheme of ["light", "dark"] as const) {
        await reader.page.emulateMedia({ colorScheme });
        for (const finding of await findings(reader.page))
          found.push(`${what}, ${colorScheme}: ${finding}`);
      }
    };
    await walk(reader, look);
    await reader.page.locator(".me .opener").click();
    await look("oneself");
    expect(found).toEqual([]);
    expect(reader.problems).toEqual([]);
  });

  test("nothing is wider than a phone", async () => {
    const context = await chromium.context({
      viewport: { width: 360, height: 700 },
      hasTouch: true,
      isMobile: true,
    });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByRole("button", { name: "Open the list" }).click();
    const reader = new Reader(page);
    const wide: string[] = [];
    const look = async (what: string): Promise<void> => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 360) wide.push(`${what}: ${width}`);
    };
    await look("drawer");
    await walk(reader, look);
    expect(wide).toEqual([]);
  });

  test("the theme is chosen, kept, and there before the first paint", async () => {
    const reader = await Reader.open(await chromium.context({ colorScheme: "light" }), server.url);
    const ground = () =>
      reader.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await reader.page.getByRole("button", { name: /^Colours/ }).click();
    await reader.page.getByRole("button", { name: "Colours: light" }).click();
    await reader.page.getByRole("button", { name: "Colours: dark" }).waitFor();
    expect(await ground()).not.toBe(light);
    await reader.page.reload({ waitUntil: "commit" });
    await reader.page.waitForFunction(
      () => document.documentElement !== null && document.body !== null,
    );
    expect(await ground()).not.toBe(light);
  });
});
