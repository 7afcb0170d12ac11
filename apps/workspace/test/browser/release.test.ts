// A new release of the page gets in: told to open tabs, and taken by those that load.
//
// Driven by a debugger of pages alone: one that is attached to workers too, as playwright's
// is, leaves them waiting for it where a page goes away while its worker changes.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Profile, type Tab, usePages } from "../../../../tools/browser/devtools.ts";
import { type Gate, openGate } from "./gate.ts";
import { builtRelease, WorkspaceServer } from "./workspace_server.ts";

type Release = "one" | "two" | "three" | "four";

const pages = usePages();
const built = new Map<Release, string>();
let folder: string;
let server: WorkspaceServer;
let gate: Gate;
let profile: Profile;

beforeAll(async () => {
  for (const release of ["one", "two", "three", "four"] as const)
    built.set(release, await builtRelease(release));
  folder = mkdtempSync(join(tmpdir(), "holdfast-release-"));
  publish("one");
  server = await new WorkspaceServer(folder).start();
  gate = await openGate(server.url);
}, 240_000);

beforeEach(async () => {
  publish("one");
  await server.start();
  profile = await pages.profile();
});

afterAll(async () => {
  await gate.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

/** Has the server serve this release, and nothing of another. */
function publish(release: Release): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  cpSync(built.get(release)!, folder, { recursive: true });
}

/** The path of the page's own script in this release. */
function scriptOf(release: Release): string {
  const page = readFileSync(join(built.get(release)!, "index.html"), "utf8");
  return /src="(\/assets\/[^"]+)"/.exec(page)![1]!;
}

const patience = { timeout: 30_000 };

/** Resolves once `code` gives true in the page, which may be loaded anew meanwhile. */
async function until<A extends readonly unknown[]>(
  tab: Tab,
  code: (...args: A) => boolean | Promise<boolean>,
  ...args: A
): Promise<void> {
  await expect.poll(() => tab.evaluate(code, ...args).catch(() => false), patience).toBe(true);
}

const releaseOf = (tab: Tab) =>
  tab.evaluate(() => document.documentElement.dataset.release ?? "none");
const runs = (tab: Tab, release: Release) =>
  expect.poll(() => releaseOf(tab).catch(() => ""), patience).toBe(release);
const isReady = (tab: Tab) =>
  until(tab, () => document.querySelector(".new-page:enabled") !== null);
const isShown = (tab: Tab) =>
  tab.evaluate(() => document.querySelector(".release-bar button") !== null);
const isTold = (tab: Tab) =>
  until(tab, () => document.querySelector(".release-bar button") !== null);

/** A tab in which the page stands, which a worker serves, and which has looked for releases. */
async function openTab(url: string): Promise<Tab> {
  const tab = await profile.open(url);
  await isLoaded(tab);
  return tab;
}

async function isLoaded(tab: Tab): Promise<void> {
  await until(tab, () => navigator.serviceWorker.controller !== null);
  await hasLooked(tab);
}

// A browser answers in turn. To look while it still looks for the page gives the same answer.
async function hasLooked(tab: Tab): Promise<void> {
  await isReady(tab);
  await tab.evaluate(async () => {
    const options = { updateViaCache: "none" } as const;
    await (await navigator.serviceWorker.register("/sw.js", options)).update();
  });
}

/** Looks for a newer release, as when one comes back to the window. */
const look = (tab: Tab) => tab.evaluate(() => void dispatchEvent(new Event("focus")));

/** Resolves once a page that loads here would be of this release. */
const isNewest = (tab: Tab, release: Release) =>
  until(
    tab,
    async (path) => (await (await fetch("/index.html")).text()).includes(path),
    scriptOf(release),
  );

const pressReload = (tab: Tab) =>
  tab.evaluate(() => document.querySelector<HTMLElement>(".release-bar button")!.click());

/** How many files are kept of each release, the oldest first. */
const keptOf = (tab: Tab) =>
  tab.evaluate(async () => {
    const counts: number[] = [];
    for (const name of await caches.keys()) {
      if (!name.startsWith("holdfast-release-")) continue;
      counts.push((await (await caches.open(name)).keys()).length);
    }
    return counts;
  });

/** The releases that are listed as whole. */
const listOf = (tab: Tab): Promise<readonly string[]> =>
  tab.evaluate(async () => (await (await caches.match("/releases"))!.json()) as string[]);

/** Writes a new page, which loads the editor where that is not here yet. */
async function writePage(tab: Tab, title: string, text: string): Promise<void> {
  await tab.evaluate(() => document.querySelector<HTMLElement>(".new-page")!.click());
  await until(tab, () => document.activeElement?.tagName === "TEXTAREA");
  await tab.type(title);
  await until(tab, () => document.querySelector(".cm-content") !== null);
  await tab.evaluate(() => document.querySelector<HTMLElement>(".cm-content")!.focus());
  await tab.type(text);
  await sees(tab, text);
}

const sees = (tab: Tab, text: string) =>
  until(tab, (wanted) => document.querySelector(".cm-content")?.textContent === wanted, text);

/** Loads the page up to its own script, which runs when the test has it run. */
async function openHeld(url: string): Promise<Tab> {
  const tab = await profile.open();
  await tab.beforeEachPage(() => {
    new MutationObserver((_changes, observer) => {
      const script = document.querySelector<HTMLScriptElement>("script[type=module]");
      if (script === null) return;
      script.type = "held";
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await tab.goto(url);
  await isHeld(tab, "one");
  await until(tab, () => navigator.serviceWorker.controller !== null);
  return tab;
}

const isHeld = (tab: Tab, release: Release) =>
  until(
    tab,
    (path) =>
      document.readyState === "complete" &&
      document.querySelector("script[type=held]")?.getAttribute("src") === path,
    scriptOf(release),
  );

/** Runs the script of a page that was opened with {@link openHeld}. */
const letGo = (tab: Tab) =>
  tab.evaluate(() => {
    const held = document.querySelector<HTMLScriptElement>("script[type=held]")!;
    const script = document.createElement("script");
    script.setAttribute("src", held.getAttribute("src")!);
    script.type = "module";
    held.replaceWith(script);
  });

describe("a new release", { timeout: 240_000 }, () => {
  test("is told to open tabs, which go on as they are, and taken by a click", async () => {
    const [first, second] = [await openTab(server.url), await openTab(server.url)];
    await writePage(first, "Kept", "Written under the old release.");
    publish("two");
    await look(first);
    for (const tab of [first, second]) {
      await isTold(tab);
      expect(await releaseOf(tab)).toBe("one");
    }
    await pressReload(first);
    await runs(first, "two");
    await sees(first, "Written under the old release.");
    expect(await releaseOf(second)).toBe("one");
    await pressReload(second);
    await runs(second, "two");
    await isLoaded(second);
    expect(await isShown(second)).toBe(false);
  });

  test("is taken at once by a page that loads, whichever worker serves", async () => {
    const tab = await openTab(server.url);
    publish("two");
    await look(tab);
    await isTold(tab);
    const late = await openTab(server.url);
    expect(await releaseOf(late)).toBe("two");
    await tab.reload();
    await runs(tab, "two");
    // The old worker serves for as long as a page is open.
    const waits = async () => (await navigator.serviceWorker.ready).waiting !== null;
    expect(await late.evaluate(waits)).toBe(true);
  });

  test("leaves an old tab all parts of its own release", async () => {
    const [first, second] = [await openTab(server.url), await openTab(server.url)];
    for (const release of ["two", "three"] as const) {
      publish(release);
      await look(first);
      await isTold(first);
      await pressReload(first);
      await runs(first, release);
      await isLoaded(first);
    }
    // The editor is loaded with the first page that is opened, and the server has it no more.
    await writePage(second, "Late", "Written in the old editor.");
    expect(await releaseOf(second)).toBe("one");
  });

  test("that came while a page was loading is told to it, and spoils nothing of it", async () => {
    const tab = await openTab(gate.url);
    const late = await openHeld(gate.url);
    publish("two");
    await look(tab);
    await isTold(tab);
    await isNewest(late, "two");
    await letGo(late);
    await runs(late, "one");
    await isTold(late);
    await pressReload(late);
    await isHeld(late, "two");
  });

  test("is told to a page that was loaded past the worker", async () => {
    const [tab, other] = [await openTab(server.url), await openTab(server.url)];
    await tab.reload("past");
    await until(tab, () => navigator.serviceWorker.controller === null);
    await hasLooked(tab);
    publish("two");
    await look(other);
    for (const told of [tab, other]) await isTold(told);
    await pressReload(tab);
    await runs(tab, "two");
  });

  test("that is not kept whole yet is not given to anybody", async () => {
    const tab = await openTab(gate.url);
    publish("two");
    gate.hold("/icon.svg");
    await look(tab);
    await expect.poll(() => gate.isHolding("/icon.svg"), patience).toBe(true);
    const late = await profile.open(gate.url);
    await runs(late, "one");
    expect(await isShown(tab)).toBe(false);
    gate.pass("/icon.svg");
    for (const told of [tab, late]) await isTold(told);
    await pressReload(late);
    await runs(late, "two");
  });

  test("that comes after another one is the one that is taken; the oldest is let go", async () => {
    const tab = await openTab(server.url);
    for (const [release, count] of [
      ["two", 2],
      ["three", 3],
      ["four", 3],
    ] as const) {
      publish(release);
      await look(tab);
      await isNewest(tab, release);
      await expect.poll(async () => (await keptOf(tab)).length, patience).toBe(count);
    }
    const kept = await keptOf(tab);
    expect(new Set(kept).size).toBe(1);
    expect(await releaseOf(tab)).toBe("one");
    await pressReload(tab);
    await runs(tab, "four");
  });

  test("that is taken back is followed by the one before", async () => {
    const tab = await openTab(server.url);
    for (const release of ["two", "one"] as const) {
      publish(release);
      await look(tab);
      await isNewest(tab, release);
    }
    await tab.reload();
    await runs(tab, "one");
    await isLoaded(tab);
    expect((await keptOf(tab)).length).toBe(2);
    expect((await listOf(tab)).length).toBe(2);
    expect(await isShown(tab)).toBe(false);
  });

  test("is there offline, with all of its parts", async () => {
    const tab = await openTab(gate.url);
    publish("two");
    await look(tab);
    await isTold(tab);
    await server.kill();
    await pressReload(tab);
    await runs(tab, "two");
    await isReady(tab);
    await writePage(tab, "Offline", "Written without a server.");
  });

  test("the worker keeps its hands off what is not of the page", async () => {
    const tab = await openTab(server.url);
    const kept = await tab.evaluate(async () => {
      for (const path of ["/healthz", "/status", "/sw.js"]) await fetch(path);
      const paths: string[] = [];
      for (const name of await caches.keys()) {
        if (!name.startsWith("holdfast-release-")) continue;
        for (const { url } of await (await caches.open(name)).keys())
          paths.push(new URL(url).pathname);
      }
      return paths;
    });
    expect(kept).toContain("/index.html");
    for (const path of kept)
      expect(path).toMatch(/^\/(index\.html|icon\.svg|theme\.js|assets\/.*)$/);
    // Its status page is the server's own, offline as on.
    await tab.goto(new URL("status", server.url).href);
    await until(tab, () => location.pathname === "/status" && document.readyState === "complete");
    expect(await tab.evaluate(() => document.querySelector("#root"))).toBe(null);
  });
});
