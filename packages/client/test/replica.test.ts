// One replica by itself: what it says of itself, to whom.

import { VersionVector } from "@holdfast/causality";
import { parseDocumentId } from "@holdfast/doc";
import { HoldfastError, SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { MemoryPersistence } from "../src/index.ts";
import { Milestones } from "../src/milestones.ts";
import { Replica } from "../src/replica.ts";
import { agentOf } from "./town.ts";

test("RE3: to another store, or another epoch of it, nothing written here is confirmed", async () => {
  const persistence = new MemoryPersistence(new SeededRandom(1));
  const replica = await Replica.load({
    document: parseDocumentId("notes"),
    persistence,
    siblings: null,
  });
  await replica.change(() => replica.doc.text("body").insert(0, "abc")).local;
  const store = { identity: new Uint8Array(16).fill(1), epoch: 4 };
  const confirmed = (to: typeof store): number => replica.confirmed(to).next(persistence.agent);
  expect(confirmed(store)).toBe(0);
  replica.opened(store, replica.local);
  const written = replica.local.next(persistence.agent);
  expect(written).toBeGreaterThan(0);
  expect(confirmed({ identity: new Uint8Array(16).fill(1), epoch: 4 })).toBe(written);
  expect(confirmed({ ...store, epoch: 5 })).toBe(0);
  expect(confirmed({ ...store, identity: new Uint8Array(16).fill(2) })).toBe(0);
  await replica.close();
});

test("MS1: who waits for less is told first, whoever asked first", async () => {
  const milestones = new Milestones();
  const agent = agentOf("a");
  const told: number[] = [];
  for (const to of [10, 5, 7, 5]) {
    void milestones.wait({ agent, from: to - 1, to }).then(() => told.push(to));
  }
  const reach = async (next: number): Promise<void> => {
    milestones.reach(new VersionVector([[agent, next]]));
    await null;
    await null;
  };
  await reach(4);
  expect(told).toEqual([]);
  await reach(6);
  expect(told).toEqual([5, 5]);
  await reach(10);
  expect(told).toEqual([5, 5, 7, 10]);
});

test("what could not be written down of the server is written down later", async () => {
  const persistence = new MemoryPersistence(new SeededRandom(1));
  const document = parseDocumentId("notes");
  const replica = await Replica.load({ document, persistence, siblings: null });
  await replica.change(() => replica.doc.text("body").insert(0, "abc")).local;
  replica.opened({ identity: new Uint8Array(16), epoch: 0 }, replica.local);
  const { remember } = persistence;
  persistence.remember = () => Promise.reject(new HoldfastError("disk_full", "no room"));
  await expect(replica.remember()).rejects.toMatchObject({ code: "disk_full" });
  persistence.remember = remember;
  await replica.remember();
  const { server } = await persistence.load(document);
  expect(server?.saved.equals(replica.local)).toBe(true);
  await replica.close();
});
