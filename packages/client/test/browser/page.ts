// What the tests of the client call inside of a page.

import { type AgentId, agentFromBytes as agentOf } from "@holdfast/causality";
import { parseDocumentId } from "@holdfast/doc";
import { browserWorld } from "@holdfast/world/browser";
import { deleteDB, openDB } from "idb";
import { BrowserSiblings } from "../../src/browser/browser_siblings.ts";
import { StorageWatch } from "../../src/browser/browser_storage.ts";
import { CopyConnection } from "../../src/browser/copy_connection.ts";
import { type BrowserDatabase, open } from "../../src/browser/index.ts";
import { IndexedDbPersistence } from "../../src/browser/indexed_db_persistence.ts";
import type { DocumentHandle } from "../../src/index.ts";
import { knowledge, notes, persistenceCases, read, typed } from "../persistence_cases.ts";
import { unsavedCases } from "../unsaved_cases.ts";

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
  persistenceCases: [...persistenceCases, ...unsavedCases],
  notes,
  parseDocumentId,
  newAgent: (): AgentId => agentOf(random.bytes(16)),
  knowledge,
  /** As many bundles of a letter each. */
  typed: (agent: AgentId, count: number): Uint8Array[] =>
    typed(agent, ...Array.from({ length: count }, (_, index) => "abc"[index % 3]!)),
  read: (bundles: readonly Uint8Array[]): string => read(agentOf(random.bytes(16)), bundles),
  /** What lies in a store of a copy. */
  async rows(database: string, store: "bundles" | "knowledge" | "unsaved"): Promise<unknown[]> {
    const db = await openDB(`holdfast:${database}`);
    const rows = await db.getAll(store);
    db.close();
    return rows;
  },
  /** Removes a copy that may be open. */
  remove: (database: string): Promise<void> => deleteDB(`holdfast:${database}`),
  /** Puts a copy that is closed back into the layout of schema version 1. */
  async toVersion1(database: string): Promise<void> {
    const names = ["bundles", "knowledge", "agents"] as const;
    const db = await openDB(`holdfast:${database}`);
    const rows = await Promise.all(names.map((name) => db.getAll(name)));
    const identity = await db.get("meta", "identity");
    db.close();
    await deleteDB(`holdfast:${database}`);
    const old = await openDB(`holdfast:${database}`, 1, {
      upgrade: (made) => {
        const bundles = made.createObjectStore("bundles", { keyPath: "id", autoIncrement: true });
        bundles.createIndex("document", ["document", "id"]);
        made.createObjectStore("knowledge", { keyPath: "document" });
        made.createObjectStore("agents", { keyPath: "agent" });
        made.createObjectStore("meta");
      },
    });
    for (const [index, name] of names.entries()) {
      for (const row of rows[index]!) await old.put(name, row);
    }
    await old.put("meta", identity, "identity");
    old.close();
  },
  /** Changes one bit of the first row of a store. */
  async damage(database: string, store: "bundles" | "knowledge"): Promise<void> {
    const db = await openDB(`holdfast:${database}`);
    const [row] = await db.getAll(store);
    row.bytes[row.bytes.length >> 1] ^= 1;
    await db.put(store, row);
    db.close();
  },
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
  /** Writes `text` into `document`, and closes it. */
  async leave(document: string, text: string): Promise<void> {
    const handle = await tools.db.doc(document);
    handle.change(() => handle.doc.text("body").insert(0, text));
    await handle.close();
  },
  /** What `document` says once that is `wanted`. */
  async reads(document: string, wanted: string): Promise<void> {
    const { doc } = await tools.db.doc(document);
    await tools.until(() => doc.text("body").toString() === wanted);
  },
  /** Resolves when nothing but `documents` is unsaved. */
  async unsaved(...documents: string[]): Promise<void> {
    while ((await tools.db.unsaved()).join() !== documents.join()) await clock.sleep(10);
  },
  /** Who has the copy `notes` open, sorted. */
  async present(): Promise<string[]> {
    const siblings = new BrowserSiblings("notes");
    const present = [...(await siblings.present())].sort();
    siblings.close();
    // After the end, nobody hears it, and nothing is thrown.
    siblings.post(new Uint8Array(1));
    return present;
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
