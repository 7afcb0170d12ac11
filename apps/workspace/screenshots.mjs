#!/usr/bin/env node
// Makes the pictures of the repository's README: two people in one page, light, dark, and
// on a phone. Builds the page, serves it from a folder of its own, and leaves nothing running.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { builtApp } from "../../tools/built_app.mjs";

const repository = join(import.meta.dirname, "../..");
const pictures = join(repository, "docs/images");
const folder = mkdtempSync(join(tmpdir(), "holdfast-screenshots-"));
const body = `The boats leave at **six**, on the morning tide. Whoever comes late takes the footpath along the cliff and waves.

## What each of us brings

- Lamps and spare batteries (Ines)
- The long line, and two dry bags
- Coffee. More than last time.

## Where we look

We begin at the outer reef, where the holdfasts sit deepest, and count along the line to the buoy: one plate for each metre, *slowly*.

> Nobody dives alone, and nobody counts alone.

If the swell is over a metre and a half we stay ashore and write up what we have.
`;
const titles = [
  "Harbour logbook",
  "Kelp survey, spring",
  "Questions for Tuesday",
  "Reading list",
  "Tide tables",
];
// The third looks on from a phone.
const people = [
  { name: "Ines Moreau", color: "#0d6b74" },
  { name: "Tom Okafor", color: "#b4235a" },
  { name: "Ada Lind", color: "#6741c9" },
];

const app = await builtApp(repository, "workspace", console.error);
const command = join(repository, "packages/holdfast/bin/holdfast.mjs");
const args = ["serve", "--port", "0", "--data", join(folder, "data"), "--app", app];
const server = spawn(process.execPath, [command, ...args, "--log", "silent"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [line] = await once(createInterface({ input: server.stdout }), "line");
const url = line.replace(/^.* on /, "");
const browser = await chromium.launch({
  executablePath: process.env.HOLDFAST_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
});
try {
  mkdirSync(pictures, { recursive: true });
  const ines = await enter(people[0], url, { colorScheme: "light" });
  let address = "";
  for (const title of titles) {
    const made = await createPage(ines, title);
    if (title.startsWith("Kelp")) address = made;
  }
  await ines.goto(address);
  await ines.locator(".cm-content").click();
  // As one paste: the editor is not to continue lists by itself, nor to wait for each key.
  await ines.keyboard.insertText(body);
  const tom = await enter(people[1], address, { colorScheme: "dark" });
  await select(ines, "Lamps and spare batteries", "end");
  await select(tom, "one plate for each metre");
  await picture(ines, "light");
  await select(tom, "Coffee. More than last time.", "end");
  await select(ines, "Nobody dives alone");
  await picture(tom, "dark");
  const phone = await enter(people[2], address, {
    colorScheme: "light",
    viewport: { width: 390, height: 780 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  });
  await select(tom, "More than last time.", "end");
  await picture(phone, "phone");
} finally {
  await browser.close();
  server.kill();
  await once(server, "exit");
  rmSync(folder, { recursive: true, force: true });
}

async function enter(person, address, options) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 760 }, ...options });
  await context.addInitScript(
    (kept) => localStorage.setItem("holdfast.person", kept),
    JSON.stringify(person),
  );
  const page = await context.newPage();
  await page.goto(address);
  await page.locator(".new-page:enabled").waitFor({ state: "attached" });
  if (address !== url) await page.getByText("on the morning tide").first().waitFor();
  return page;
}

async function createPage(page, title) {
  const before = page.url();
  await page.locator(".new-page").click();
  await page.waitForFunction(
    (old) => location.href !== old && document.activeElement?.tagName === "TEXTAREA",
    before,
  );
  await page.keyboard.type(title);
  await page.locator(".cm-content").waitFor();
  return page.url();
}

// Selects `words` as a person would see it: in the editor, by the browser's own selection.
async function select(page, words, only) {
  await page.locator(".cm-content").focus();
  await page.evaluate(
    ([wanted, side]) => {
      const walker = document.createTreeWalker(
        document.querySelector(".cm-content"),
        NodeFilter.SHOW_TEXT,
      );
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const at = node.data.indexOf(wanted);
        if (at < 0) continue;
        const end = at + wanted.length;
        getSelection().setBaseAndExtent(node, side === "end" ? end : at, node, end);
        return;
      }
      throw new Error(`no "${wanted}" on the page`);
    },
    [words, only],
  );
}

async function picture(page, name) {
  await page.waitForFunction(() => document.querySelector(".people") !== null);
  await page.waitForFunction(
    () => document.querySelector(".standing .sentence")?.textContent === "Saved",
  );
  // Let cursors arrive; the name of who moved last stands over hers for a while.
  await page.waitForTimeout(800);
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
}
