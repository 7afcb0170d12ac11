// Hooks on a page: what makes a component render again, and what they leave open.

import type { Doc } from "@holdfast/doc";
import { createElement, type ReactNode, useState } from "react";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, MemoryPersistence, open } from "../../src/index.ts";
import {
  useConnection,
  useDocSelector,
  useDocument,
  usePresence,
  useStatus,
} from "../../src/react/index.ts";
import { Town } from "../town.ts";
import { closePage, openPage, Stage } from "./stage.ts";

beforeAll(openPage);
afterAll(closePage);

const length = (doc: Doc): number => doc.text("body").length;
const title = (doc: Doc): unknown => doc.map("about").get("title");

/** Counts the handles that are open: what a component leaves behind shows here. */
function watched(database: Database): { readonly database: Database; readonly open: Set<string> } {
  const open = new Set<string>();
  const doc = database.doc.bind(database);
  let count = 0;
  database.doc = async (name) => {
    const handle = await doc(name);
    const key = `${name} ${count++}`;
    open.add(key);
    const close = handle.close.bind(handle);
    handle.close = () => {
      open.delete(key);
      return close();
    };
    return handle;
  };
  return { database, open };
}

describe("useDocSelector", () => {
  test("renders again when its part changes, and not for another part", async () => {
    const db = new Town().client();
    const handle = await db.doc("notes");
    const renders = { title: 0, body: 0 };
    function Title(): ReactNode {
      renders.title += 1;
      return `${useDocSelector(handle, title) ?? "none"};`;
    }
    function Body(): ReactNode {
      renders.body += 1;
      return useDocSelector(handle, (doc) => doc.text("body").toString());
    }
    const stage = new Stage();
    await stage.show(db, [createElement(Title, { key: 1 }), createElement(Body, { key: 2 })]);
    expect(stage.text).toBe("none;");
    expect(renders).toEqual({ title: 1, body: 1 });
    await stage.after(() => handle.doc.text("body").insert(0, "hello"));
    expect(stage.text).toBe("none;hello");
    expect(renders).toEqual({ title: 1, body: 2 });
    await stage.after(() => handle.doc.map("about").set("title", "Plan"));
    expect(stage.text).toBe("Plan;hello");
    expect(renders).toEqual({ title: 2, body: 2 });
    await stage.leave();
    await db.close();
  });

  test("with an equality, a selector may make a new object each time", async () => {
    const db = new Town().client();
    const handle = await db.doc("notes");
    let renders = 0;
    const seen = new Set<object>();
    function Keys(): ReactNode {
      renders += 1;
      const keys = useDocSelector(
        handle,
        (doc) => doc.map("about").keys(),
        (a, b) => String(a) === String(b),
      );
      seen.add(keys);
      return String(keys);
    }
    const stage = new Stage();
    await stage.show(db, createElement(Keys));
    await stage.after(() => handle.doc.map("about").set("a", 1));
    await stage.after(() => handle.doc.map("about").set("a", 2));
    await stage.after(() => handle.doc.text("body").insert(0, "x"));
    expect(stage.text).toBe("a");
    expect(renders).toBe(2);
    // Rendered anew from above, with a selector written in place, it is the same object still.
    await stage.show(db, createElement(Keys));
    expect(renders).toBe(3);
    expect(seen.size).toBe(2);
    await stage.leave();
    await db.close();
  });

  test("a selector that stays the same is not run again for a render from above", async () => {
    const db = new Town().client();
    const handle = await db.doc("notes");
    let runs = 0;
    const counted = (doc: Doc): number => {
      runs += 1;
      return length(doc);
    };
    const Length = (): ReactNode => useDocSelector(handle, counted);
    const stage = new Stage();
    await stage.show(db, createElement(Length));
    const before = runs;
    for (let count = 0; count < 5; count += 1) await stage.show(db, createElement(Length));
    expect(runs).toBe(before);
    await stage.after(() => handle.doc.text("body").insert(0, "abc"));
    expect(stage.text).toBe("3");
    await stage.leave();
    await db.close();
  });

  test("a change between the first render and the subscription is not missed", async () => {
    const db = new Town().client();
    const handle = await db.doc("notes");
    const Length = (): ReactNode => {
      const shown = useDocSelector(handle, length);
      if (handle.doc.text("body").length === 0) handle.doc.text("body").insert(0, "ab");
      return shown;
    };
    const stage = new Stage();
    await stage.show(db, createElement(Length));
    expect(stage.text).toBe("2");
    await stage.leave();
    await db.close();
  });
});

describe("useDocument", () => {
  function Body({ name }: { readonly name: string }): ReactNode {
    const { handle, error } = useDocument(name);
    const text = useDocSelector(handle, (doc) => doc.text("body").toString());
    if (error !== null) return `${error.code}: ${error.message}`;
    return handle === null ? "opening" : `${handle.doc.document}: ${text}`;
  }

  test.each([false, true])(
    "opens, and gives back what is needed no more (strict: %s)",
    async (isStrict) => {
      const { database, open } = watched(new Town().client());
      const stage = new Stage({ isStrict });
      await stage.show(database, createElement(Body, { name: "a" }));
      expect(stage.text).toBe("a: ");
      expect(open.size).toBe(1);
      await stage.show(database, createElement(Body, { name: "b" }));
      expect(stage.text).toBe("b: ");
      expect([...open].map((key) => key[0])).toEqual(["b"]);
      await stage.leave();
      expect(open.size).toBe(0);
      await database.close();
    },
  );

  test("under StrictMode the document is read once", async () => {
    const town = new Town();
    const world = town.world();
    const persistence = new MemoryPersistence(world.random);
    let loads = 0;
    const load = persistence.load.bind(persistence);
    persistence.load = (document) => {
      loads += 1;
      return load(document);
    };
    const db = open({ world, name: "test", persistence });
    const stage = new Stage({ isStrict: true });
    await stage.show(db, createElement(Body, { name: "a" }));
    expect(stage.text).toBe("a: ");
    expect(loads).toBe(1);
    await stage.leave();
    await db.close();
  });

  test("switched faster than documents open, it shows the last one and leaves none open", async () => {
    const { database, open } = watched(new Town().client());
    const notes = await database.doc("d");
    notes.doc.text("body").insert(0, "the last");
    const shown: string[] = [];
    let choose: (name: string) => void = () => {};
    function Switching(): ReactNode {
      const [name, setName] = useState("a");
      choose = setName;
      const { handle } = useDocument(name);
      if (handle !== null) shown.push(`${name} ${handle.doc.document}`);
      return createElement(Body, { name });
    }
    const stage = new Stage({ isStrict: true });
    await stage.show(database, createElement(Switching));
    await stage.after(() => {
      for (const name of ["b", "a", "c", "b", "a", "d"]) choose(name);
    });
    for (const name of ["b", "a", "c", "d"]) await stage.after(() => choose(name));
    expect(stage.text).toBe("d: the last");
    for (const line of shown) expect(line.split(" ")[1]).toBe(line.split(" ")[0]);
    // Two components, and the one opened above.
    expect([...open].map((key) => key[0])).toEqual(["d", "d", "d"]);
    await stage.leave();
    expect(open.size).toBe(1);
    await database.close();
  });

  test("back at a document that it had closed, it shows nothing until that is open again", async () => {
    const db = new Town().client();
    const doc = db.doc.bind(db);
    const stage = new Stage();
    await stage.show(db, createElement(Body, { name: "a" }));
    let letGo: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    db.doc = async (name) => {
      await gate;
      return doc(name);
    };
    await stage.show(db, createElement(Body, { name: "b" }));
    await stage.show(db, createElement(Body, { name: "a" }));
    expect(stage.text).toBe("opening");
    await stage.after(letGo);
    expect(stage.text).toBe("a: ");
    await stage.leave();
    await db.close();
  });

  test("unmounted while it opens, it closes what it gets", async () => {
    const { database, open } = watched(new Town().client());
    const doc = database.doc.bind(database);
    let letGo: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    database.doc = async (name) => {
      await gate;
      return doc(name);
    };
    const stage = new Stage();
    await stage.show(database, createElement(Body, { name: "a" }));
    expect(stage.text).toBe("opening");
    await stage.leave();
    letGo();
    await stage.settle();
    expect(open.size).toBe(0);
    await database.close();
  });

  test("says why a document could not be opened, and opens the next", async () => {
    const db = new Town().client();
    const stage = new Stage();
    await stage.show(db, createElement(Body, { name: "" }));
    expect(stage.text).toMatch(/^invalid_argument: /);
    await stage.show(db, createElement(Body, { name: "fine" }));
    expect(stage.text).toBe("fine: ");
    await stage.leave();
    await db.close();
    const closed = new Stage();
    await closed.show(db, createElement(Body, { name: "late" }));
    expect(closed.text).toMatch(/^closed: /);
    await closed.leave();
  });

  test("waits for a database that is not open yet", async () => {
    const db = new Town().client();
    const stage = new Stage();
    await stage.show(null, createElement(Body, { name: "a" }));
    expect(stage.text).toBe("opening");
    await stage.show(db, createElement(Body, { name: "a" }));
    expect(stage.text).toBe("a: ");
    await stage.leave();
    await db.close();
  });
});

describe("useStatus, useConnection, usePresence", () => {
  test("tell where writes stand, and whether a server is there", async () => {
    const town = await new Town().startServer();
    const db = town.client();
    const handle = await db.doc("notes");
    let renders = 0;
    function Status(): ReactNode {
      renders += 1;
      const { state, reason } = useConnection();
      return `${useStatus(handle).state} ${state} ${reason?.code ?? ""}`;
    }
    const stage = new Stage();
    await stage.show(db, createElement(Status));
    await stage.after(() => town.run(100));
    expect(stage.text).toBe("saved online ");
    const before = renders;
    await stage.after(() => town.run(60_000));
    expect(renders).toBe(before);
    await stage.after(() => town.stopServer());
    await stage.after(() => handle.doc.text("body").insert(0, "x"));
    expect(stage.text).toMatch(/^local (offline|connecting) /);
    await town.startServer();
    await stage.after(() => town.settled(handle.whenSaved()));
    expect(stage.text).toBe("saved online ");
    await stage.leave();
    await town.settled(db.close());
    await town.stopServer();
  });

  test("show the others, and not oneself", async () => {
    const town = await new Town().startServer();
    const [db, other] = [town.client(), town.client()];
    const [handle, theirs] = [await db.doc("notes"), await other.doc("notes")];
    let renders = 0;
    function Others(): ReactNode {
      renders += 1;
      const names = [...usePresence(handle).values()].map(
        (value) => (value as { name: string }).name,
      );
      return `[${names}]`;
    }
    const stage = new Stage();
    await stage.show(db, createElement(Others));
    expect(stage.text).toBe("[]");
    handle.presence.set({ name: "me" });
    theirs.presence.set({ name: "Ben" });
    await stage.after(() => town.run(1_000));
    expect(stage.text).toBe("[Ben]");
    const before = renders;
    await stage.after(() => handle.doc.text("body").insert(0, "x"));
    await stage.show(db, createElement(Others));
    expect(renders).toBe(before + 1);
    theirs.presence.set({ name: "Benjamin" });
    await stage.after(() => town.run(1_000));
    expect(stage.text).toBe("[Benjamin]");
    await stage.after(() => town.settled(other.close()));
    await stage.after(() => town.run(1_000));
    expect(stage.text).toBe("[]");
    await stage.leave();
    await town.settled(db.close());
    await town.stopServer();
  });
});
