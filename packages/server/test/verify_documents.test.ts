import { memoryStore, type Store, type Transaction } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import { nodeWorld } from "@holdfast/world/node";
import { beforeEach, describe, expect, it } from "vitest";
import { DocumentHoldings } from "../src/document_holdings.ts";
import {
  decodeHave,
  encodeHave,
  encodeHead,
  haveKey,
  headKey,
  logKey,
} from "../src/document_keys.ts";
import { verifyDocuments } from "../src/verify_documents.ts";
import { agent, bundleOf, notes } from "./bundles.ts";

const ann = agent(1);
const [first, second] = [1 as Arrival, 2 as Arrival];
let store: Store;

beforeEach(async () => {
  store = memoryStore({ world: nodeWorld() });
  const holdings = new DocumentHoldings(store);
  await holdings.append(notes, bundleOf({ agent: ann, from: 0, to: 3 }));
  await holdings.append(notes, bundleOf({ agent: ann, from: 3, to: 5 }));
  await holdings.close();
});

async function changeHave(
  tx: Transaction,
  to: number,
  change: { from?: number; arrival?: Arrival },
) {
  const key = haveKey(notes, ann, to);
  tx.set(key, encodeHave({ ...decodeHave(key, (await tx.get(key))!), ...change }));
}

const damages: readonly (readonly [string, (tx: Transaction) => unknown, RegExp])[] = [
  ["a lost have-entry", (tx) => tx.clear(haveKey(notes, ann, 3)), /K1/],
  ["a last have-entry lost", (tx) => tx.clear(haveKey(notes, ann, 5)), /K1/],
  ["an entry that begins elsewhere", (tx) => changeHave(tx, 5, { from: 2 }), /K1/],
  ["an entry that leads to nothing", (tx) => changeHave(tx, 5, { arrival: 9 as Arrival }), /K2/],
  ["an entry that leads to the wrong chunk", (tx) => changeHave(tx, 3, { arrival: second }), /K2/],
  ["arrivals that fall", (tx) => changeHave(tx, 5, { arrival: first }), /K2/],
  ["a lost chunk", (tx) => tx.clear(logKey(notes, first)), /K2/],
  ["a damaged chunk", (tx) => tx.set(logKey(notes, second), new Uint8Array(80)), /log 2: /],
  [
    "a chunk that claims other content",
    (tx) => tx.set(logKey(notes, first), bundleOf({ agent: ann, from: 1, to: 3 })),
    /builds on event 0/,
  ],
  ["a lost head", (tx) => tx.clear(headKey(notes)), /has no head/],
  [
    "a head that counts wrong",
    (tx) => tx.set(headKey(notes), encodeHead({ arrival: second, events: 4 })),
    /head counts 4 events/,
  ],
  [
    "a head that is behind",
    (tx) => tx.set(headKey(notes), encodeHead({ arrival: first, events: 5 })),
    /K4/,
  ],
];

describe("checking documents", () => {
  it("finds nothing wrong where nothing is", async () => {
    expect(await verifyDocuments(store)).toMatchObject({
      documents: 1,
      chunks: 2,
      events: 5,
      problems: [],
    });
  });

  it.each(damages)("finds %s, and names the document", async (_, damage, rule) => {
    await store.transact(async (tx) => {
      await damage(tx);
    });
    const { problems } = await verifyDocuments(store);
    expect(problems.join("\n")).toMatch(rule);
    for (const problem of problems) expect(problem).toContain('document "notes"');
  });
});
