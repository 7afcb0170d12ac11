import { MemoryPersistence, open } from "@holdfast/client";
import { Doc } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import { ManualClock, MemoryNetwork } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import {
  addPage,
  deletePage,
  findPage,
  isPageId,
  listPages,
  newPageId,
  renamePage,
  restorePage,
  titleLengthMax,
} from "../src/data/page_list.ts";
import { routeOf } from "../src/data/route.ts";

async function newList(seed = 1) {
  const random = new SeededRandom(seed);
  const world = { clock: new ManualClock(0), random, network: new MemoryNetwork() };
  const database = open({ world, name: "test", persistence: new MemoryPersistence(random) });
  return await database.doc("workspace");
}

describe("the list of pages", () => {
  test("sorts by title as people do, with what has none in front", async () => {
    const list = await newList();
    const ids = [newPageId(), newPageId(), newPageId(), newPageId()] as const;
    for (const id of ids) addPage(list, id);
    renamePage(list, ids[0], "Page 10");
    renamePage(list, ids[1], "page 9");
    renamePage(list, ids[2], "Älter");
    expect(listPages(list.doc).map(({ title }) => title)).toEqual([
      "",
      "Älter",
      "page 9",
      "Page 10",
    ]);
  });

  test("keeps a rename and a delete that were made at once", async () => {
    const [left, right] = [await newList(1), await newList(2)];
    const id = newPageId();
    addPage(left, id);
    renamePage(left, id, "Before");
    right.doc.apply(left.doc.bundle(right.doc.vector())!);
    renamePage(left, id, "After");
    deletePage(right, id);
    left.doc.apply(right.doc.bundle(left.doc.vector())!);
    expect(listPages(left.doc)).toEqual([]);
    expect(findPage(left.doc, id)).toMatchObject({ title: "After", isDeleted: true });
    restorePage(left, id);
    expect(listPages(left.doc).map(({ title }) => title)).toEqual(["After"]);
  });

  test("shows nothing of what makes no sense, and lives on", () => {
    const doc = new Doc({ document: "workspace" as never, agent: "0".repeat(32) as never });
    const id = newPageId();
    const pages = doc.map("pages");
    pages.set(".createdAt", 1);
    pages.set("../../etc.createdAt", 1);
    pages.set(`${id}.createdAt`, "yesterday");
    pages.set(`${id}.title`, { not: "a title" });
    expect(listPages(doc)).toEqual([{ id, title: "", createdAtMs: 0, isDeleted: false }]);
    pages.set(`${id}.title`, "x".repeat(5_000));
    expect(listPages(doc)[0]!.title).toHaveLength(titleLengthMax);
  });

  test("cuts a title that is too long, not through a character, and changes nothing for the same", async () => {
    const list = await newList();
    const id = newPageId();
    addPage(list, id);
    renamePage(list, id, `${"x".repeat(titleLengthMax - 1)}🙂`);
    const title = findPage(list.doc, id)!.title;
    expect(title.isWellFormed()).toBe(true);
    expect(title.startsWith("xxx")).toBe(true);
    const before = list.doc.version();
    renamePage(list, id, title);
    expect(list.doc.version()).toEqual(before);
  });

  test("names pages so that nobody guesses them, and the address takes them", () => {
    const ids = new Set(Array.from({ length: 1_000 }, newPageId));
    expect(ids.size).toBe(1_000);
    for (const id of ids) {
      expect(isPageId(id)).toBe(true);
      expect(routeOf(`/p/${id}`)).toEqual({ kind: "page", id });
    }
    // All of 128 bits are used: no place is the same in all.
    for (let place = 1; place < 22; place += 1) {
      expect(new Set([...ids].map((id) => id[place])).size).toBeGreaterThan(40);
    }
    expect(routeOf("/")).toEqual({ kind: "home" });
    for (const path of ["/p/", "/p/short", `/p/${newPageId()}/more`, "/elsewhere"]) {
      expect(routeOf(path)).toEqual({ kind: "lost" });
    }
  });
});
