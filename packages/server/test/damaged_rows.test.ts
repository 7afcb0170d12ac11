// A document's rows, damaged in any way: whoever reads them gets a typed error or an
// answer, never another error and never a wait without end.

import { agentToBytes, VersionVector } from "@holdfast/causality";
import { parseDocumentId } from "@holdfast/doc";
import {
  equalBytes,
  isHoldfastError,
  packKey,
  type Random,
  randomBelow,
  SeededRandom,
  unpackKey,
} from "@holdfast/std";
import { memoryStore, type Row, type Store } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import { nodeWorld } from "@holdfast/world/node";
import { expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import { DocumentHoldings } from "../src/document_holdings.ts";
import { readChunk, readHave, readHead, readLog, readVector } from "../src/document_index.ts";
import {
  arrivalOfLogKey,
  decodeHave,
  decodeHead,
  decodeTidy,
  documentsRange,
  encodeHave,
  encodeHead,
  encodeTidy,
  haveKey,
  haveRange,
  logKey,
  tidyKey,
} from "../src/document_keys.ts";
import { verifyDocuments } from "../src/verify_documents.ts";
import { agent, bundleOf, notes } from "./bundles.ts";

const codes = ["corrupt", "truncated", "too_large", "unsupported_version"] as const;
const arrivals = [1, 2, 127, 128, 70_000, 2 ** 40] as Arrival[];

/** Calls `decode`; whether it gave an answer. */
function answers(decode: () => void): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (!isHoldfastError(error, ...codes)) throw error;
    return false;
  }
}

function expectSame(written: Uint8Array, bytes: Uint8Array): void {
  expect(equalBytes(written, bytes)).toBe(true);
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[randomBelow(random, items.length)]!;
}

test("keys and values: what is read is what would be written, all else has a typed error", () => {
  const counts = { answered: 0, refused: 0 };
  for (let seed = 0; seed < 20_000; seed += 1) {
    const random = new SeededRandom(seed);
    const arrival = pick(random, arrivals);
    const entry = { agent: agent(seed % 300), from: seed % 1_000, to: 1_000 + seed, arrival };
    const damage = (valid: Uint8Array): Uint8Array =>
      random.next() < 0.2 ? random.bytes(randomBelow(random, 40)) : damaged(valid, random);
    const attempts: (() => void)[] = [
      () => {
        const value = damage(encodeHead({ arrival, events: seed }));
        expectSame(encodeHead(decodeHead(value)), value);
      },
      () => {
        const value = damage(encodeTidy(arrival));
        expectSame(encodeTidy(decodeTidy(value)), value);
      },
      () => {
        const key = haveKey(notes, entry.agent, entry.to);
        const value = damage(encodeHave(entry));
        expectSame(encodeHave(decodeHave(key, value)), value);
      },
      () => {
        const key = damage(haveKey(notes, entry.agent, entry.to));
        const { agent: name, to } = decodeHave(key, encodeHave(entry));
        expectSame(packKey([...unpackKey(key).slice(0, 3), agentToBytes(name), to]), key);
      },
      () => {
        const key = damage(logKey(notes, arrival));
        const read = arrivalOfLogKey(key);
        expectSame(packKey([...unpackKey(key).slice(0, 3), read]), key);
      },
    ];
    for (const attempt of attempts) counts[answers(attempt) ? "answered" : "refused"] += 1;
  }
  expect(counts.answered).toBeGreaterThan(5_000);
  expect(counts.refused).toBeGreaterThan(20_000);
});

async function newStore(): Promise<{ store: Store; rows: readonly Row[] }> {
  const store = memoryStore({ world: nodeWorld() });
  const holdings = new DocumentHoldings(store);
  for (let from = 0; from < 12; from += 3) {
    await holdings.append(notes, bundleOf({ agent: agent(1 + (from % 2)), from: 0, to: 1 }));
    await holdings.append(notes, bundleOf({ agent: agent(7), from, to: from + 3 }));
  }
  await holdings.close();
  await store.transact(async (tx) => {
    tx.set(tidyKey(notes), encodeTidy(1 as Arrival));
  });
  const rows = await store.read((tx) => tx.range(documentsRange, { limitRows: 100 }));
  return { store, rows };
}

test("documents: reading, checking and writing over a damaged row ends in an answer or a typed error", async () => {
  const { store, rows } = await newStore();
  expect(rows.length).toBeGreaterThan(10);
  const bundle = bundleOf({ agent: agent(7), from: 12, to: 14 });
  let refused = 0;
  for (let seed = 0; seed < 600; seed += 1) {
    const random = new SeededRandom(seed);
    const row = pick(random, rows);
    const isKey = random.next() < 0.4;
    const bad = isKey
      ? { key: damaged(row.key, random), value: row.value }
      : { key: row.key, value: damaged(row.value, random) };
    // No store takes such a key.
    if (bad.key.length === 0 || bad.key[0] === 0xff) continue;
    await store.transact(async (tx) => {
      if (isKey) tx.clear(row.key);
      tx.set(bad.key, bad.value);
    });
    const holdings = new DocumentHoldings(store);
    const attempts: (() => Promise<unknown>)[] = [
      () => verifyDocuments(store),
      () => store.read((tx) => readHead(tx, notes)),
      () => store.read((tx) => readVector(tx, notes)),
      () => store.read((tx) => all(readHave(tx, haveRange(notes)))),
      () => store.read((tx) => readLog(tx, notes, { from: 1, last: 9, limitRows: 20 })),
      () => store.read((tx) => readChunk(tx, notes, 2 as Arrival)),
      () => all(holdings.read(notes, new VersionVector(), 0 as Arrival)),
      () => all(holdings.read(notes, new VersionVector([[agent(7), 4]]), 0 as Arrival)),
      () => all(holdings.read(parseDocumentId("other"), new VersionVector(), 0 as Arrival)),
      () => holdings.append(notes, bundle),
      () => holdings.append(notes, bundleOf({ agent: agent(7), from: 2, to: 5 })),
    ];
    for (const [index, attempt] of attempts.entries()) {
      const error = await attempt().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) continue;
      refused += 1;
      if (!isHoldfastError(error)) {
        throw new Error(`seed ${seed}, attempt ${index}`, { cause: error });
      }
    }
    await holdings.close();
    await store.transact(async (tx) => {
      for (const { key } of await tx.range(documentsRange, { limitRows: 200 })) tx.clear(key);
      tx.clear(bad.key);
      for (const { key, value } of rows) tx.set(key, value);
    });
  }
  expect(refused).toBeGreaterThan(500);
  await store.close();
});

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
