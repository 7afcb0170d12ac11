// Whom a member hears, where it dials, and when a learner becomes a voter; without a network.

import { SeededRandom } from "@holdfast/std";
import { connectMemory, ManualClock, MemoryNetwork, Scope } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import {
  defaultLimits,
  type Entry,
  type Index,
  type Membership,
  type Message,
  membershipOf,
  type NodeId,
  origin,
  Raft,
  type Term,
} from "../src/index.ts";
import { unknownMembership } from "../src/raft/membership.ts";
import type { Hello } from "../src/replica/frame.ts";
import { Links } from "../src/replica/links.ts";
import { Members } from "../src/replica/members.ts";
import { Office } from "../src/replica/office.ts";
import type { ReplicaOptions } from "../src/replica/options.ts";

const [a, b, c, d] = ["a", "b", "c", "d"] as [NodeId, NodeId, NodeId, NodeId];
const term = 1 as Term;
const timing = { electionMs: 500, heartbeatMs: 100, leaseMs: null };
const [connection] = connectMemory("here", "there");

function seat(node: NodeId, disk: string | null) {
  return { node, address: `at ${node}`, disk, replaces: null };
}

function command(index: number): Entry {
  return { index: index as Index, term, payload: { type: "command", data: new Uint8Array(1) } };
}

function placed(index: number, membership: Membership): Entry {
  return { index: index as Index, term, payload: { type: "membership", membership } };
}

function open(entries: readonly Entry[], membership: Membership, applied: number) {
  const base = { ...origin, membership };
  const saved = { hard: { term, vote: null }, base, entries, snapshot: null, partial: null };
  const options = { id: a, ...timing, limits: defaultLimits, tellsAtOnce: true };
  const raft = new Raft(options, { ...saved, unsure: null, applied: applied as Index }, 0);
  const own = {
    id: a,
    cluster: "x",
    timing,
    address: "at a",
    addressOf: (_: NodeId, known: string | null) => known,
  };
  const whole = own as unknown as ReplicaOptions;
  return { raft, options: whole, members: new Members(whole, raft, "disk a") };
}

function hello(from: NodeId, more: Partial<Hello> = {}): Hello {
  const since = 0 as Index;
  const said = { disk: `disk ${from}`, address: `at ${from}`, expected: null, since };
  return { cluster: "x", from, to: a, ...said, ...more };
}

const seated = membershipOf([a, b, c], [], [seat(a, "disk a"), seat(b, "disk b"), seat(c, null)]);
const without = membershipOf([a, c], [], [seat(a, "disk a"), seat(c, null)]);

describe("MB1, MB2: who is heard", () => {
  const reasonOf = (entries: readonly Entry[], applied: number, said: Hello) =>
    open(entries, seated, applied).members.judge(said, connection)?.reason ?? null;

  test.each<[string, readonly Entry[], number, Hello, string | null]>([
    ["the disk that is known", [], 0, hello(b), null],
    ["another disk", [], 0, hello(b, { disk: "disk b2" }), "other_disk"],
    ["a disk that has no name yet", [], 0, hello(c, { disk: "any" }), null],
    ["who may have been added since", [], 0, hello(d), null],
    ["who was removed", [placed(1, without)], 1, hello(b), "removed"],
    ["whose removal is not agreed upon", [placed(1, without)], 0, hello(b), null],
    ["who knows more", [placed(1, without)], 1, hello(b, { since: 2 as Index }), null],
  ])("%s", (_, entries, applied, said, reason) => {
    expect(reasonOf(entries, applied, said)).toBe(reason);
  });

  test("a node that was dialled as another knows it", () => {
    const { members } = open([], seated, 0);
    expect(members.isMistaken(hello(b, { expected: "disk a" }))).toBe(false);
    expect(members.isMistaken(hello(b, { expected: null }))).toBe(false);
    expect(members.isMistaken(hello(b, { expected: "disk a2" }))).toBe(true);
    expect(members.helloTo(b)).toMatchObject({ expected: "disk b", disk: "disk a", since: 0 });
  });

  test("only who was a member, and knows less, believes that it was removed", () => {
    const removed = { reason: "removed", index: 5 as Index, sentence: "" } as const;
    expect(open([], seated, 0).members.isFinal(removed)).toBe(true);
    expect(open([placed(1, seated)], unknownMembership, 0).members.isFinal(removed)).toBe(true);
    const later = [1, 2, 3, 4].map(command);
    const known = open([...later, placed(5, seated)], seated, 0).members;
    expect(known.isFinal(removed)).toBe(false);
    expect(open([], unknownMembership, 0).members.isFinal(removed)).toBe(false);
  });

  test("what a certificate does not prove is not believed", () => {
    const { members } = open([], seated, 0);
    const proves = (name: string) => name === "b";
    const shown = Object.assign(Object.create(connection), { proves });
    expect(members.judge(hello(b), shown)).toBe(null);
    expect(members.judge(hello(c), shown)?.reason).toBe("other");
  });
});

test("a node that joins is dialled where it says, and dials where others say, until the log does", () => {
  const { members } = open([], unknownMembership, 0);
  expect(members.addressOf(b)).toBe(null);
  expect(members.judge(hello(b), connection)).toBe(null);
  expect(members.addressOf(b)).toBe("at b");
  const known = open([], seated, 0).members;
  known.judge(hello(b, { address: "elsewhere" }), connection);
  expect(known.addressOf(b)).toBe("at b");
});

test("MB3: a leader notes what it heard, and has a learner that is level take its place", () => {
  const count = 3_000;
  const entries = Array.from({ length: count }, (_, index) => command(index + 1));
  const joining = { ...seat(d, null), replaces: b };
  const before = membershipOf([a, b], [d], [seat(a, "disk a"), seat(b, "disk b"), joining]);
  const { raft, members } = open(entries, before, count);
  const feed = (input: Parameters<Raft["step"]>[0]) => {
    for (let output = raft.step(input, 600); output.persist !== null; ) {
      output = raft.step({ type: "persisted", id: output.persist.id }, 600);
    }
  };
  const hear = (from: NodeId, said: Record<string, unknown>) => {
    const message = { term: raft.standing.term, ...said } as unknown as Message;
    feed({ type: "message", from, message });
  };
  const last = () => raft.status.last.index;
  feed({ type: "tick", jitterMs: 0 });
  hear(b, { type: "pre_vote_reply", granted: true });
  hear(b, { type: "vote_reply", granted: true });
  expect(raft.standing.role).toBe("leader");
  expect(members.nextChange(600)).toBe(null);

  hear(b, { type: "append_reply", match: last() });
  members.judge(hello(d), connection);
  const noted = members.nextChange(600);
  expect(noted).toEqual({ type: "seats", seats: [{ ...joining, disk: "disk d" }] });
  feed({ type: "change", id: 1 as never, change: noted! });
  expect(members.nextChange(600), "not agreed upon yet").toBe(null);
  hear(b, { type: "append_reply", match: last() });
  hear(d, { type: "append_reply", match: last() - 1_001 });
  expect(members.nextChange(600), "far behind").toBe(null);
  hear(d, { type: "append_reply", match: last() - 1_000 });
  expect(members.nextChange(1_200), "not heard for long").toBe(null);
  const seatNow = { address: "at d", disk: "disk d", replaces: null };
  expect(members.nextChange(600)).toEqual({
    ...{ type: "steps", passage: "short" },
    steps: [
      { type: "add_voter", node: d, seat: seatNow },
      { type: "remove", node: b },
    ],
  });
});

test("MB2: who was removed, and knows it by itself, goes on until that is applied and its answers have left", async () => {
  const gone = membershipOf([b, c], [], [seat(b, "disk b"), seat(c, null)]);
  const { raft, members, options } = open([placed(1, gone)], seated, 1);
  const clock = new ManualClock();
  const world = { clock, random: new SeededRandom(1), network: new MemoryNetwork() };
  const placedHere = { ...options, world } as unknown as ReplicaOptions;
  const scope = Scope.open(clock);
  const ignore = () => undefined;
  const ends: string[] = [];
  let applied = 0;
  const office = new Office(placedHere, raft, members, {
    ...{ change: async () => {}, transfer: async () => {}, review: ignore },
    links: new Links(placedHere, members, scope, { onUnreachable: ignore, onRebuff: ignore }),
    applied: () => applied as Index,
    end: ({ code, message }) => ends.push(`${code}: ${message}`),
  });
  office.tend();
  await clock.advance(2_000);
  office.tend();
  expect(ends).toEqual([]);
  applied = 1;
  office.tend();
  await clock.advance(999);
  office.tend();
  expect(ends).toEqual([]);
  await clock.advance(1);
  office.tend();
  expect(ends).toEqual(["forbidden: node a was removed from cluster x, by entry 1 of its log"]);
  await scope.close();
});
