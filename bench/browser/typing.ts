// Measures typing into a page of a million characters, in a real Chromium, against a real
// server: from the key to the frame that shows it. Prints a table.
//
//   npm run bench:browser

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@holdfast/server/node";
import { type Browser, chromium } from "playwright-core";
import { chromiumArguments, chromiumPath } from "../../tools/browser/chromium.ts";
import { serveModule } from "../../tools/browser/page_server.ts";
import type {} from "./typing_page.ts";

const lengthChars = 1_000_000;
const keystrokeCount = 200;
// About as fast as people type, and no multiple of a frame.
const keyIntervalMs = 73;

interface Row {
  readonly what: string;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly takenMedianMs: number;
  readonly takenP95Ms: number;
}

const folder = await mkdtemp(join(tmpdir(), "holdfast-bench-"));
const server = await startServer({ dataFolder: folder, port: 0, logger: null });
const pages = await serveModule(join(import.meta.dirname, "typing_page.ts"));
const browser = await chromium.launch({
  ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
  args: [...chromiumArguments],
  headless: true,
});
try {
  const { syncUrl: url } = server;
  const filler = await (await browser.newContext()).newPage();
  await filler.goto(pages.url);
  await filler.evaluate(([to, length]) => bench.fill(to, length), [url, lengthChars] as const);
  await filler.close();
  const rows = [
    await measure(browser, "alone"),
    await measure(browser, "while another types, 8 letters a second"),
  ];
  console.log(`\n${keystrokeCount} keys into ${lengthChars} characters, in ms:\n`);
  console.log("| | key to paint, median | 95 % | key to document, median | 95 % |");
  console.log("| --- | --: | --: | --: | --: |");
  for (const { what, medianMs, p95Ms, takenMedianMs, takenP95Ms } of rows) {
    const figures = [medianMs, p95Ms, takenMedianMs, takenP95Ms].map((ms) => ms.toFixed(1));
    console.log(`| ${what} | ${figures.join(" | ")} |`);
  }
} finally {
  await browser.close();
  await pages.close();
  await server.close();
  await rm(folder, { recursive: true });
}

async function measure(on: Browser, what: string): Promise<Row> {
  const context = await on.newContext();
  const page = await context.newPage();
  await page.goto(pages.url);
  const { syncUrl: url } = server;
  const name = what.split(" ")[0]!;
  const first = await page.evaluate(([to, own, length]) => bench.open(to, own, length), [
    url,
    name,
    lengthChars,
  ] as const);
  await page.evaluate(() => bench.db.close());
  await page.goto(pages.url);
  const again = await page.evaluate(([to, own, length]) => bench.open(to, own, length), [
    url,
    name,
    lengthChars,
  ] as const);
  console.log(
    `${what}: from the server in ${first.openedMs.toFixed(0)} ms, from this device in ` +
      `${again.openedMs.toFixed(0)} ms, shown after ${again.shownMs.toFixed(0)} ms`,
  );
  if (what !== "alone") {
    const other = await (await on.newContext()).newPage();
    await other.goto(pages.url);
    await other.evaluate((to) => bench.accompany(to, 8), url);
    await page.bringToFront();
  }
  await page.evaluate(() => bench.watch());
  const devtools = await context.newCDPSession(page);
  const letters = "the quick brown fox jumps over the lazy dog ";
  for (let count = 0; count < keystrokeCount; count += 1) {
    const text = letters[count % letters.length]!;
    const key = { key: text, text, windowsVirtualKeyCode: text.toUpperCase().charCodeAt(0) };
    await devtools.send("Input.dispatchKeyEvent", { type: "keyDown", ...key });
    await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
    await new Promise((resolve) => setTimeout(resolve, keyIntervalMs));
  }
  const keystrokes = await page.evaluate(() => bench.keystrokes);
  if (keystrokes.length < keystrokeCount) throw new Error(`${keystrokes.length} keys arrived`);
  const painted = keystrokes.map(({ paintedMs }) => paintedMs).sort((a, b) => a - b);
  const taken = keystrokes.map(({ takenMs }) => takenMs).sort((a, b) => a - b);
  await context.close();
  return {
    what,
    medianMs: at(painted, 0.5),
    p95Ms: at(painted, 0.95),
    takenMedianMs: at(taken, 0.5),
    takenP95Ms: at(taken, 0.95),
  };
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.floor(sorted.length * part)]!;
}
