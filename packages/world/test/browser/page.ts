// What the tests of the World call inside of a page.

import type { Connection } from "@holdfast/world";
import {
  BrowserClock,
  BrowserNetwork,
  BrowserRandom,
  browserWorld,
  inboxSizeBytesMax,
} from "@holdfast/world/browser";

const tools = {
  world: browserWorld(),
  clock: new BrowserClock(),
  random: new BrowserRandom(),
  network: new BrowserNetwork(),
  inboxSizeBytesMax,
  /** The connection that a test has open. */
  connection: null as unknown as Connection,
  /** What `work` fails with, as far as it can leave the page. */
  async failure(work: Promise<unknown>): Promise<{ code: string; message: string } | null> {
    try {
      await work;
      return null;
    } catch (error) {
      return { code: (error as { code: string }).code, message: (error as Error).message };
    }
  },
};

declare global {
  var holdfastWorld: typeof tools;
}
globalThis.holdfastWorld = tools;
