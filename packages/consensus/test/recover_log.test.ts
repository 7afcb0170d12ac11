// A log that is made that of a cluster of one: what stays, who decides, and what is refused.

import { MemoryDisk } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import {
  type Entry,
  type Index,
  type Membership,
  membershipOf,
  type NodeId,
  type PersistId,
  ReplicaDisk,
  readLogOwner,
  recoverLog,
  type Term,
} from "../src/index.ts";

const [a, b, c, d] = ["a", "b", "c", "d"] as [NodeId, NodeId, NodeId, NodeId];
const seats = [a, b, c].map((node) => {
  return { node, address: `at ${node}`, disk: "x", replaces: null };
});
const three = membershipOf([a, b, c], [], seats);
const term = 3 as Term;
const alone = membershipOf([a], [], [{ ...seats[0]!, disk: null }]);

function command(index: number, byte: number, of = term): Entry {
  return {
    index: index as Index,
    term: of,
    payload: { type: "command", data: Uint8Array.of(byte) },
  };
}

function placed(index: number, membership: Membership): Entry {
  return { index: index as Index, term, payload: { type: "membership", membership } };
}

const entries = [
  command(1, 1),
  command(2, 2),
  placed(3, membershipOf([a, b, c], [d], seats)),
  command(4, 4),
];

async function logOf(all: readonly Entry[]): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const log = await ReplicaDisk.open({
    ...{ disk, id: a, cluster: "x" },
    folder: "raft",
    bootstrap: three,
    applied: 0 as Index,
  });
  const nothing = { chunk: null, install: null, compact: null, healed: false };
  await log.persist({ id: 1 as PersistId, hard: { term, vote: b }, entries: all, ...nothing });
  await log.close();
  return disk;
}

async function recovered(disk: MemoryDisk, applied: number, more: Uint8Array | null = null) {
  const given: number[] = [];
  const report = await recoverLog({
    ...{ disk, folder: "raft", into: "new", cluster: "x~1", applied: applied as Index },
    append: async (commands) => {
      given.push(...commands.map((bytes) => bytes[0]!));
      return more;
    },
  });
  const opened = await ReplicaDisk.open({
    ...{ disk, id: a, cluster: "x~1" },
    folder: "new",
    bootstrap: null,
    applied: 0 as Index,
  });
  const { saved } = opened;
  await opened.close();
  return { report, saved, given };
}

describe("a log of one of three", () => {
  test("goes on from what is applied, with all that the node has, and nobody else", async () => {
    const disk = await logOf(entries);
    const { report, saved, given } = await recovered(disk, 2, Uint8Array.of(9));
    expect(report).toMatchObject({
      node: a,
      cluster: "x",
      last: 4,
      committed: 2,
      lostThrough: null,
    });
    expect(report.membership.learners).toEqual([d]);
    expect(saved.base).toEqual({ index: 2, term, membership: alone });
    expect(saved.snapshot).toMatchObject({ index: 2, membership: alone });
    expect(saved.hard).toEqual({ term: 4, vote: null });
    expect(given).toEqual([4]);
    // Who decided before is not there any more, and what stood after it keeps its place.
    const left = { index: 3, term, payload: { type: "empty" } };
    expect(saved.entries).toEqual([left, command(4, 4), command(5, 9, 4 as Term)]);
    // The log as it was is that of the cluster before.
    expect(await readLogOwner(disk, "raft")).toEqual({ cluster: "x", id: a });
    expect(await readLogOwner(disk, "new")).toEqual({ cluster: "x~1", id: a });
    const place = {
      disk,
      folder: "new",
      bootstrap: three,
      id: a,
      cluster: "x",
      applied: 0 as Index,
    };
    await expect(ReplicaDisk.open(place)).rejects.toMatchObject({ code: "corrupt" });
  });

  test.each([0, 4])("of which %i entries are applied", async (applied) => {
    const { saved } = await recovered(await logOf(entries), applied);
    expect(saved.base).toEqual({
      index: applied,
      term: applied === 0 ? 0 : term,
      membership: alone,
    });
    expect(saved.entries.map(({ index }) => index)).toEqual(applied === 0 ? [1, 2, 3, 4] : []);
  });

  test("is refused where there is none, or where a replica runs on it", async () => {
    await expect(recovered(new MemoryDisk(), 0)).rejects.toMatchObject({ code: "not_found" });
    const disk = await logOf(entries);
    const running = await ReplicaDisk.open({
      disk,
      folder: "raft",
      id: a,
      cluster: "x",
      bootstrap: null,
      applied: 0 as Index,
    });
    await expect(recovered(disk, 2)).rejects.toMatchObject({ code: "locked" });
    await running.close();
  });
});
