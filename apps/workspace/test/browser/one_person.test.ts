// One person: tabs, storage that is full, addresses that lead nowhere, and the keyboard alone.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { Reader } from "./reader.ts";
import { WorkspaceServer } from "./workspace_server.ts";

const chromium = useChromium();
let server: WorkspaceServer;

beforeAll(async () => {
  server = await new WorkspaceServer().start();
}, 120_000);

beforeEach(() => server.start().then(() => undefined));
afterAll(() => server.remove());

describe("tabs of one browser", { timeout: 240_000 }, () => {
  test("both offline, one reloaded: no edit is lost", async () => {
    const context = await chromium.context();
    const first = await Reader.open(context, server.url);
    const address = await first.createPage("Tabs");
    await first.isOfflineReady();
    const second = await Reader.open(context, address);
    await second.text.waitFor();
    await context.setOffline(true);
    await server.kill();
    await first.write("From the first. ");
    await second.sees("From the first. ");
    await second.write("From the second. ");
    await first.sees("From the first. From the second. ");
    await first.page.reload();
    await first.sees("From the first. From the second. ");
    await first.write("And again.");
    await second.sees("From the first. From the second. And again.");
    await server.start();
    await context.setOffline(false);
    await first.stands(/^Saved$/);
    await second.stands(/^Saved$/);
    const other = await Reader.open(await chromium.context(), address);
    await other.sees("From the first. From the second. And again.");
    expect([...first.problems, ...second.problems]).toEqual([]);
  });
});

describe("storage", { timeout: 240_000 }, () => {
  test("that is full is said, and what is written then is sent all the same", async () => {
    const context = await chromium.context();
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    const { origin } = new URL(server.url);
    // Before the first write: the browser remembers for a while how much room there is.
    await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1_500_000 });
    await page.goto(server.url);
    const reader = new Reader(page);
    const address = await reader.createPage("Full");
    await reader.stands(/^Saved$/);
    await reader.text.focus();
    // The browser packs what it keeps: what repeats itself takes no room.
    const words = Array.from({ length: 200_000 }, (_, index) => {
      return Math.random().toString(36).slice(2, 12) + (index % 8 === 0 ? "\n" : " ");
    });
    await reader.paste(`${words.join("")}\nThe end.`);
    await reader.stands(/^Not saved: this device’s storage is full/);
    expect(await page.locator(".standing").getAttribute("data-tone")).toBe("bad");
    await devtools.send("Storage.overrideQuotaForOrigin", { origin });
    await reader.write(" Now there is.");
    await reader.stands(/^Saved$/);
    const other = await Reader.open(await chromium.context(), address);
    await expect
      .poll(
        async () => {
          await other.text.press("Control+End");
          return await other.read();
        },
        { timeout: 60_000, interval: 500 },
      )
      .toMatch(/The end\. Now there is\.$/);
  });

  test("shows what is used, and asks the browser to keep it", async () => {
    const reader = await Reader.open(await chromium.context(), server.url);
    await reader.createPage("Room");
    await reader.stands(/^Saved$/);
    await reader.page.locator(".standing .opener").click();
    await reader.page.getByText(/of .* are used on this device/).waitFor();
    await reader.page.getByRole("button", { name: "Ask it to keep it" }).click();
    await reader.page.getByText(/did not agree|removes nothing/).waitFor();
  });
});

describe("an address", { timeout: 240_000 }, () => {
  const unknown = "0123456789abcdefghijkl";

  test("that nobody knows is said to lead nowhere, once the server was asked", async () => {
    const reader = await Reader.open(await chromium.context(), `${server.url}p/${unknown}`);
    await reader.page.getByRole("heading", { name: "No such page" }).waitFor();
    await reader.page.goto(`${server.url}p/short`);
    await reader.page.getByRole("heading", { name: "No such page" }).waitFor();
  });

  test("of a page that is not here is not said to be wrong while the server is away", async () => {
    const context = await chromium.context();
    const reader = await Reader.open(context, server.url);
    await reader.isOfflineReady();
    await context.setOffline(true);
    await server.kill();
    await reader.page.goto(`${server.url}p/${unknown}`);
    await reader.page.getByRole("heading", { name: "Not on this device" }).waitFor();
    await server.start();
    await context.setOffline(false);
    await reader.page.getByRole("heading", { name: "No such page" }).waitFor();
  });

  test("on plain http of another machine says that reloading offline is off", async () => {
    // Our server answers to no name but this machine's own: the page comes by another way.
    const context = await chromium.context();
    await context.route("http://page.holdfast.test/**", async (route) => {
      const { pathname } = new URL(route.request().url());
      const response = await context.request.get(new URL(pathname, server.url).href);
      await route.fulfill({ response });
    });
    const reader = await Reader.open(context, "http://page.holdfast.test/");
    await reader.createPage("Plain");
    await reader.write("Kept nowhere.");
    await reader.sees("Kept nowhere.");
    await reader.stands(/^This device’s storage: Nothing is kept on this device/);
    await reader.page.locator(".standing .opener").click();
    await reader.page.getByText("Reloading without a network is off").waitFor();
  });
});

describe("exports", { timeout: 240_000 }, () => {
  test("as text and as Markdown", async () => {
    const reader = await Reader.open(await chromium.context(), server.url);
    await reader.createPage("Tide: high/low");
    await reader.write("six o’clock");
    for (const [item, name, content] of [
      ["Download as text (.txt)", "Tide high low.txt", "six o’clock\n"],
      ["Download as Markdown (.md)", "Tide high low.md", "# Tide: high/low\n\nsix o’clock\n"],
    ] as const) {
      await reader.page.getByRole("button", { name: "More", exact: true }).click();
      const downloading = reader.page.waitForEvent("download");
      await reader.page.getByRole("menuitem", { name: item }).click();
      const download = await downloading;
      expect(download.suggestedFilename()).toBe(name);
      const chunks: Uint8Array[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Uint8Array);
      expect(Buffer.concat(chunks).toString("utf8")).toBe(content);
    }
  });
});

describe("the keyboard alone", { timeout: 240_000 }, () => {
  test("makes a page, names it, writes, searches, deletes, and takes that back", async () => {
    const reader = await Reader.open(await chromium.context(), server.url);
    const { page } = reader;
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
      );
    await keyboard.press("Alt+n");
    await expect.poll(focused, { timeout: 20_000 }).toBe("Title");
    await keyboard.type("Harbour lights");
    await reader.text.waitFor();
    await keyboard.press("Enter");
    await expect.poll(focused, { timeout: 20_000 }).toBe("Text");
    await keyboard.type("Green to the left.");
    await reader.sees("Green to the left.");
    // Tab leaves the text: nobody is caught in it.
    await keyboard.press("Tab");
    await expect.poll(focused, { timeout: 20_000 }).not.toBe("Text");
    await keyboard.press("/");
    await expect.poll(focused, { timeout: 20_000 }).toBe("Search titles");
    await keyboard.type("harbour");
    await keyboard.press("ArrowDown");
    await expect.poll(focused, { timeout: 20_000 }).toBe("Harbour lights");
    await keyboard.press("Delete");
    await expect.poll(focused, { timeout: 20_000 }).toBe("Undo");
    expect(await page.getByRole("link", { name: "Harbour lights" }).count()).toBe(0);
    await keyboard.press("Enter");
    await page.getByRole("link", { name: "Harbour lights" }).waitFor();
    await reader.sees("Green to the left.");
    await keyboard.press("Control+k");
    await expect.poll(focused, { timeout: 20_000 }).toBe("Page or action");
    await keyboard.type("keyboard");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Keyboard" }).waitFor();
    await keyboard.press("Escape");
    await page.getByRole("heading", { name: "Keyboard" }).waitFor({ state: "detached" });
    await keyboard.press("Alt+h");
    await expect.poll(focused, { timeout: 20_000 }).toBe("Version");
    await keyboard.press("Alt+h");
    await reader.text.waitFor();
    expect(reader.problems).toEqual([]);
  });
});
