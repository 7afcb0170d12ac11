// One agent for each tab, whatever becomes of tabs.

import { describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { agentOf, crash, emptyTab, leave, start, tab, textOf, type, usePages } from "./tabs.ts";

const chromium = useChromium();
const pages = usePages();

describe("an agent", () => {
  test("is a tab's own, and taken again by the next one with all it wrote", async () => {
    const context = await chromium.context();
    const first = await tab(context, pages.url);
    const second = await tab(context, pages.url);
    const [one, two] = [await agentOf(first), await agentOf(second)];
    expect(one).not.toBe(two);
    await type(first, "first ");
    await type(second, "second ");

    await first.reload();
    expect(await start(first)).toBe(one);
    expect(await textOf(first)).toContain("first ");
    await type(first, "again ");

    await leave(first, second);
    const third = await tab(context, pages.url);
    expect(await agentOf(third)).toBe(one);
    for (const words of ["first ", "again ", "second "]) {
      expect(await textOf(third)).toContain(words);
    }
  });

  test("of a tab that crashed is taken again, with all that was local", async () => {
    const context = await chromium.context();
    const first = await tab(context, pages.url);
    const witness = await emptyTab(context, pages.url);
    const agent = await agentOf(first);
    await type(first, "before the crash");
    await crash(first);
    await expect.poll(() => witness.evaluate(() => holdfast.present())).toEqual([]);
    const next = await tab(context, pages.url);
    expect(await agentOf(next)).toBe(agent);
    expect(await textOf(next)).toBe("before the crash");
    await type(next, ", and after");
    await next.reload();
    await start(next);
    expect(await textOf(next)).toBe("before the crash, and after");
  });

  test("stays with a tab that is put aside, and nobody has it when that one comes back", async () => {
    const context = await chromium.context();
    const first = await tab(context, pages.url);
    await type(first, "x");
    await first.goto("about:blank");
    const second = await tab(context, pages.url);
    await first.goBack();
    const isOpen = await first.evaluate(() => holdfast.db !== null);
    const agent = isOpen ? await agentOf(first) : await start(first);
    expect(agent).not.toBe(await agentOf(second));
  });

  test("is another for a tab that was duplicated, and for each of ten at once", async () => {
    const context = await chromium.context();
    const first = await tab(context, pages.url);
    const opened = context.waitForEvent("page");
    await first.evaluate(() => void window.open(location.href));
    const double = await opened;
    await double.waitForLoadState();
    expect(await start(double)).not.toBe(await agentOf(first));
    const agents = await first.evaluate(async () => {
      const copies = await Promise.all(
        Array.from({ length: 10 }, () => holdfast.openCopy("notes")),
      );
      return copies.map(({ agent }) => agent);
    });
    const all = [...agents, await agentOf(first), await agentOf(double)];
    expect(new Set(all).size).toBe(12);
  });

  test("that another page took by force writes no more, and the page says so", async () => {
    const context = await chromium.context();
    const page = await tab(context, pages.url);
    const agent = await agentOf(page);
    const thief = await emptyTab(context, pages.url);
    await thief.evaluate(
      (name) =>
        new Promise<void>((resolve) => {
          void navigator.locks.request(name, { steal: true }, () => {
            resolve();
            return new Promise(() => undefined);
          });
        }),
      `holdfast:notes:agent:${agent}`,
    );
    const code = await page.evaluate(async () => {
      await holdfast.until(() => holdfast.db.storage.problem !== null);
      return (await holdfast.failure(holdfast.type("x")))?.code;
    });
    expect(code).toBe("locked");
    await page.close();
    const next = await tab(context, pages.url);
    expect(await agentOf(next)).not.toBe(agent);
  });
});
