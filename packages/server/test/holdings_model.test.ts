import { VersionVector } from "@holdfast/causality";
import type { Store } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compactDocument } from "../src/compaction.ts";
import { DocumentHoldings } from "../src/document_holdings.ts";
import { verifyDocuments } from "../src/verify_documents.ts";
import { notes } from "./bundles.ts";
import { offers } from "./histories.ts";
import { eventsOf, NaiveHoldings } from "./naive_holdings.ts";
import { storeSources } from "./stores.ts";

/** What is held beyond `since`, read in one go. */
async function readEvents(holdings: DocumentHoldings, since: VersionVector, after = 0) {
  const events = new Map<string, string>();
  const arrivals: number[] = [];
  for await (const { bytes, arrival } of holdings.read(notes, since, after as Arrival)) {
    for (const [name, content] of eventsOf(bytes)) events.set(name, content);
    arrivals.push(arrival);
  }
  expect([...arrivals].sort((a, b) => a - b)).toEqual(arrivals);
  return { events, arrivals };
}

/** All laws that hold of what is held, whatever was offered before. */
async function expectLaws(store: Store, holdings: DocumentHoldings, model: NaiveHoldings) {
  expect((await holdings.vector(notes)).entries()).toEqual(model.vector.entries());
  const fresh = new DocumentHoldings(store);
  expect((await fresh.vector(notes)).entries()).toEqual(model.vector.entries());
  await fresh.close();
  const { events } = await readEvents(holdings, new VersionVector());
  expect([...events].sort()).toEqual([...model.events].sort());
  const half = new VersionVector(
    model.vector
      .entries()
      .flatMap(([agent, next]) => (next < 2 ? [] : [[agent, next >> 1] as const])),
  );
  const beyond = (await readEvents(holdings, half)).events;
  for (const [name, content] of model.events) {
    const [agent, seq] = name.split(" ");
    const covered = model.vector
      .entries()
      .some(([id, next]) => id === agent && next >> 1 > Number(seq));
    if (!covered) expect(beyond.get(name)).toBe(content);
  }
  expect((await verifyDocuments(store)).problems).toEqual([]);
}

describe.each(storeSources)("holdings on the $name store", ({ open, runs }) => {
  it("answer and hold as the naive model does, offered one by one or at once, compacted at any time", async () => {
    await fc.assert(
      fc.asyncProperty(offers, fc.array(fc.nat(9)), async (bundles, pauses) => {
        const { store, remove } = await open();
        const holdings = new DocumentHoldings(store);
        const model = new NaiveHoldings();
        try {
          let index = 0;
          for (let turn = 0; index < bundles.length; turn += 1) {
            const pause = pauses[turn % Math.max(1, pauses.length)] ?? 1;
            const batch = bundles.slice(index, index + 1 + (pause >> 1));
            index += batch.length;
            const expected = batch.map((bytes) => model.append(bytes));
            const outcomes = await Promise.all(batch.map((bytes) => holdings.append(notes, bytes)));
            expect(outcomes.map(({ type }) => type)).toEqual(expected);
            if (pause % 2 === 1) await compactDocument(store, notes);
          }
          await expectLaws(store, holdings, model);
        } finally {
          await holdings.close();
          await remove();
        }
      }),
      { numRuns: runs },
    );
  });

  it("give a reader that goes on from any arrival all that came after it, compacted meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(offers, fc.nat(100), async (bundles, percent) => {
        const { store, remove } = await open();
        const holdings = new DocumentHoldings(store);
        try {
          const model = new NaiveHoldings();
          for (const bytes of bundles) {
            model.append(bytes);
            await holdings.append(notes, bytes);
          }
          const chunks = await readAllPieces(holdings);
          const read = chunks.slice(0, Math.floor((chunks.length * percent) / 100));
          const seen = new Map(read.flatMap(({ bytes }) => [...eventsOf(bytes)]));
          await compactDocument(store, notes);
          const after = read.at(-1)?.arrival ?? 0;
          const rest = await readEvents(holdings, new VersionVector(), after);
          for (const [name, content] of rest.events) seen.set(name, content);
          expect([...seen].sort()).toEqual([...model.events].sort());
        } finally {
          await holdings.close();
          await remove();
        }
      }),
      { numRuns: runs },
    );
  });
});

async function readAllPieces(holdings: DocumentHoldings) {
  const pieces: { bytes: Uint8Array; arrival: Arrival }[] = [];
  for await (const piece of holdings.read(notes, new VersionVector(), 0 as Arrival))
    pieces.push(piece);
  return pieces;
}
