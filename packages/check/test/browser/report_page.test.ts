// Pages of reports in a real browser, opened from a disk: that the timeline is drawn, zooms
// and tells, that texts of a history stay texts, and that nothing is asked of the network.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  checkLinearizability,
  explainIsolation,
  explainLinearizability,
  type History,
  judgeLists,
  type RegisterInput,
  type RegisterOutput,
  type Report,
  register,
  reportPage,
} from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { snapshotStore } from "../isolation/stores.ts";
import { hostile, hostileReport } from "../report/reports.ts";

const chromium = useChromium();
let folder: string;
/** What a page said, asked for, or failed at, since the last test. */
let problems: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-report-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  expect(problems).toEqual([]);
});

/** Opens the page of a report, from a file. */
async function open(report: Report, context: BrowserContextOptions = {}): Promise<Page> {
  problems = [];
  const path = join(folder, "report.html");
  await writeFile(path, reportPage(report));
  const viewport = { width: 1_280, height: 900 };
  const page = await (await chromium.context({ viewport, ...context })).newPage();
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    const isOwn = request.url() === pathToFileURL(path).href || request.url() === "data:,";
    if (!isOwn) problems.push(request.url());
  });
  await page.goto(pathToFileURL(path).href);
  await page.locator(".ready #timeline .bar").first().waitFor();
  return page;
}

/** A register that forgets a write, after `before` others. */
function forgetful(before: number): Report {
  const calls: readonly (readonly [string, RegisterInput, RegisterOutput])[] = [
    ...Array.from(
      { length: before },
      (_, at) => [`p${at % 4}`, { f: "write", value: -at - 1 }, undefined] as const,
    ),
    ["ann", { f: "write", value: 41 }, undefined],
    ["bob", { f: "write", value: 42 }, undefined],
    ["cy", { f: "read" }, 41],
  ];
  const history: History<RegisterInput, RegisterOutput> = calls.map(
    ([process, input, output], place) => ({
      ...{ process, input, output, outcome: "ok" as const },
      ...{ invokedAt: 10 * place, completedAt: 10 * place + 5 },
    }),
  );
  const faults = [{ name: "the disk is full", beginsAt: 10 * before + 4, endsAt: Infinity }];
  const verdict = checkLinearizability(history, register());
  return explainLinearizability(history, register(), verdict, { faults });
}

function skewed(): Report {
  const size = { transactions: 300, processes: 5, keys: 5 };
  const history = snapshotStore(new SeededRandom(3), size, false);
  return explainIsolation(history, judgeLists(history, { models: ["serializable"] }));
}

/** Places of the bars that are drawn, from left to right. */
async function barsOf(page: Page): Promise<number[]> {
  const bars = page.locator("#timeline .bar");
  return await bars.evaluateAll((all) =>
    all
      .map((bar) => ({
        left: bar.getBoundingClientRect().left,
        at: bar.getAttribute("data-place"),
      }))
      .sort((a, b) => a.left - b.left)
      .map(({ at }) => Number(at)),
  );
}

/** How wide the bar of an operation is drawn. */
async function widthOf(page: Page, place: number): Promise<number> {
  const body = page.locator(`#timeline .bar[data-place="${place}"] .body`);
  return await body.evaluate((shape) => shape.getBoundingClientRect().width);
}

const settled = (page: Page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  });

describe("a violation of linearizability", () => {
  test("shows what contradicts itself, the order, and all, each in its view", async () => {
    const page = await open(forgetful(20));
    expect(await barsOf(page)).toEqual([20, 21, 22]);
    expect(await page.locator("#timeline .point").count()).toBe(2);
    expect(await page.locator("#timeline .bar.next").getAttribute("data-place")).toBe("22");
    expect(await page.textContent("#timeline .fault-name")).toContain("the disk");
    await page.getByRole("button", { name: "The order" }).click();
    await settled(page);
    expect(await barsOf(page)).toContain(19);
    expect(await page.locator("#steps li").count()).toBe(23);
    expect(await page.textContent("#steps .next")).toContain("#22");
    await page.getByRole("button", { name: "All on this page" }).click();
    await page.getByRole("button", { name: "Fit" }).click();
    await settled(page);
    expect(await barsOf(page)).toEqual(Array.from({ length: 23 }, (_, at) => at));
    expect(await page.textContent("#extent")).toBe("23 operations");
  });

  test("tells of what is pointed at, and of what is chosen", async () => {
    const page = await open(forgetful(20));
    expect(await page.textContent("#details-title")).toBe("#22, by cy");
    expect(await page.textContent("#details-facts")).toContain("in the orderfits nowhere");
    await page.locator('#timeline .bar[data-place="20"]').hover();
    expect(await page.textContent("#slip")).toBe("#20 annwrite 41ok · from 200 to 205");
    await page.locator('#timeline .bar[data-place="20"]').click();
    expect(await page.textContent("#details-title")).toBe("#20, by ann");
    expect(await page.textContent("#details-facts")).toContain("step 21; then the state is 41");
    await page.mouse.move(0, 0);
    expect(await page.isVisible("#slip")).toBe(false);
    // A list leads to the timeline; what the view lacks is shown among all.
    await page.locator('#steps button[data-place="3"]').click();
    await settled(page);
    expect(await page.textContent("#details-title")).toBe("#3, by p3");
    expect(await barsOf(page)).toContain(3);
    expect(
      await page.getByRole("button", { name: "All on this page" }).getAttribute("aria-pressed"),
    ).toBe("true");
  });

  test("zooms by buttons, keys and wheel, moves by drag and keys, and fits again", async () => {
    const page = await open(forgetful(20));
    await page.getByRole("button", { name: "All on this page" }).click();
    await page.getByRole("button", { name: "Fit" }).click();
    await settled(page);
    const narrow = await widthOf(page, 12);
    await page.getByRole("button", { name: "Zoom in" }).click();
    await settled(page);
    const wider = await widthOf(page, 12);
    expect(wider / narrow).toBeCloseTo(1.5, 1);
    await page.focus("#window");
    await page.keyboard.press("+");
    await settled(page);
    expect((await widthOf(page, 12)) / wider).toBeCloseTo(1.5, 1);
    await page.keyboard.press("-");
    await settled(page);
    const bar = page.locator('#timeline .bar[data-place="12"] .body');
    const box = (await bar.boundingBox())!;
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(middle.x, middle.y);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -240);
    await page.keyboard.up("Control");
    await settled(page);
    const zoomed = (await bar.boundingBox())!;
    expect(zoomed.width / box.width).toBeGreaterThan(2);
    // What was under the pointer is there still.
    expect(zoomed.x).toBeLessThan(middle.x);
    expect(zoomed.x + zoomed.width).toBeGreaterThan(middle.x);
    await page.mouse.down();
    await page.mouse.move(middle.x + 60, middle.y, { steps: 4 });
    await page.mouse.up();
    await settled(page);
    expect((await bar.boundingBox())!.x).toBeCloseTo(zoomed.x + 60, -1);
    // A drag chooses nothing.
    expect(await page.textContent("#details-title")).toBe("#22, by cy");
    await page.keyboard.press("ArrowRight");
    await settled(page);
    expect((await bar.boundingBox())!.x).toBeLessThan(zoomed.x);
    await page.keyboard.press("0");
    await settled(page);
    expect(await widthOf(page, 12)).toBeCloseTo(narrow, 0);
  });

  test("keys lead from operation to operation, and let go", async () => {
    const page = await open(forgetful(2));
    await page.focus("#window");
    await page.keyboard.press("Escape");
    expect(await page.isVisible("#details")).toBe(false);
    for (const [key, title] of [
      ["j", "#2, by ann"],
      ["j", "#3, by bob"],
      ["j", "#4, by cy"],
      ["j", "#4, by cy"],
      ["k", "#3, by bob"],
    ] as const) {
      await page.keyboard.press(key);
      expect(await page.textContent("#details-title")).toBe(title);
    }
    expect(await page.locator(".listed[aria-current]").first().getAttribute("data-place")).toBe(
      "3",
    );
  });

  test("spaces by time where it is asked to", async () => {
    const page = await open(forgetful(2));
    const even = await widthOf(page, 2);
    await page.getByLabel("Space by time").check();
    await settled(page);
    expect(await widthOf(page, 2)).not.toBeCloseTo(even, 0);
    expect(await widthOf(page, 2)).toBeCloseTo(await widthOf(page, 4), 0);
  });
});

describe("isolation", () => {
  test("draws the cycle, and whichever finding is opened the timeline shows", async () => {
    const report = skewed();
    const page = await open(report);
    const places = (index: number) => [...report.findings[index]!.operations].sort((a, b) => a - b);
    const sorted = async () => (await barsOf(page)).sort((a, b) => a - b);
    expect(await sorted()).toEqual(places(0));
    expect(await page.locator(".found .graph .node").count()).toBe(places(0).length);
    await page.locator('details[data-finding="1"] summary').click();
    await settled(page);
    await expect.poll(sorted).toEqual(places(1));
    // A node is as good as a bar.
    await page.locator(".found .node").first().click();
    await settled(page);
    await expect.poll(sorted).toEqual(places(0));
  });
});

describe("for everybody", () => {
  const axe = (): Promise<string> =>
    readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

  /** What axe finds on the page as it stands, of all weights but the slight. */
  async function findings(page: Page): Promise<string[]> {
    await page.evaluate(await axe());
    return await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string; help: string }[] }> };
      };
      const { violations } = await axe.run();
      return violations
        .filter(({ impact }) => impact !== "minor")
        .map(({ id, help }) => `${id}: ${help}`);
    });
  }

  test.each(["light", "dark"] as const)("axe finds nothing serious (%s)", async (colorScheme) => {
    expect(await findings(await open(forgetful(20), { colorScheme }))).toEqual([]);
    const page = await open(skewed(), { colorScheme });
    await page.locator('details[data-finding="1"] summary').click();
    expect(await findings(page)).toEqual([]);
  });

  test("nothing is wider than a phone, and bars can be tapped there", async () => {
    const viewport = { width: 360, height: 700 };
    for (const report of [forgetful(20), skewed()]) {
      const page = await open(report, { viewport, isMobile: true, hasTouch: true });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
      const bar = page.locator("#timeline .bar").first();
      await bar.tap();
      const place = await bar.getAttribute("data-place");
      expect(await page.textContent("#details-title")).toContain(`${report.sign}${place},`);
    }
  });

  test("texts are shown as texts, whatever they are", async () => {
    const page = await open(hostileReport());
    await page.focus("#window");
    for (const key of ["j", "j", "+", "-", "0", "k"]) await page.keyboard.press(key);
    await page.getByRole("button", { name: "The order" }).click();
    await page.locator("#timeline .bar").first().hover();
    expect(await page.textContent("#slip")).toContain("</script>");
    expect(await page.textContent("h1")).toContain(`${hostile.slice(0, 90)}`);
    expect(await page.title()).toContain("</script>");
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(2);
  });

  test("a page of as much as it may hold opens, and draws only what is in view", async () => {
    const page = await open(forgetful(4_000));
    expect(await page.textContent("footer")).toContain("2,503 others are left out");
    await page.getByRole("button", { name: "All on this page" }).click();
    await settled(page);
    expect(await page.locator("#timeline .bar").count()).toBeLessThan(200);
    await page.getByRole("button", { name: "Fit" }).click();
    await settled(page);
    expect(await page.locator("#timeline .bar").count()).toBe(1_500);
  });
});
