// Other people's pages, made of the built packages as they would be installed, without
// any configuration for them. Each is opened in a real browser, writes, and shows what
// another wrote on the same server.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "@holdfast/client/node";
import { type StartedServer, startServer } from "@holdfast/server/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { useChromium } from "../browser/chromium.ts";
import { buildPackages, installPackages } from "./built_packages.ts";

/** Where the pages lie. */
export const fixtures = join(import.meta.dirname, "consumers");

/** What tests of pages have at hand. */
export interface Consumers {
  /** Where the packages were built. */
  readonly root: string;
  /** A folder for one test. */
  readonly folder: string;
  /** Copies a page into the folder, and installs what it imports. */
  unpack(page: string, packages: readonly string[]): void;
  /** Starts a server for one test, with the app in `appFolder`. */
  serve(appFolder?: string): Promise<StartedServer>;
  /** Opens the page at `url`, and writes to its text on the server from elsewhere; the page must show both. */
  expectShared(url: string, text: string, syncUrl: string): Promise<void>;
}

/** Builds the packages for the tests of the file that calls this at its top. */
export function useConsumers(): Consumers {
  const chromium = useChromium();
  let root: string;
  let folder: string;
  let server: StartedServer | null = null;

  beforeAll(() => {
    root = buildPackages();
  }, 180_000);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-consumer-"));
  });
  afterEach(async () => {
    await server?.close();
    server = null;
    rmSync(folder, { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true }));

  return {
    get root() {
      return root;
    },
    get folder() {
      return folder;
    },
    unpack(page, packages) {
      cpSync(join(fixtures, page), folder, { recursive: true });
      installPackages(root, folder, packages);
    },
    async serve(appFolder) {
      const common = { dataFolder: join(folder, "data"), port: 0, logger: null };
      server = await startServer({ ...common, ...(appFolder === undefined ? {} : { appFolder }) });
      return server;
    },
    async expectShared(url, text, syncUrl) {
      const page = await (await chromium.context()).newPage();
      const problems: string[] = [];
      page.on("pageerror", ({ message }) => problems.push(message));
      await page.goto(url);
      const shown = (words: string) => page.locator("output", { hasText: words }).waitFor();
      await shown("Written in the page.");
      const db = await open({ name: "test", folder: join(folder, "copy"), url: syncUrl });
      const { doc } = await db.doc("plan");
      await expect.poll(() => doc.text(text).toString()).toBe("Written in the page.");
      doc.text(text).insert(0, "Written elsewhere. ");
      await shown("Written elsewhere. Written in the page.");
      await db.close();
      expect(problems).toEqual([]);
    },
  };
}
