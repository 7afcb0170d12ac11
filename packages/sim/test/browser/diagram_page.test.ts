// The page of a run in a real browser, opened from a disk: what is drawn, found and
// told, that texts of the run stay texts, and that nothing is asked of the network.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type DiagramPageOptions, diagramPage, type TraceRecord } from "../../src/index.ts";
import { describeText, plausibleRun } from "../plausible_run.ts";
import { smallRun } from "../small_run.ts";

const chromium = useChromium();
let folder: string;
/** What a page said, asked for, or failed at, since the last test. */
let problems: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-diagram-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  expect(problems).toEqual([]);
});

/** Opens the page of a run, from a file. */
async function open(
  options: Partial<DiagramPageOptions> & { readonly records: readonly TraceRecord[] },
  context: BrowserContextOptions = {},
): Promise<Page> {
  problems = [];
  const path = join(folder, "run.html");
  await writeFile(path, diagramPage({ title: "A run", describeMessage: describeText, ...options }));
  const size = { width: 1_280, height: 900 };
  const page = await (await chromium.context({ viewport: size, ...context })).newPage();
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    const isOwn = request.url() === pathToFileURL(path).href || request.url() === "data:,";
    if (!isOwn) problems.push(request.url());
  });
  await page.goto(pathToFileURL(path).href);
  await expect.poll(() => page.textContent("#in-view")).toMatch(/^In view/);
  return page;
}

/** What the page says is in view. */
async function expectInView(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.textContent("#in-view")).toBe(`In view: ${text}`);
}

/** How many dots of the canvas have a colour of the style sheet, or are not of paper. */
function dots(page: Page, color: "any" | "accent" | "violation" | "match"): Promise<number> {
  return page.evaluate(async (name) => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    const canvas = document.getElementById("canvas") as HTMLCanvasElement;
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {
      willReadFrequently: true,
    })!;
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const style = getComputedStyle(document.documentElement);
    const text = style.getPropertyValue(`--${name === "any" ? "paper" : name}`).trim();
    const wanted = [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const isAlike = wanted.every((value, part) => Math.abs(value - data[at + part]!) < 6);
      if (isAlike !== (name === "any")) count += 1;
    }
    return count;
  }, color);
}

/** Where a record is drawn: found by pointing at each place of the canvas until the slip tells of it. */
async function placeOf(page: Page, sentence: string): Promise<{ x: number; y: number }> {
  const found = await page.evaluate((wanted) => {
    const canvas = document.getElementById("canvas") as HTMLCanvasElement;
    const box = canvas.getBoundingClientRect();
    for (let y = 4; y < box.height; y += 4) {
      for (let x = 4; x < box.width; x += 12) {
        const [clientX, clientY] = [box.left + x, box.top + y];
        canvas.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY }));
        const slip = document.getElementById("slip")!;
        if (!slip.hidden && slip.textContent!.includes(wanted)) return { x: clientX, y: clientY };
      }
    }
    return null;
  }, sentence);
  if (found === null) throw new Error(`nothing says: ${sentence}`);
  return found;
}

describe("the page of a run", () => {
  test("draws what happened, and leaves out what is switched off", async () => {
    const page = await open({ records: smallRun, summary: ["seed 7"] });
    expect(await page.textContent("h1")).toBe("A run");
    expect(await page.textContent("header ul")).toBe("seed 721 records, 2 machines");
    await expectInView(page, "3 messages, 2 faults, 7 marks");
    const all = await dots(page, "any");
    expect(await dots(page, "violation")).toBeGreaterThan(1_000);
    await page.click("summary");
    await page.getByRole("checkbox", { name: "messages" }).uncheck();
    await expectInView(page, "0 messages, 2 faults, 7 marks");
    const withoutMessages = await dots(page, "any");
    expect(withoutMessages).toBeLessThan(all - 1_000);
    await page.getByRole("checkbox", { name: "faults" }).uncheck();
    await expectInView(page, "0 messages, 0 faults, 7 marks");
    expect(await dots(page, "any")).toBeLessThan(withoutMessages - 10_000);
    await page.getByRole("checkbox", { name: "client" }).uncheck();
    await expectInView(page, "0 messages, 0 faults, 3 marks");
    expect(await page.locator("#heads span").allTextContents()).toEqual(["time, s", "server"]);
  });

  test("tells what is pointed at, and marks the connection of what is picked", async () => {
    const page = await open({ records: smallRun });
    expect(await dots(page, "accent")).toBe(0);
    const place = await placeOf(page, "-> server  m1  c1  6 B  edit 1");
    await page.mouse.click(place.x, place.y);
    expect(await page.textContent("#facts")).toBe(
      "When0.010 sWhereclientMessage1, from client to serverConnection1Size6 bytesContentedit 1On its way4.0 ms",
    );
    expect(await dots(page, "accent")).toBeGreaterThan(300);
    await page.getByRole("button", { name: "Where it arrives" }).click();
    expect(await page.textContent("#facts")).toContain("When0.014 s");
    await page.keyboard.press("Escape");
    await page.mouse.move(0, 0);
    expect(await dots(page, "accent")).toBe(0);
    expect(await page.isVisible("#legend")).toBe(true);
  });

  test("finds words, from match to match, and keys lead through the run", async () => {
    const page = await open({ records: plausibleRun() });
    await page.keyboard.press("/");
    await page.keyboard.type("edit 17");
    await expect.poll(() => page.textContent("#found")).toMatch(/^\d+ found$/);
    const count = Number.parseInt((await page.textContent("#found"))!, 10);
    expect(count).toBeGreaterThan(4);
    await page.keyboard.press("Enter");
    expect(await page.textContent("#found")).toBe(`1 of ${count} found`);
    expect(await page.textContent("#facts")).toContain("edit 17");
    expect(await dots(page, "match")).toBeGreaterThan(100);
    await page.keyboard.press("Shift+Enter");
    expect(await page.textContent("#found")).toBe(`${count} of ${count} found`);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    expect(await page.textContent("#record-title")).toBe("Record 1 of 1,156");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    expect(await page.textContent("#record-title")).toBe("Record 2 of 1,156");
  });

  test("goes to the violation, by key and by button", async () => {
    const page = await open({ records: plausibleRun() });
    expect(await dots(page, "violation")).toBe(0);
    await page.keyboard.press("v");
    expect(await page.textContent("#facts")).toContain("an acknowledged edit is lost");
    expect(await dots(page, "violation")).toBeGreaterThan(1_000);
    await page.evaluate(() => document.getElementById("window")!.scrollTo(0, 0));
    expect(await dots(page, "violation")).toBe(0);
    await page.getByRole("button", { name: "Violation", exact: true }).click();
    expect(await dots(page, "violation")).toBeGreaterThan(1_000);
    const calm = await open({ records: smallRun.slice(0, -1) });
    expect(await calm.getByRole("button", { name: "Violation", exact: true }).isVisible()).toBe(
      false,
    );
  });

  test("zooms around the pointer and by keys, and unfolds", async () => {
    const page = await open({ records: plausibleRun() });
    const height = (): Promise<number> =>
      page.evaluate(() => document.getElementById("extent")!.offsetHeight);
    const folded = await height();
    await page.keyboard.press("f");
    expect(await height()).toBeGreaterThan(2 * folded);
    await page.keyboard.press("f");
    await page.keyboard.press("+");
    const larger = await height();
    expect(larger).toBeGreaterThan(folded);
    await page.keyboard.press("-");
    expect(Math.abs((await height()) - folded)).toBeLessThan(2);
    await page.evaluate(() => document.getElementById("window")!.scrollTo(0, 3_000));
    const { x, y } = await placeOf(page, "-> ");
    const before = await page.textContent("#slip");
    await page.mouse.move(x, y);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    expect(await height()).toBeGreaterThan(folded);
    await page.mouse.move(x, y + 1);
    expect(await page.textContent("#slip")).toBe(before);
  });

  test("shows texts as texts, whatever they are", async () => {
    const hostile = `</script><script>document.title="broken"</script><img src=x onerror="document.title='broken'"><!--<script>`;
    const records: TraceRecord[] = [
      ...smallRun,
      { atMs: 121, happening: { type: "note", machine: hostile, text: hostile } },
      {
        atMs: 122,
        happening: { type: "bite", kind: "__proto__", machine: "server", text: hostile },
      },
      { atMs: 123, happening: { type: "violation", text: hostile } },
    ];
    const page = await open({
      ...{ title: `${hostile}&amp;`, records, summary: [hostile] },
      describeMessage: () => hostile,
    });
    await page.keyboard.press("v");
    await page.keyboard.press("v");
    expect(await page.textContent("#facts")).toContain(hostile);
    expect(await page.textContent("h1")).toBe(`${hostile}&amp;`);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(2);
    expect(await page.title()).toBe(`${hostile}&amp;`);
  });

  test("opens with 100,000 records, and puts none of them into the document", async () => {
    const records = plausibleRun({ edits: 2_200 });
    expect(records.length).toBeGreaterThan(100_000);
    const page = await open({ records });
    expect(await page.locator("*").count()).toBeLessThan(400);
    await page.keyboard.press("v");
    expect(await dots(page, "violation")).toBeGreaterThan(1_000);
    await page.fill("#words", "edit 1999");
    await expect.poll(() => page.textContent("#found")).toMatch(/^\d+ found$/);
  });

  test("says so where there is nothing to show", async () => {
    const page = await open({ records: [] });
    await expectInView(page, "0 messages, 0 faults, 0 marks");
    for (const key of ["v", "j", "k", "n", "+", "-", "f"]) await page.keyboard.press(key);
    await expectInView(page, "0 messages, 0 faults, 0 marks");
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
    const page = await open({ records: plausibleRun(), summary: ["seed 1"] }, { colorScheme });
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("v");
    await page.click("summary");
    await page.fill("#words", "edit");
    expect(await findings(page)).toEqual([]);
  });

  test("nothing but the diagram is wider than a phone, and a record can be read there", async () => {
    const viewport = { width: 360, height: 700 };
    const page = await open(
      { records: plausibleRun() },
      { viewport, isMobile: true, hasTouch: true },
    );
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(360);
    expect(await page.isVisible("aside")).toBe(false);
    await page.getByRole("button", { name: "Violation", exact: true }).tap();
    expect(await page.isVisible("#facts")).toBe(true);
    await page.getByRole("button", { name: "Legend" }).tap();
    expect(await page.isVisible("#legend")).toBe(true);
    await page.getByRole("button", { name: "Legend" }).tap();
    expect(await page.isVisible("aside")).toBe(false);
  });
});
