// A real Chromium for the tests of one file: started when the first page is asked for,
// ended with the last test.
//
// It is the system's own: nothing is downloaded. Where there is none, the tests skip
// and say how to get it. Names that end in `.holdfast.test` lead to this machine, so
// that a page can also be one of a plain, insecure origin.

import { existsSync } from "node:fs";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium as driver,
} from "playwright-core";
import { afterAll, afterEach, beforeEach } from "vitest";

const places = [
  process.env.HOLDFAST_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Where Chromium is; undefined where it is not installed. */
export const chromiumPath = places.find((path) => path !== undefined && existsSync(path));

/** What a test says that skips for want of it. */
export const skipReason = "no Chromium: apt-get install chromium, or name one in HOLDFAST_CHROMIUM";

/** What every Chromium of ours is started with: no sandbox of its own, no traffic but ours. */
export const chromiumArguments: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP *.holdfast.test 127.0.0.1",
];

/** What tests ask of Chromium. */
export interface Chromium {
  /** A profile of its own, with an empty storage; closed after the test. Its pages are tabs of one another. */
  context(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** The browser itself. */
  browser(): Promise<Browser>;
}

/** Starts Chromium for the tests of the file that calls this at its top; they skip where there is none. */
export function useChromium(): Chromium {
  let starting: Promise<Browser> | null = null;
  const contexts = new Set<BrowserContext>();
  const browser = (): Promise<Browser> => {
    starting ??= driver.launch({
      executablePath: chromiumPath!,
      args: [...chromiumArguments],
      headless: true,
    });
    return starting;
  };

  beforeEach((context) => {
    if (chromiumPath === undefined) context.skip(skipReason);
  });
  afterEach(async () => {
    for (const context of contexts) await context.close();
    contexts.clear();
  });
  afterAll(async () => {
    await (await starting)?.close();
  });
  return {
    browser,
    context: async (options) => {
      const context = await (await browser()).newContext(options);
      contexts.add(context);
      return context;
    },
  };
}
