// Rendering on a server, taking it over in the browser, and two copies of the library.

import { createElement, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Database } from "../../src/index.ts";
import {
  DatabaseProvider,
  useConnection,
  useDocSelector,
  useDocument,
  usePresence,
  useStatus,
} from "../../src/react/index.ts";
import { Town } from "../town.ts";

function Page(): ReactNode {
  const { handle, error } = useDocument("notes");
  const text = useDocSelector(handle, (doc) => doc.text("body").toString());
  const status = useStatus(handle);
  const { state } = useConnection();
  const peers = usePresence(handle);
  const opened = handle === null ? "opening" : "open";
  return `${opened}, ${text}, ${status?.state}, ${state}, ${peers.size}, ${error}`;
}

function onServer(database: Database | null): string {
  return renderToString(createElement(DatabaseProvider, { database }, createElement(Page)));
}

describe("on a server", () => {
  test("there is no window, and hooks answer what they answer before anything is open", () => {
    expect("window" in globalThis).toBe(false);
    expect(onServer(null)).toBe("opening, undefined, undefined, offline, 0, null");
  });

  test("a database that happens to be open is neither opened nor asked", async () => {
    const db = new Town().client();
    expect(onServer(db)).toBe("opening, undefined, undefined, offline, 0, null");
    expect(await db.documents()).toEqual([]);
    await db.close();
  });

  test("the browser takes the server's page over without a complaint", async () => {
    const town = await new Town().startServer();
    const db = town.client();
    const handle = await db.doc("notes");
    await town.run(100);
    handle.doc.text("body").insert(0, "hello");
    await town.settled(handle.whenSaved());
    const html = onServer(null);
    const { closePage, openPage, Stage } = await import("./stage.ts");
    openPage();
    const stage = new Stage();
    expect(await stage.hydrate(html, db, createElement(Page))).toEqual([]);
    expect(stage.text).toBe("open, hello, saved, online, 0, null");
    await stage.leave();
    closePage();
    await town.settled(handle.close());
    await town.settled(db.close());
    await town.stopServer();
  });
});

describe("without a provider", () => {
  test("hooks say what is missing", () => {
    expect(() => renderToString(createElement(Page))).toThrow(/no DatabaseProvider is above/);
  });
});

describe("two copies of the library on one page", () => {
  let copy: typeof import("../../src/react/index.ts");

  beforeAll(async () => {
    vi.resetModules();
    copy = await import("../../src/react/index.ts");
  });

  afterAll(() => void vi.resetModules());

  test("share the database", async () => {
    expect(copy.useDocument).not.toBe(useDocument);
    const db = new Town().client();
    let seen: unknown;
    function Foreign(): ReactNode {
      seen = copy.useDatabase();
      return null;
    }
    renderToString(createElement(DatabaseProvider, { database: db }, createElement(Foreign)));
    expect(seen).toBe(db);
    await db.close();
  });
});
