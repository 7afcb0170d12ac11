// The log in memory against a disk that is written in order: what counts as durable
// is there, and no write that is under way takes it away.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Entry,
  type Index,
  membershipOf,
  type NodeId,
  origin,
  type PersistId,
  type Term,
} from "../src/index.ts";
import {
  appendEntries,
  cutBefore,
  entriesFrom,
  type Log,
  lastOf,
  lastWithin,
  logFrom,
  noteDurable,
  noteWrite,
  termAt,
} from "../src/raft/log.ts";

const base = { ...origin, membership: membershipOf(["a" as NodeId]) };

function entry(index: number, term: number): Entry {
  return { index: index as Index, term: term as Term, payload: { type: "empty" } };
}

function logOf(terms: readonly number[]): Log {
  return logFrom(
    base,
    terms.map((term, before) => entry(before + 1, term)),
    0 as Index,
  );
}

// Appends so many entries of a term that is later by so much, after cutting so many; or
// carries out a write.
type Deed =
  | {
      readonly type: "append";
      readonly cut: number;
      readonly count: number;
      readonly later: number;
    }
  | { readonly type: "write" };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    type: fc.constant("append" as const),
    cut: fc.nat(3),
    count: fc.integer({ min: 1, max: 3 }),
    later: fc.nat(2),
  }),
  fc.record({ type: fc.constant("write" as const) }),
);

/** How long a prefix two lists share. */
function shared(one: readonly number[], other: readonly number[]): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

describe("what is durable", () => {
  test("L3: is on the disk, now and after each write that is under way", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        const log = logOf([]);
        let disk: number[] = [];
        const pending: { readonly from: number; readonly terms: readonly number[] }[] = [];
        const written = (on: readonly number[], { from, terms }: (typeof pending)[number]) => [
          ...on.slice(0, from - 1),
          ...terms,
        ];
        let term = 1;
        let asked = 0;
        let done = 0;
        for (const each of deeds) {
          if (each.type === "append") {
            const cut = Math.min(each.cut, log.entries.length);
            // Only a later leader has other entries to put there.
            term += cut > 0 ? each.later + 1 : each.later;
            if (cut > 0) cutBefore(log, (lastOf(log).index - cut + 1) as Index);
            const first = lastOf(log).index + 1;
            appendEntries(
              log,
              Array.from({ length: each.count }, (_, at) => entry(first + at, term)),
            );
            const bounds = { through: lastOf(log).index, sizeBytesMax: Number.POSITIVE_INFINITY };
            const news = entriesFrom(log, log.offered + 1, bounds);
            asked += 1;
            noteWrite(log, asked as PersistId);
            pending.push({ from: news[0]!.index, terms: news.map((one) => one.term) });
          } else if (pending.length > 0) {
            disk = written(disk, pending.shift()!);
            done += 1;
            noteDurable(log, done as PersistId);
          }
          const terms = log.entries.map((one) => one.term);
          let after = disk;
          let truly = shared(terms, after);
          for (const write of pending) {
            after = written(after, write);
            truly = Math.min(truly, shared(terms, after));
          }
          expect(log.stable).toBeLessThanOrEqual(truly);
          expect(after).toEqual(terms);
          if (pending.length === 0) expect(log.stable).toBe(terms.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("where two logs may agree", () => {
  const terms = fc
    .array(fc.integer({ min: 1, max: 4 }), { maxLength: 10 })
    .map((all) => all.sort());

  test("no rejection passes over it, and each goes back", () => {
    fc.assert(
      fc.property(terms, terms, fc.nat(10), (ours, theirs, common) => {
        // Equal up to some index, as logs that share an entry are; then each its own.
        const head = ours.slice(0, common);
        const least = head.at(-1) ?? 1;
        const leader = logOf(ours);
        const follower = logOf([...head, ...theirs.filter((term) => term >= least)]);
        const agreed = shared(
          leader.entries.map(({ term }) => term),
          follower.entries.map(({ term }) => term),
        );
        let previous = lastOf(leader).index as number;
        for (let rejections = 0; termAt(follower, previous) !== termAt(leader, previous); ) {
          const hint = lastWithin(follower, previous as Index, termAt(leader, previous)!);
          const next = Math.min(lastWithin(leader, hint.index, hint.term).index, previous - 1);
          expect(next).toBeGreaterThanOrEqual(Math.min(agreed, previous - 1));
          previous = next;
          rejections += 1;
          expect(rejections).toBeLessThanOrEqual(4);
        }
      }),
      { numRuns: 500 },
    );
  });
});
