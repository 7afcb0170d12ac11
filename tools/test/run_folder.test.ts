import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { madeOnce } from "../run_folder.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-run-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a run has a folder", () => {
  expect(existsSync(inject("runFolder"))).toBe(true);
});

test("what several need is made once, and given to nobody before it is whole", async () => {
  let made = 0;
  let finish = (): void => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const make = async (into: string): Promise<void> => {
    made += 1;
    writeFileSync(join(into, "first"), "1");
    await held;
    writeFileSync(join(into, "second"), "2");
  };
  const given = Promise.all([1, 2, 3].map(() => madeOnce(folder, "page", make)));
  expect(existsSync(join(folder, "page"))).toBe(false);
  finish();
  const paths = await given;
  expect(paths).toEqual(paths.map(() => join(folder, "page")));
  expect(readFileSync(join(folder, "page", "second"), "utf8")).toBe("2");
  expect(made).toBe(1);
});

test("where making fails, who comes next makes it, from nothing", async () => {
  const failing = madeOnce(folder, "page", async (into) => {
    writeFileSync(join(into, "left"), "");
    throw new Error("no room");
  });
  await expect(failing).rejects.toThrow("no room");
  const path = await madeOnce(folder, "page", async () => {});
  expect(existsSync(join(path, "left"))).toBe(false);
});
