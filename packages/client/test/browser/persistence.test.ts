// What every persistence promises, tried on IndexedDB in a real browser; and what only
// IndexedDB has to show.

import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../../../tools/browser/chromium.ts";
import { type PageServer, serveModule } from "../../../../tools/browser/page_server.ts";
import { persistenceCases } from "../persistence_cases.ts";
import { unsavedCases } from "../unsaved_cases.ts";
import type {} from "./page.ts";

const chromium = useChromium();
let server: PageServer | null = null;
let page: Page;

// One page for all: each case has a copy of its own.
beforeEach(async () => {
  if (server !== null) return;
  server = await serveModule(join(import.meta.dirname, "page.ts"));
  page = await (await chromium.browser()).newPage();
  await page.goto(server.url);
});
afterAll(() => server?.close());

describe("persistence: IndexedDB", () => {
  test.each([...persistenceCases, ...unsavedCases].map(({ name }) => name))("%s", async (name) => {
    await page.evaluate(async (wanted) => {
      const index = holdfast.persistenceCases.findIndex((each) => each.name === wanted);
      const copy = `case${index}`;
      const lose = async (): Promise<void> => holdfast.remove(copy);
      await holdfast.persistenceCases[index]!.run(() => holdfast.openCopy(copy), lose);
    }, name);
  });
});

describe("IndexedDB alone", () => {
  test("groups what is written at once, durably, and in the order of writing", async () => {
    const outcome = await page.evaluate(async () => {
      const copy = await holdfast.openCopy("groups");
      const bundles = holdfast.typed(copy.agent, 500);
      const transactions: { readonly mode: string; readonly durability: string }[] = [];
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (...args) {
        const begun = transaction.apply(this, args);
        transactions.push(begun);
        return begun;
      };
      const kept: number[] = [];
      await Promise.all(
        bundles.map((bundle, index) =>
          copy.append(holdfast.notes, bundle).then(() => kept.push(index)),
        ),
      );
      const wide = new Uint8Array(1_000_000);
      wide.set(bundles[0]!, 10);
      await copy.append(holdfast.notes, wide.subarray(10, 10 + bundles[0]!.length));
      IDBDatabase.prototype.transaction = transaction;
      const stored = await copy.appended(holdfast.notes, 0);
      const same = stored.bundles.every(
        (bundle, index) => bundle.join() === bundles[index % 500]!.join(),
      );
      await copy.close();
      return {
        count: stored.bundles.length,
        same,
        isLean: stored.bundles.every(({ buffer, length }) => buffer.byteLength === length),
        isOrdered: kept.every((each, index) => each === index),
        modes: transactions.map(({ mode, durability }) => `${mode} ${durability}`),
      };
    });
    expect(outcome).toEqual({
      count: 501,
      same: true,
      isLean: true,
      isOrdered: true,
      modes: ["readwrite strict", "readwrite strict"],
    });
  });

  test("joins crumbs when they are loaded, and who was in the middle misses nothing", async () => {
    const outcome = await page.evaluate(async () => {
      const writer = await holdfast.openCopy("crumbs");
      const reader = await holdfast.openCopy("crumbs");
      const bundles = holdfast.typed(writer.agent, 300);
      const half = bundles.slice(0, 150);
      await Promise.all(half.map((bundle) => writer.append(holdfast.notes, bundle)));
      const { position } = await reader.appended(holdfast.notes, 0);
      const rest = bundles.slice(150);
      await Promise.all(rest.map((bundle) => writer.append(holdfast.notes, bundle)));
      const joined = await writer.load(holdfast.notes);
      const more = await reader.appended(holdfast.notes, position);
      const again = await reader.load(holdfast.notes);
      const nothing = await reader.appended(holdfast.notes, joined.position);
      const texts = [joined, again].map(({ bundles }) => holdfast.read(bundles));
      const continued = holdfast.read([...half, ...more.bundles]);
      const rows = await holdfast.rows("crumbs", "bundles");
      await writer.close();
      await reader.close();
      return {
        joined: joined.bundles.length,
        again: again.bundles.length,
        rows: rows.length,
        nothing: nothing.bundles.length,
        texts: new Set([...texts, continued, holdfast.read(bundles)]).size,
      };
    });
    expect(outcome).toEqual({ joined: 1, again: 1, rows: 1, nothing: 0, texts: 1 });
  });

  test("leaves a document with a gap as it is", async () => {
    const outcome = await page.evaluate(async () => {
      const copy = await holdfast.openCopy("gap");
      const bundles = holdfast.typed(copy.agent, 301);
      const [first, ...rest] = bundles;
      await Promise.all([...rest, first!].map((bundle) => copy.append(holdfast.notes, bundle)));
      const stored = await copy.load(holdfast.notes);
      const again = await copy.load(holdfast.notes);
      await copy.close();
      return { first: stored.bundles.length, again: again.bundles.length };
    });
    expect(outcome.again).toBe(outcome.first);
  });

  test("keeps one mark for a document, however much is written, and none once it is saved", async () => {
    const counts = await page.evaluate(async () => {
      const copy = await holdfast.openCopy("marks");
      const bundles = holdfast.typed(copy.agent, 20);
      const counts: number[] = [];
      const count = async () => counts.push((await holdfast.rows("marks", "unsaved")).length);
      for (const bundle of bundles) await copy.append(holdfast.notes, bundle);
      await count();
      await copy.remember(holdfast.notes, holdfast.knowledge(copy.agent, 20));
      await count();
      await Promise.all(bundles.map((bundle) => copy.append(holdfast.notes, bundle)));
      await count();
      await copy.close();
      return counts;
    });
    expect(counts).toEqual([1, 0, 1]);
  });

  test("a copy of schema version 1: what is not saved is marked when it is opened", async () => {
    const outcome = await page.evaluate(async () => {
      const first = await holdfast.openCopy("upgrade");
      const { agent } = first;
      // More than are read at once, and in turn.
      for (const [index, bundle] of holdfast.typed(agent, 300).entries()) {
        const late = index >= 290;
        await Promise.all([
          first.append(holdfast.parseDocumentId("all"), bundle),
          first.append(holdfast.parseDocumentId("most"), bundle),
          first.append(holdfast.parseDocumentId("none"), bundle),
          ...(late ? [] : [first.append(holdfast.parseDocumentId("some"), bundle)]),
        ]);
      }
      const stranger = holdfast.typed(holdfast.newAgent(), 1)[0]!;
      await first.append(holdfast.parseDocumentId("afar"), stranger);
      for (const [document, saved] of [
        ["all", 300],
        ["most", 299],
        ["some", 289],
      ] as const) {
        await first.remember(holdfast.parseDocumentId(document), holdfast.knowledge(agent, saved));
      }
      const before = await first.unsaved();
      await first.close();
      await holdfast.toVersion1("upgrade");
      const second = await holdfast.openCopy("upgrade");
      const after = await second.unsaved();
      const marks = await holdfast.rows("upgrade", "unsaved");
      await second.remember(holdfast.parseDocumentId("most"), holdfast.knowledge(agent, 300));
      const later = await second.unsaved();
      await second.close();
      return { before, after, later, marks: marks.length, same: second.agent === agent };
    });
    expect(outcome).toEqual({
      before: ["most", "none", "some"],
      after: ["most", "none", "some"],
      later: ["none", "some"],
      marks: 3,
      same: true,
    });
  });

  test("a damaged copy of schema version 1 is opened like any other, and marked to be sent", async () => {
    const outcome = await page.evaluate(async () => {
      const first = await holdfast.openCopy("old and damaged");
      const { agent } = first;
      await first.append(holdfast.notes, holdfast.typed(agent, 1)[0]!);
      const other = holdfast.parseDocumentId("other");
      await first.append(other, holdfast.typed(agent, 1)[0]!);
      await first.remember(other, holdfast.knowledge(agent, 1));
      await first.close();
      await holdfast.damage("old and damaged", "knowledge");
      await holdfast.damage("old and damaged", "bundles");
      await holdfast.toVersion1("old and damaged");
      const second = await holdfast.openCopy("old and damaged");
      const unsaved = await second.unsaved();
      const documents = await second.documents();
      await second.close();
      return { unsaved, documents };
    });
    expect(outcome.documents).toEqual(["notes", "other"]);
    expect(outcome.unsaved).toEqual(["other"]);
  });

  test.each(["bundles", "knowledge"] as const)(
    "finds out that a row of %s is damaged",
    async (store) => {
      const code = await page.evaluate(async (name) => {
        const copy = await holdfast.openCopy(`damage ${name}`);
        await copy.append(holdfast.notes, holdfast.typed(copy.agent, 1)[0]!);
        await copy.remember(holdfast.notes, holdfast.knowledge(copy.agent, 4));
        await holdfast.damage(`damage ${name}`, name);
        const failure = await holdfast.failure(copy.load(holdfast.notes));
        await copy.close();
        return failure?.code;
      }, store);
      expect(code).toBe("corrupt");
    },
  );
});
