// A new release of the page takes over: told to open tabs, and taken by those that load.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { Reader } from "./reader.ts";
import { buildRelease, WorkspaceServer } from "./workspace_server.ts";

const chromium = useChromium();
let folder: string;
let server: WorkspaceServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-release-"));
  const page = join(folder, "page");
  buildRelease(page, "one");
  server = await new WorkspaceServer(page).start();
}, 120_000);

afterEach(async () => {
  await server.remove();
  rmSync(folder, { recursive: true });
});

const releaseOf = ({ page }: Reader) =>
  page.evaluate(() => document.documentElement.dataset.release);
const runs = (reader: Reader, release: string) =>
  // While the page is loaded anew there is nobody to ask.
  expect.poll(() => releaseOf(reader).catch(() => ""), { timeout: 20_000 }).toBe(release);
const cachesOf = ({ page }: Reader) => page.evaluate(async () => (await caches.keys()).length);

// Tried again where it fails: a navigation, a claim or a change of workers then hangs for ever.
// It needs a debugger that is attached to all that starts and has it wait, as playwright's is. A
// page of these releases that was reloaded while its worker changed hung in 11 of 14 rounds with
// one, and in none of 28 without: 14 with a debugger attached to the page alone, 14 with none at
// all. So no person is known to meet it. To reload only after the change is no cure: in 5 of 15
// rounds the change, or what comes before it, then did not end in time. A driver that leaves
// workers alone might be one.
describe("a new release", { timeout: 240_000, retry: 2 }, () => {
  test("is told of, taken by a click, and leaves nothing of the old one", async () => {
    const context = await chromium.context();
    const [first, second] = [
      await Reader.open(context, server.url),
      await Reader.open(context, server.url),
    ];
    await first.createPage("Kept");
    await first.write("Written under the old release.");
    await first.isOfflineReady();
    await second.isOfflineReady();
    expect(await releaseOf(first)).toBe("one");
    buildRelease(server.page, "two");
    // As when one comes back to the window.
    await first.page.evaluate(() => dispatchEvent(new Event("focus")));
    await first.page.getByText("A new version is ready.").waitFor();
    expect(await releaseOf(first)).toBe("one");
    await first.page.getByRole("button", { name: "Reload" }).click();
    await runs(first, "two");
    await first.sees("Written under the old release.");
    await expect.poll(() => cachesOf(first), { timeout: 20_000 }).toBe(1);
    // The other tab goes on as it is, and is told.
    expect(await releaseOf(second)).toBe("one");
    await second.page.getByText("A new version is ready.").waitFor();
    await second.page.getByRole("button", { name: "Reload" }).click();
    await runs(second, "two");
    await second.page.getByText("A new version is ready.").waitFor({ state: "detached" });
  });

  test("that waits is taken at once by a page that loads", async () => {
    const context = await chromium.context();
    const reader = await Reader.open(context, server.url);
    await reader.isOfflineReady();
    buildRelease(server.page, "two");
    await reader.page.evaluate(() => dispatchEvent(new Event("focus")));
    await reader.page.getByText("A new version is ready.").waitFor();
    const late = await Reader.open(context, server.url);
    await runs(late, "two");
    await reader.page.reload();
    await runs(reader, "two");
  });

  test("the worker keeps its hands off what is not of the page", async () => {
    const reader = await Reader.open(await chromium.context(), server.url);
    await reader.isOfflineReady();
    const kept = await reader.page.evaluate(async () => {
      for (const path of ["/healthz", "/status", "/sw.js"]) await fetch(path);
      const paths: string[] = [];
      for (const name of await caches.keys()) {
        for (const { url } of await (await caches.open(name)).keys())
          paths.push(new URL(url).pathname);
      }
      return paths;
    });
    expect(kept).toContain("/index.html");
    for (const path of kept)
      expect(path).toMatch(/^\/(index\.html|icon\.svg|theme\.js|assets\/.*)$/);
    // Its status page is the server's own, offline as on.
    await reader.page.goto(new URL("status", server.url).href);
    expect(await reader.page.locator("#root").count()).toBe(0);
  });
});
