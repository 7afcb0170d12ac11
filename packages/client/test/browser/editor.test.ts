// The CodeMirror binding in a real browser: two editors on two databases, with a server between.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartedServer, startServer } from "@holdfast/server/node";
import type { CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import type {} from "./editor_page.ts";

const chromium = useChromium();
let pages: PageServer;
let folder: string;
let server: StartedServer;
let page: Page;
let devtools: CDPSession;
let documents = 0;
let pageErrors: string[] = [];

beforeAll(async () => {
  pages = await serveModule(join(import.meta.dirname, "editor_page.ts"));
  folder = await mkdtemp(join(tmpdir(), "holdfast-editor-"));
  server = await startServer({ dataFolder: folder, port: 0, logger: null });
});
afterAll(async () => {
  await pages.close();
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  page = await (await chromium.context()).newPage();
  pageErrors = [];
  page.on("pageerror", (error) => pageErrors.push(String(error)));
  await page.goto(pages.url);
  devtools = await page.context().newCDPSession(page);
  documents += 1;
});
afterEach(async () => {
  expect(await page.evaluate(() => desk.errors)).toEqual([]);
  expect(pageErrors).toEqual([]);
});

/** Opens one desk for each name, on one document with the text `body`. */
async function openDesks(people: readonly Person[], body: string): Promise<void> {
  const document = `page-${documents}`;
  for (const { name, color } of people) {
    await page.evaluate((options) => desk.open(options), {
      name,
      url: server.syncUrl,
      document,
      ...(color === undefined ? {} : { color }),
    });
  }
  await page.evaluate(async (text) => {
    const { handle } = desk.desks[0]!;
    handle.change(() => handle.doc.text("body").insert(0, text), { undo: false });
    await desk.equal();
  }, body);
}

interface Person {
  readonly name: string;
  readonly color?: string;
}

const two: readonly Person[] = [{ name: "Ann" }, { name: "Ben" }];
const seen: readonly Person[] = [
  { name: "Ann", color: "#d33682" },
  { name: "Ben", color: "#ffff00" },
];

const select = (index: number, anchor: number, head = anchor): Promise<void> =>
  page.evaluate(([i, a, h]) => desk.select(i, a, h), [index, anchor, head] as const);
const shown = (index: number): Promise<string> => page.evaluate((i) => desk.shown(i), index);
const selection = (index: number): Promise<readonly [number, number]> =>
  page.evaluate((i) => desk.selection(i), index);
const equal = (): Promise<string> => page.evaluate(() => desk.equal());
const edit = (index: number, from: number, to: number, insert: string): Promise<void> =>
  page.evaluate(([i, f, t, text]) => desk.edit(i, f, t, text), [index, from, to, insert] as const);

describe("two editors", () => {
  test("type, each sees the other's, and undo takes back one's own only", async () => {
    await openDesks(two, "one\ntwo\n");
    await select(0, 3);
    await page.keyboard.type(" apple");
    await equal();
    await select(1, (await shown(1)).indexOf("two") + 3);
    await page.keyboard.type(" pears");
    await equal();
    await select(0, 3, 9);
    await page.keyboard.press("Delete");
    await equal();
    expect(await shown(1)).toBe("one\ntwo pears\n");
    await edit(1, 0, 0, "zero ");
    await equal();
    await select(0, 0);
    await page.keyboard.press("Control+z");
    expect(await shown(0)).toBe("zero one apple\ntwo pears\n");
    expect(await selection(0)).toEqual([8, 14]);
    await page.keyboard.press("Control+z");
    expect(await shown(0)).toBe("zero one\ntwo pears\n");
    expect(await selection(0)).toEqual([8, 8]);
    await page.keyboard.press("Control+z");
    expect(await shown(0)).toBe("zero one\ntwo pears\n");
    await page.keyboard.press("Control+Shift+Z");
    await page.keyboard.press("Control+y");
    expect(await shown(0)).toBe("zero one\ntwo pears\n");
    expect(await equal()).toBe("zero one\ntwo pears\n");
  });

  test("an editor that is given another document edits that one, and its own no more", async () => {
    await openDesks(seen, "the first");
    const body = await page.evaluate(async () => {
      const [ann, ben] = [desk.desks[0]!, desk.desks[1]!];
      const other = await ann.db.doc(`${ann.handle.doc.document}-other`);
      other.doc.text("body").insert(0, "the second");
      ben.handle.presence.set(null);
      // All at once, as wrappers of editors do it.
      ann.view.dispatch({
        changes: { from: 0, to: ann.view.state.doc.length, insert: "the second" },
        effects: desk.StateEffect.reconfigure.of(
          desk.bound(other, { name: "Ann", color: "#d33682" }),
        ),
      });
      ann.view.dispatch({ changes: { from: 0, insert: "now " } });
      await desk.until(() => other.presence.shown !== null, "presence in the second");
      await desk.until(() => ann.handle.presence.shown === null, "no presence in the first");
      desk.undo(ann.view);
      other.doc.text("body").insert(0, "and ");
      return other.doc.text("body").toString();
    });
    expect(body).toBe("and the second");
    expect(await shown(0)).toBe("and the second");
    expect(await page.evaluate(() => desk.body(0))).toBe("the first");
    expect(await shown(1)).toBe("the first");
  });

  test("undo from the browser's menu is the document's", async () => {
    await openDesks(two, "text");
    await select(0, 4);
    await page.keyboard.type("ed");
    await edit(1, 0, 0, "re");
    await equal();
    await page.evaluate(() => {
      const event = new InputEvent("beforeinput", {
        inputType: "historyUndo",
        bubbles: true,
        cancelable: true,
      });
      desk.desks[0]!.view.contentDOM.dispatchEvent(event);
      if (!event.defaultPrevented) throw new Error("left to the browser");
    });
    expect(await equal()).toBe("retext");
  });

  test("1 MB pasted arrives whole", async () => {
    await openDesks(two, "before after");
    await select(0, 7);
    const length = await page.evaluate(() => {
      const text = "A line of words, as they are pasted — with a pair 😀.\r\n".repeat(18_000);
      const data = new DataTransfer();
      data.setData("text/plain", text);
      const paste = new ClipboardEvent("paste", {
        clipboardData: data,
        bubbles: true,
        cancelable: true,
      });
      desk.desks[0]!.view.contentDOM.dispatchEvent(paste);
      return text.length - 18_000;
    });
    expect(length).toBeGreaterThan(950_000);
    const text = await equal();
    expect(text.length).toBe(12 + length);
    expect(text).not.toContain("\r");
    await page.keyboard.press("Control+z");
    expect(await equal()).toBe("before after");
  });

  test("a line with another program's \\r is typed in like any other", async () => {
    await openDesks(two, "one\r\ntwo\rthree");
    await select(0, 9);
    await page.keyboard.type("and ");
    expect(await equal()).toBe("one\r\ntwo\rand three");
    await select(1, 4);
    await page.keyboard.press("Backspace");
    await page.keyboard.type("!");
    expect(await equal()).toBe("one!\ntwo\rand three");
  });

  test("another's edit above what is in view leaves it where it is", async () => {
    await openDesks(two, "line\n".repeat(300));
    const topLine = (): Promise<number> =>
      page.evaluate(() => {
        const { view } = desk.desks[0]!;
        const { top } = view.scrollDOM.getBoundingClientRect();
        const at = view.posAtCoords({ x: 20, y: top + 60 }, false);
        return view.state.doc.length - at;
      });
    await page.evaluate(() => {
      desk.desks[0]!.view.scrollDOM.scrollTop = 2_000;
    });
    await page.waitForTimeout(200);
    const before = await topLine();
    await edit(1, 0, 0, "more\n".repeat(40));
    await equal();
    await page.waitForTimeout(200);
    expect(await topLine()).toBe(before);
  });
});

describe("a composition", () => {
  const compose = (text: string): Promise<unknown> =>
    devtools.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  const commit = (text: string): Promise<unknown> => devtools.send("Input.insertText", { text });
  const isComposing = (): Promise<boolean> =>
    page.evaluate(() => desk.desks[0]!.view.compositionStarted);

  test("goes on while another edits other lines, which shows at once", async () => {
    await openDesks(two, "first\nsecond\nthird");
    await select(0, 12);
    await compose("に");
    await compose("にほ");
    await edit(1, 0, 0, "the ");
    await page.evaluate(() => {
      const end = desk.shown(1).length;
      desk.edit(1, end, end, " line");
    });
    await page.evaluate(() => desk.until(() => desk.shown(0).startsWith("the "), "the edit"));
    expect(await isComposing()).toBe(true);
    await compose("にほん");
    expect(await isComposing()).toBe(true);
    await commit("日本");
    expect(await equal()).toBe("the first\nsecond日本\nthird line");
    expect(await isComposing()).toBe(false);
    await page.keyboard.press("Control+z");
    expect(await equal()).toBe("the first\nsecond\nthird line");
  });

  test("goes on while another edits its line, which shows when it ended", async () => {
    await openDesks(two, "ab\ncd");
    await select(0, 1);
    await compose("に");
    await compose("にほ");
    await edit(1, 0, 0, "X");
    await page.evaluate(() => {
      const end = desk.shown(1).length;
      desk.edit(1, end - 1, end, "Y");
    });
    await page.evaluate(() => desk.until(() => /X.*\n.*Y/.test(desk.body(0)), "the edits"));
    expect(await isComposing()).toBe(true);
    expect(await shown(0)).toBe("aにほb\ncd");
    await compose("にほん");
    expect(await isComposing()).toBe(true);
    await commit("日本");
    const text = await equal();
    expect(text).toContain("X");
    expect(text).toContain("日本");
    expect(text.startsWith("Xa")).toBe(true);
    expect(text.match(/日本/g)).toHaveLength(1);
  });
});

describe("peers", () => {
  test("are drawn where they are, with their name, and go when they go", async () => {
    await openDesks(seen, "hello world\nsecond line");
    await select(1, 6, 11);
    await page.waitForSelector(".cm-peerCaret", { state: "attached" });
    const flag = page.locator(".cm-peerCaret .cm-peerFlag").first();
    expect(await flag.textContent()).toBe("Ben");
    const places = await page.evaluate(() => {
      const { view } = desk.desks[0]!;
      const caret = view.dom.querySelector(".cm-peerCaret")!;
      const tint = view.dom.querySelector(".cm-peerSelection")!;
      return {
        caret: caret.getBoundingClientRect().left,
        expected: view.coordsAtPos(11)!.left,
        tint: tint.getBoundingClientRect().width,
        color: (caret as HTMLElement).style.backgroundColor,
        hidden: caret.closest("[aria-hidden=true]") !== null,
      };
    });
    expect(Math.abs(places.caret - places.expected)).toBeLessThan(2);
    expect(places.tint).toBeGreaterThan(20);
    expect(places.hidden).toBe(true);
    // Yellow can't be read on white.
    expect(places.color).not.toBe("rgb(255, 255, 0)");
    await edit(0, 0, 0, "oh ");
    await page.evaluate(() =>
      desk.until(() => {
        const { view } = desk.desks[0]!;
        const caret = view.dom.querySelector(".cm-peerCaret")!.getBoundingClientRect();
        return Math.abs(caret.left - view.coordsAtPos(14)!.left) < 2;
      }, "the caret moves along"),
    );
    await page.evaluate(() => desk.desks[1]!.view.destroy());
    await page.waitForSelector(".cm-peerCaret", { state: "detached" });
  });

  test("show where they type, to the letter", async () => {
    await openDesks(seen, "start ");
    await select(1, 6);
    await page.keyboard.type("typing on 😀");
    await equal();
    await page.evaluate(() =>
      desk.until(() => {
        const { view } = desk.desks[0]!;
        const caret = view.dom.querySelector(".cm-peerCaret")?.getBoundingClientRect();
        const end = view.coordsAtPos(view.state.doc.length)!;
        return caret !== undefined && Math.abs(caret.left - end.left) < 2;
      }, "the caret is at the end"),
    );
  });

  test("name themselves in text, never in markup, and colour in colours alone", async () => {
    const name = '<img src=x onerror="window.hacked=1">';
    await openDesks([seen[0]!, { name, color: "#123456" }], "hello");
    await select(1, 2);
    await page.waitForSelector(".cm-peerFlag", { state: "attached" });
    expect(await page.locator(".cm-peerFlag").first().textContent()).toBe(name);
    const evil = async (value: Record<string, unknown>): Promise<void> => {
      await page.evaluate((odd) => {
        const { presence } = desk.desks[1]!.handle;
        const shown = desk.desks[0]!.handle.presence.peers().values().next().value;
        presence.set({ ...(shown as object), ...odd } as never);
      }, value);
      await page.waitForTimeout(400);
    };
    await evil({ color: 'red;background:url("//x")', colorLight: "#12345g" });
    const style = await page.locator(".cm-peerCaret").first().getAttribute("style");
    expect(style).toContain("rgb(111, 111, 111)");
    expect(style).not.toContain("url");
    for (const odd of [
      { selection: 7 },
      { selection: { text: "body", anchor: "x", head: null } },
      { selection: { text: "other" } },
      { name: 5, color: null },
    ]) {
      await evil(odd as Record<string, unknown>);
    }
    expect(await page.evaluate(() => "hacked" in window)).toBe(false);
    expect(await page.locator(".cm-peerFlag img").count()).toBe(0);
  });

  test("show their name under the pointer", async () => {
    await openDesks(seen, "hello");
    await select(1, 2);
    await page.waitForSelector(".cm-peerFlag", { state: "attached" });
    const opacity = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.querySelector(".cm-peerFlag")!).opacity);
    await page.evaluate(() =>
      desk.until(
        () => getComputedStyle(document.querySelector(".cm-peerFlag")!).opacity === "0",
        "it fades",
      ),
    );
    const box = (await page.locator(".cm-peerCaret").first().boundingBox())!;
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    expect(await opacity()).toBe("1");
    await page.mouse.move(box.x + 60, box.y + box.height / 2);
    expect(await opacity()).toBe("0");
  });
});
