import { agentFromBytes, VersionVector, vectorAgentsMax } from "@holdfast/causality";
import { decodeBundle, encodeBundle, parseDocumentId } from "@holdfast/doc";
import { Writer } from "@holdfast/std";
import { memoryStore } from "@holdfast/store";
import type { Arrival, HeldBundle } from "@holdfast/sync";
import { ManualClock } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { describe, expect, it } from "vitest";
import { DocumentHoldings } from "../src/document_holdings.ts";
import { agent, bundleOf, notes } from "./bundles.ts";

const [ann, bob] = [agent(1), agent(2)];

function open() {
  const store = memoryStore({ world: nodeWorld() });
  return { store, holdings: new DocumentHoldings(store) };
}

async function readAll(holdings: DocumentHoldings, since = new VersionVector(), after = 0) {
  const read: HeldBundle[] = [];
  for await (const held of holdings.read(notes, since, after as Arrival)) read.push(held);
  return read;
}

describe("append", () => {
  it("stores what is new, knows what it has, and refuses what is early", async () => {
    const { holdings } = open();
    const first = bundleOf({ agent: ann, from: 0, to: 3 });
    expect((await holdings.append(notes, first)).type).toBe("stored");
    expect((await holdings.append(notes, first)).type).toBe("known");
    const early = await holdings.append(notes, bundleOf({ agent: ann, from: 5, to: 6 }));
    expect(early.type).toBe("missing_dependency");
    if (early.type === "missing_dependency") expect(early.vector.next(ann)).toBe(3);
    const dependent = { agent: bob, from: 0, to: 1, dependencies: [{ agent: ann, seq: 3 }] };
    expect((await holdings.append(notes, bundleOf(dependent))).type).toBe("missing_dependency");
    const both = bundleOf({ agent: ann, from: 3, to: 4 }, dependent);
    expect((await holdings.append(notes, both)).type).toBe("stored");
    expect((await holdings.vector(notes)).entries()).toEqual([
      [ann, 4],
      [bob, 1],
    ]);
  });

  it("refuses a known id with another content", async () => {
    const { holdings } = open();
    await holdings.append(notes, bundleOf({ agent: ann, from: 0, to: 3 }));
    const other = bundleOf({ agent: ann, from: 0, to: 3, content: "other" });
    expect(await holdings.append(notes, other)).toMatchObject({
      type: "equivocation",
      run: { agent: ann, from: 0, to: 3 },
    });
  });

  it("joins what comes while a commit is under way, and answers each", async () => {
    const { holdings } = open();
    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, (_, seq) =>
        holdings.append(notes, bundleOf({ agent: ann, from: seq, to: seq + 1 })),
      ),
    );
    expect(outcomes.every(({ type }) => type === "stored")).toBe(true);
    const read = await readAll(holdings);
    expect(read.length).toBeLessThan(10);
    const runs = read.flatMap(({ bytes }) => decodeBundle(bytes).sections.flatMap((s) => s.runs));
    expect(runs.map((run) => run.from)).toEqual(Array.from({ length: 1_000 }, (_, seq) => seq));
  });

  it("answers repetitions within one batch", async () => {
    const { holdings } = open();
    const bytes = bundleOf({ agent: ann, from: 0, to: 3 });
    const other = bundleOf({ agent: ann, from: 0, to: 3, content: "other" });
    const outcomes = await Promise.all(
      [bytes, bytes, other, bytes].map((b) => holdings.append(notes, b)),
    );
    expect(outcomes.map(({ type }) => type)).toEqual(["stored", "known", "equivocation", "known"]);
  });

  it("takes in nothing more of a sender after an equivocation: it was made upon another content", async () => {
    const { holdings } = open();
    await holdings.append(notes, bundleOf({ agent: ann, from: 0, to: 3 }));
    const sender = { contradiction: null };
    const double = bundleOf({ agent: ann, from: 0, to: 3, content: "other" });
    const sequel = bundleOf({ agent: ann, from: 3, to: 4 });
    // In one batch, and in the next.
    const both = [double, sequel].map((bytes) => holdings.append(notes, bytes, sender));
    const outcomes = await Promise.all(both);
    outcomes.push(await holdings.append(notes, sequel, sender));
    const refused = { type: "equivocation", run: { agent: ann, from: 0, to: 3 } };
    expect(outcomes).toMatchObject([refused, refused, refused]);
    expect((await holdings.vector(notes)).next(ann)).toBe(3);
    const other = { contradiction: null };
    expect((await holdings.append(notes, sequel, other)).type).toBe("stored");
  });

  it("takes in a bundle that repeats itself, unless it contradicts itself", async () => {
    const { holdings } = open();
    const run = { agent: ann, from: 0, to: 3 };
    const torn = bundleOf(run, { ...run, content: "other" });
    expect((await holdings.append(notes, torn)).type).toBe("equivocation");
    expect((await holdings.vector(notes)).size).toBe(0);
    expect((await holdings.append(notes, bundleOf(run, run))).type).toBe("stored");
    const [held] = await readAll(holdings);
    expect(decodeBundle(held!.bytes).sections.length).toBe(1);
  });

  it("takes in bundles of thousands of writers beside others, up to the limit of writers", async () => {
    // On a clock that stands still: how long it takes is not what is tested.
    const world = { clock: new ManualClock(), random: nodeWorld().random };
    const store = memoryStore({ world });
    const holdings = new DocumentHoldings(store);
    const crowded = parseDocumentId("n".repeat(200));
    const bundle = (first: number, count: number, from = 0): Uint8Array => {
      const runs = Array.from({ length: count }, (_, index) => {
        const name = agentFromBytes(
          new Writer(16)
            .u32(first + index)
            .raw(new Uint8Array(12))
            .finish(),
        );
        return { agent: name, from, to: from + 1, hash: new Uint8Array(16) };
      });
      const section = {
        kind: "sealed",
        runs,
        dependencies: [],
        payload: new Uint8Array(1),
      } as const;
      return encodeBundle({ document: crowded, sections: [section] });
    };
    const [perBundle, full] = [1_450, Math.floor(vectorAgentsMax / 1_450)];
    const crowd = Array.from({ length: full }, (_, index) => bundle(index * perBundle, perBundle));
    const lone = bundle(9_000_000, 1);
    const outcomes = await Promise.all(
      [...crowd, lone].map((bytes) => holdings.append(crowded, bytes)),
    );
    expect(outcomes.every(({ type }) => type === "stored")).toBe(true);
    const tooMany = holdings.append(crowded, bundle(1_000_000, perBundle));
    const next = holdings.append(crowded, bundle(9_000_000, 1, 1));
    await expect(tooMany).rejects.toMatchObject({ code: "overloaded" });
    expect((await next).type).toBe("stored");
    expect((await holdings.vector(crowded)).size).toBe(full * perBundle + 1);
    // A server that has yet to read what is held takes in more all the same.
    const restarted = new DocumentHoldings(store);
    expect((await restarted.append(crowded, bundle(9_000_000, 1, 2))).type).toBe("stored");
    await restarted.close();
    await holdings.close();
    await store.close();
  });

  it("refuses a bundle of another document, and bytes that are none", async () => {
    const { holdings } = open();
    const bytes = bundleOf({ agent: ann, from: 0, to: 3 });
    await expect(holdings.append(parseDocumentId("other"), bytes)).rejects.toMatchObject({
      code: "wrong_document",
    });
    await expect(holdings.append(notes, bytes.subarray(0, 20))).rejects.toMatchObject({
      code: "corrupt",
    });
  });
});

describe("read", () => {
  it("gives what the reader lacks, from where it was", async () => {
    const { holdings } = open();
    await holdings.append(notes, bundleOf({ agent: ann, from: 0, to: 3 }));
    await holdings.append(notes, bundleOf({ agent: bob, from: 0, to: 2 }));
    const all = await readAll(holdings);
    expect(all.map(({ arrival }) => arrival)).toEqual([1, 2]);
    expect(await readAll(holdings, new VersionVector([[ann, 3]]))).toEqual([all[1]]);
    expect(await readAll(holdings, new VersionVector(), 1)).toEqual([all[1]]);
    expect(
      await readAll(
        holdings,
        new VersionVector([
          [ann, 3],
          [bob, 2],
        ]),
      ),
    ).toEqual([]);
  });
});

describe("subscribe", () => {
  it("tells of each change until it is stopped, through another process's holdings too", async () => {
    const { store, holdings } = open();
    let changes = 0;
    const stop = holdings.subscribe(notes, () => {
      changes += 1;
    });
    await new DocumentHoldings(store).append(notes, bundleOf({ agent: ann, from: 0, to: 3 }));
    await expect.poll(() => changes).toBeGreaterThan(0);
    expect((await holdings.vector(notes)).next(ann)).toBe(3);
    stop();
    expect(holdings.documentsOpen).toBe(0);
    const before = changes;
    await holdings.append(notes, bundleOf({ agent: ann, from: 3, to: 4 }));
    await holdings.close();
    expect(changes).toBe(before);
    await store.close();
  });

  it("goes on telling the others when one of them stops", async () => {
    const { holdings } = open();
    const heard = { first: 0, second: 0 };
    const stopFirst = holdings.subscribe(notes, () => {
      heard.first += 1;
    });
    const stopSecond = holdings.subscribe(notes, () => {
      heard.second += 1;
    });
    stopFirst();
    stopFirst();
    expect(holdings.documentsOpen).toBe(1);
    await holdings.append(notes, bundleOf({ agent: ann, from: 0, to: 3 }));
    await expect.poll(() => heard.second).toBeGreaterThan(0);
    expect(heard.first).toBe(0);
    stopSecond();
    expect(holdings.documentsOpen).toBe(0);
    await holdings.close();
  });
});
