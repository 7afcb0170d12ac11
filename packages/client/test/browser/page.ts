// What the tests of the client call inside of a page.

import { SeededRandom } from "@holdfast/std";
import { browserWorld } from "@holdfast/world/browser";
import { StorageWatch } from "../../src/browser/browser_storage.ts";
import { CopyConnection } from "../../src/browser/copy_connection.ts";
import { type BrowserDatabase, open } from "../../src/browser/index.ts";
import { IndexedDbPersistence } from "../../src/browser/indexed_db_persistence.ts";
import type { DocumentHandle } from "../../src/index.ts";
import { persistenceCases } from "../persistence_cases.ts";

const { clock, random } = browserWorld();

/** Opens the copy `database` in this page, as often as asked. */
async function openCopy(database: string): Promise<IndexedDbPersistence> {
  const storage = new StorageWatch(clock);
  const connection = await CopyConnection.open({
    database,
    clock,
    random,
    onPlace: (error) => storage.note("place", error),
    onGone: (error) => storage.note("loss", error),
  });
  return new IndexedDbPersistence(connection, (error) => storage.note("write", error));
}

const tools = {
  open,
  openCopy,
  clock,
  SeededRandom,
  persistenceCases,
  /** What a test has open. */
  db: null as unknown as BrowserDatabase,
  handle: null as unknown as DocumentHandle,
  copy: null as unknown as IndexedDbPersistence,
  /** Opens a database, and its document `notes`. */
  async start(name: string, url?: string): Promise<string> {
    tools.db = await open({ name, ...(url === undefined ? {} : { url }) });
    tools.handle = await tools.db.doc("notes");
    return tools.db.agent;
  },
  /** Types `words` at the end; resolves when they are kept. */
  async type(words: string): Promise<void> {
    const text = tools.handle.doc.text("body");
    await tools.handle.change(() => text.insert(text.length, words)).local;
  },
  text: (): string => tools.handle.doc.text("body").toString(),
  /** Resolves when `holds` is true. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await clock.sleep(10);
  },
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
  var holdfast: typeof tools;
}
globalThis.holdfast = tools;
