// A person at a page, as far as tests need one.

import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";

/** Somebody with a page open. */
export class Reader {
  readonly page: Page;
  /** What the page complained about. */
  readonly problems: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.problems.push(error.stack ?? error.message));
  }

  /** Opens a tab at `url`, and waits until the list is there. */
  static async open(context: BrowserContext, url: string): Promise<Reader> {
    const reader = new Reader(await context.newPage());
    await reader.page.goto(url);
    await reader.page.locator(".new-page:enabled").waitFor();
    return reader;
  }

  /** The text of the page. */
  get text() {
    return this.page.locator(".cm-content");
  }

  /** The word that says where everything stands. */
  get standing() {
    return this.page.locator(".standing .sentence");
  }

  /** Begins a page of this title, with the cursor in its text. Gives its address. */
  async createPage(title: string): Promise<string> {
    await this.page.locator(".new-page").click();
    await expect
      .poll(() => this.page.evaluate(() => document.activeElement?.tagName), { timeout: 20_000 })
      .toBe("TEXTAREA");
    await this.page.keyboard.type(title);
    await this.text.waitFor();
    await this.page.keyboard.press("Enter");
    return this.page.url();
  }

  /** Writes at the end of the text. */
  async write(text: string): Promise<void> {
    await this.text.focus();
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.type(text);
  }

  /** Pastes into the text, where its cursor is. */
  async paste(text: string): Promise<void> {
    await this.text.evaluate((content, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      const paste = { clipboardData, bubbles: true, cancelable: true };
      content.dispatchEvent(new ClipboardEvent("paste", paste));
    }, text);
  }

  /** The text, without what is drawn over it. */
  async read(): Promise<string> {
    return await this.text.evaluate((content) =>
      [...content.querySelectorAll(".cm-line")]
        .map((line) => {
          const copy = line.cloneNode(true) as HTMLElement;
          for (const drawn of copy.querySelectorAll("[contenteditable=false], .cm-widgetBuffer"))
            drawn.remove();
          return copy.textContent;
        })
        .join("\n"),
    );
  }

  /** Resolves once the text is `wanted`. */
  async sees(wanted: string | RegExp): Promise<void> {
    const poll = expect.poll(() => this.read(), { timeout: 20_000 });
    await (typeof wanted === "string" ? poll.toBe(wanted) : poll.toMatch(wanted));
  }

  /** Resolves once the page says this of where everything stands. */
  async stands(wanted: RegExp): Promise<void> {
    await expect.poll(() => this.standing.textContent(), { timeout: 20_000 }).toMatch(wanted);
  }

  /** Resolves once the service worker holds the page. */
  async isOfflineReady(): Promise<void> {
    await this.page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, {
      timeout: 20_000,
    });
  }
}
