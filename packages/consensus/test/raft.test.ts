// What no run brings about: what a driver or a disk must not do, and messages that a
// leader of another make could send.

import { isHoldfastError } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import {
  defaultLimits,
  type Entry,
  type Index,
  type Input,
  type Message,
  membershipOf,
  type NodeId,
  type Output,
  origin,
  type PersistId,
  Raft,
  type RaftOptions,
  type RequestId,
  type Saved,
  type Term,
} from "../src/index.ts";

const [a, b, c] = ["a", "b", "c"] as NodeId[];
const options: RaftOptions = {
  id: a!,
  electionMs: 100,
  heartbeatMs: 20,
  leaseMs: null,
  tellsAtOnce: true,
  limits: defaultLimits,
};
const empty: Saved = {
  hard: { term: origin.term, vote: null },
  base: { ...origin, membership: membershipOf([a!, b!, c!]) },
  entries: [],
  snapshot: null,
  partial: null,
  unsure: null,
  applied: 0 as Index,
};

function entry(index: number, term: number): Entry {
  return { index: index as Index, term: term as Term, payload: { type: "empty" } };
}

function saved(terms: readonly number[]): Saved {
  const entries = terms.map((term, before) => entry(before + 1, term));
  return { ...empty, hard: { term: terms.at(-1)! as Term, vote: null }, entries };
}

function append(
  previous: readonly [number, number],
  entries: readonly Entry[],
  committed: number,
): Message {
  const [index, term] = previous;
  return {
    type: "append",
    term: 5 as Term,
    previous: { index: index as Index, term: term as Term },
    entries,
    committed: committed as Index,
  };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return isHoldfastError(error) ? error.code : `other: ${String(error)}`;
  }
  return "none";
}

function settled(raft: Raft, input: Input, nowMs = 0): readonly Output[] {
  const outputs = [raft.step(input, nowMs)];
  for (let persist = outputs[0]!.persist; persist !== null; persist = outputs.at(-1)!.persist) {
    outputs.push(raft.step({ type: "persisted", id: persist.id }, nowMs));
  }
  return outputs;
}

describe("what a leader may send", () => {
  test("F1: no more is committed than what was compared, though there is more in the log", () => {
    const raft = new Raft(options, saved([1, 1, 1, 1]), 0);
    settled(raft, { type: "message", from: b!, message: append([1, 1], [entry(2, 1)], 4) });
    expect(raft.status.committed).toBe(2);
    expect(raft.status.last.index).toBe(4);
  });

  test("F2: entries that come again, late, take nothing back", () => {
    const raft = new Raft(options, saved([1]), 0);
    const from = b!;
    const first = append([1, 1], [entry(2, 5)], 0);
    settled(raft, {
      type: "message",
      from,
      message: append([1, 1], [entry(2, 5), entry(3, 5)], 0),
    });
    const [, late] = settled(raft, { type: "message", from, message: first });
    expect(raft.status.last.index).toBe(3);
    expect(late).toBe(undefined);
  });

  test("L2: who sends other entries than those that are committed is no leader to follow", () => {
    const raft = new Raft(options, saved([1, 1]), 0);
    const from = b!;
    settled(raft, { type: "message", from, message: append([2, 1], [], 2) });
    const other = { type: "message", from, message: append([1, 1], [entry(2, 5)], 2) } as const;
    const [output] = settled(raft, other);
    // What lies before what is committed is known to agree, and is not looked at.
    expect(output!.send).toMatchObject([{ message: { type: "append_reply", match: 2 } }]);
    expect(raft.status.last).toMatchObject({ index: 2, term: 1 });
  });

  test("F1: a heartbeat that commits what this node does not hold ends it", () => {
    const raft = new Raft(options, saved([1]), 0);
    const message = {
      type: "heartbeat",
      term: 5 as Term,
      committed: 2 as Index,
      round: 0,
      sentMs: 0,
    } as const;
    expect(() => raft.step({ type: "message", from: b!, message }, 0)).toThrow(
      /^invariant broken: F1/,
    );
  });
});

describe("what a follower passes on", () => {
  test("is given up when the leader does not answer for long", () => {
    const raft = new Raft(options, empty, 0);
    settled(raft, { type: "message", from: b!, message: append([0, 0], [], 0) });
    raft.step({ type: "read", id: 1 as RequestId }, 0);
    raft.step({ type: "propose", proposals: [{ id: 2 as RequestId, data: new Uint8Array() }] }, 1);
    const heard = { type: "message", from: b!, message: append([0, 0], [], 0) } as const;
    const tick = { type: "tick", jitterMs: 0 } as const;
    raft.step(heard, 999);
    expect(raft.step(tick, 999).answers).toEqual([]);
    raft.step(heard, 1_000);
    expect(raft.step(tick, 1_000).answers).toEqual([{ type: "refused", id: 1, reason: "lost" }]);
    expect(raft.step(tick, 1_001).answers).toEqual([{ type: "refused", id: 2, reason: "lost" }]);
  });
});

describe("what a driver must not do", () => {
  test.each<[string, Input]>([
    [
      "says that something is durable that it was not given",
      { type: "persisted", id: 1 as PersistId },
    ],
    [
      "says that something is applied that it was not given",
      { type: "applied", index: 1 as Index },
    ],
    [
      "makes a snapshot of what is not applied",
      { type: "compact", index: 1 as Index, name: "x", through: 0 as Index },
    ],
  ])("%s", (_, input) => {
    const raft = new Raft(options, empty, 0);
    expect(codeOf(() => raft.step(input, 0))).toBe("invalid_argument");
  });

  test.each<[string, Partial<RaftOptions>]>([
    ["elections as often as heartbeats", { electionMs: 20 }],
    ["no heartbeats", { heartbeatMs: 0 }],
    ["a lease as long as an election", { leaseMs: 100 }],
    ["no window", { limits: { ...defaultLimits, windowMessages: 0 } }],
  ])("asks for %s", (_, change) => {
    expect(codeOf(() => new Raft({ ...options, ...change }, empty, 0))).toBe("invalid_argument");
  });

  test("says again that something is durable: nothing comes of it, nor is anything held back for it", () => {
    const raft = new Raft(options, empty, 0);
    const from = b!;
    settled(raft, { type: "message", from, message: append([0, 0], [entry(1, 5)], 0) });
    settled(raft, { type: "message", from, message: append([1, 5], [entry(2, 5)], 0) });
    const { send, persist } = raft.step({ type: "persisted", id: 1 as PersistId }, 0);
    expect({ send, persist }).toEqual({ send: [], persist: null });
    const [again] = settled(raft, { type: "message", from, message: append([2, 5], [], 0) });
    expect(again!.send).toMatchObject([{ message: { type: "append_reply", match: 2 } }]);
  });
});

test("who joins makes no snapshot of a time when it can't know who decided", () => {
  const base = { ...origin, membership: membershipOf([]) };
  const raft = new Raft(options, { ...empty, base }, 0);
  const membership = membershipOf([b!, c!], [a!]);
  const added: Entry = { ...entry(3, 1), payload: { type: "membership", membership } };
  const message = append([0, 0], [entry(1, 1), entry(2, 1), added, entry(4, 1)], 4);
  settled(raft, { type: "message", from: b!, message });
  raft.step({ type: "applied", index: 4 as Index }, 0);
  const compact = (index: number) => {
    const [through, name] = [index as Index, `${index}`];
    return raft.step({ type: "compact", index: through, name, through }, 0).persist?.compact;
  };
  expect(compact(2)).toBe(undefined);
  expect(compact(3)?.snapshot).toMatchObject({ index: 3, membership });
  // Nor did it ask around meanwhile.
  expect(raft.status.role).toBe("follower");
});

describe("what a disk must not hold", () => {
  test.each<[string, Saved]>([
    ["a gap", { ...saved([1]), entries: [entry(2, 1)] }],
    ["terms that fall", saved([2, 1])],
    ["an entry of a later term", { ...saved([3]), hard: { term: 2 as Term, vote: null } }],
    [
      "nobody who decides",
      {
        ...{ ...empty, hard: { term: 1 as Term, vote: null } },
        base: { index: 1 as Index, term: 1 as Term, membership: membershipOf([]) },
        snapshot: { index: 1 as Index, term: 1 as Term, membership: membershipOf([]), name: "x" },
      },
    ],
    ["less than is applied", { ...saved([1]), applied: 2 as Index }],
    [
      "a log that begins later, and no snapshot",
      { ...empty, base: { ...empty.base, index: 3 as Index } },
    ],
    [
      "a snapshot beyond the log",
      { ...empty, snapshot: { ...empty.base, index: 3 as Index, name: "x" } },
    ],
  ])("%s", (_, found) => {
    expect(codeOf(() => new Raft(options, found, 0))).toBe("corrupt");
  });
});
