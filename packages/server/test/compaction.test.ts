import { VersionVector } from "@holdfast/causality";
import { bundleSizeBytesMax, Doc } from "@holdfast/doc";
import { memoryStore } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import { nodeWorld } from "@holdfast/world/node";
import { describe, expect, it } from "vitest";
import { compactDocument } from "../src/compaction.ts";
import { DocumentHoldings } from "../src/document_holdings.ts";
import { verifyDocuments } from "../src/verify_documents.ts";
import { agent, bundleOf, notes } from "./bundles.ts";

async function readAll(holdings: DocumentHoldings) {
  const pieces: Uint8Array[] = [];
  for await (const { bytes } of holdings.read(notes, new VersionVector(), 0 as Arrival)) {
    pieces.push(bytes);
  }
  return pieces;
}

describe("compaction", () => {
  it("makes a document of 25,000 one-keystroke bundles quick to open", async () => {
    const store = memoryStore({ world: nodeWorld() });
    const holdings = new DocumentHoldings(store);
    const writer = new Doc({ document: notes, agent: agent(1) });
    const body = writer.text("body");
    const keystrokes = 25_000;
    const pending: Promise<unknown>[] = [];
    for (let index = 0; index < keystrokes; index += 1) {
      const change = writer.change(() => {
        if (index % 10 === 9) body.delete(body.length - 1, 1);
        else body.insert(body.length, "holdfast "[index % 9]!);
      });
      pending.push(holdings.append(notes, change!.bundle()));
      // As they come from a fast typist on a slow disk: a few for each commit.
      if (pending.length % 20 === 0) await Promise.all(pending.splice(0));
    }
    await Promise.all(pending);
    await compactDocument(store, notes);
    const begunMs = performance.now();
    const pieces = await readAll(holdings);
    const reader = new Doc({ document: notes, agent: agent(2) });
    for (const bytes of pieces) expect(reader.apply(bytes).missing).toEqual([]);
    const tookMs = Math.round(performance.now() - begunMs);
    expect(reader.text("body").toString()).toBe(body.toString());
    const report = await verifyDocuments(store);
    console.info(`opened in ${tookMs} ms: ${report.chunks} chunks, ${report.chunkBytes} bytes`);
    expect(report.problems).toEqual([]);
    expect(report.events).toBe(keystrokes);
    expect(report.chunks).toBeLessThan(25);
    expect(report.chunkBytes).toBeLessThan(10 * keystrokes);
    await holdings.close();
  });

  it("joins sealed bundles without looking into them, each at most 64 KiB", async () => {
    const store = memoryStore({ world: nodeWorld() });
    const holdings = new DocumentHoldings(store);
    for (let seq = 0; seq < 500; seq += 1) {
      const content = "x".repeat(seq % 300);
      await holdings.append(notes, bundleOf({ agent: agent(1), from: seq, to: seq + 1, content }));
    }
    await compactDocument(store, notes);
    const pieces = await readAll(holdings);
    const report = await verifyDocuments(store);
    expect(report).toMatchObject({ events: 500, problems: [] });
    expect(pieces.length).toBeLessThan(8);
    for (const bytes of pieces) expect(bytes.length).toBeLessThanOrEqual(bundleSizeBytesMax);
    const again = bundleOf({ agent: agent(1), from: 7, to: 8, content: "x".repeat(7) });
    expect((await holdings.append(notes, again)).type).toBe("known");
    const forged = bundleOf({ agent: agent(1), from: 7, to: 8, content: "y" });
    expect((await holdings.append(notes, forged)).type).toBe("equivocation");
    await holdings.close();
  });

  it("does nothing where nothing came since, and is safe from two processes at once", async () => {
    const store = memoryStore({ world: nodeWorld() });
    const processes = [new DocumentHoldings(store), new DocumentHoldings(store)];
    await Promise.all(
      processes.map(async (holdings, index) => {
        for (let seq = 0; seq < 300; seq += 1) {
          const bytes = bundleOf({ agent: agent(index), from: seq, to: seq + 1 });
          expect((await holdings.append(notes, bytes)).type).toBe("stored");
          if (seq % 50 === 0) await compactDocument(store, notes);
        }
      }),
    );
    await Promise.all([compactDocument(store, notes), compactDocument(store, notes)]);
    expect(await verifyDocuments(store)).toMatchObject({ events: 600, problems: [] });
    const before = await store.read((snapshot) => snapshot.version);
    await compactDocument(store, notes);
    expect(await store.read((snapshot) => snapshot.version)).toBe(before);
    for (const holdings of processes) await holdings.close();
  });
});
