// Memberships against brute force: which sets of voters decide, and whether those of
// one membership and of its successor always share a node.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Membership,
  type MembershipChange,
  membershipOf,
  membersMax,
  type NodeId,
} from "../src/index.ts";
import {
  afterJoint,
  hasQuorum,
  isJoint,
  membershipAfter,
  membersOf,
  quorumValue,
} from "../src/raft/membership.ts";

const nodes = ["a", "b", "c", "d", "e"] as NodeId[];
const subset = fc.subarray(nodes);
const simple = fc.tuple(fc.subarray(nodes, { minLength: 1 }), subset).map(([voters, others]) =>
  membershipOf(
    voters,
    others.filter((node) => !voters.includes(node)),
    nodes.map((node) => ({ node, address: `at ${node}`, disk: null, replaces: null })),
  ),
);
const node = fc.constantFrom(...nodes);
const seat = { address: "elsewhere", disk: "new", replaces: null };
const step = fc.oneof(
  fc.record({ type: fc.constantFrom("add_voter" as const, "add_learner" as const), node }),
  fc.record({
    type: fc.constantFrom("add_voter" as const, "add_learner" as const),
    node,
    seat: fc.constant(seat),
  }),
  fc.record({ type: fc.constant("remove" as const), node }),
);
const steps = fc.array(step, { maxLength: 4 });
const change: fc.Arbitrary<MembershipChange> = fc.record({
  type: fc.constant("steps" as const),
  steps,
  passage: fc.constantFrom("short" as const, "joint" as const, "paused" as const),
});

function subsets(): readonly (readonly NodeId[])[] {
  return Array.from({ length: 2 ** nodes.length }, (_, bits) =>
    nodes.filter((_, index) => (bits >> index) % 2 === 1),
  );
}

function decides(membership: Membership, set: readonly NodeId[]): boolean {
  const half = (voters: readonly NodeId[]) =>
    voters.filter((node) => set.includes(node)).length > voters.length / 2;
  return half(membership.voters) && (!isJoint(membership) || half(membership.outgoing));
}

function meet(one: Membership, other: Membership): boolean {
  const ones = subsets().filter((set) => hasQuorum(one, (node) => set.includes(node)));
  const others = subsets().filter((set) => hasQuorum(other, (node) => set.includes(node)));
  return ones.every((set) => others.every((also) => set.some((node) => also.includes(node))));
}

describe("memberships", () => {
  test("M2: a membership, what a change makes of it, and what follows a joint one have no disjoint quorums", () => {
    fc.assert(
      fc.property(simple, change, (membership, wanted) => {
        const next = membershipAfter(membership, wanted);
        if (typeof next === "string") return;
        expect(meet(membership, next)).toBe(true);
        if (!isJoint(next)) return;
        const left = membershipAfter(next, { type: "leave" });
        expect(left).toEqual(afterJoint(next));
        expect(meet(next, left as Membership)).toBe(true);
      }),
    );
  });

  test("M1: nobody is two things at once, and there is a voter", () => {
    fc.assert(
      fc.property(simple, change, (membership, wanted) => {
        const next = membershipAfter(membership, wanted);
        if (typeof next === "string") return;
        for (const each of [next, afterJoint(next)]) {
          expect(each.voters.length).toBeGreaterThan(0);
          expect(each.voters.some((node) => each.learners.includes(node))).toBe(false);
          expect(each.learnersNext.every((node) => each.outgoing.includes(node))).toBe(true);
          expect(new Set(membersOf(each)).size).toBe(membersOf(each).length);
        }
      }),
    );
  });

  test("a change does the same in one step, and through a joint membership", () => {
    fc.assert(
      fc.property(simple, steps, (membership, each) => {
        const after = (passage: "short" | "joint") => {
          const next = membershipAfter(membership, { type: "steps", steps: each, passage });
          return typeof next === "string" ? next : afterJoint(next);
        };
        expect(after("short")).toEqual(after("joint"));
      }),
    );
  });

  test("M3: who stays keeps its seat or has the one that was given, and who leaves has none", () => {
    fc.assert(
      fc.property(simple, steps, (membership, each) => {
        const wanted = { type: "steps", steps: each, passage: "short" } as const;
        const next = membershipAfter(membership, wanted);
        if (typeof next === "string") return;
        const before = membersOf(membership);
        const given = each.filter((one) => "seat" in one).map((one) => one.node);
        for (const after of [next, afterJoint(next)]) {
          const seated = membersOf(after).filter((one) => [...before, ...given].includes(one));
          expect(after.seats.map((known) => known.node)).toEqual(seated);
        }
        for (const known of afterJoint(next).seats) {
          const isGiven = given.includes(known.node);
          expect(known.address).toBe(isGiven ? seat.address : `at ${known.node}`);
        }
      }),
    );
  });

  test("quorums are those that a count finds", () => {
    fc.assert(
      fc.property(
        simple,
        subset,
        fc.array(fc.nat(9), { minLength: 5, maxLength: 5 }),
        (from, outgoing, values) => {
          const membership = { ...from, outgoing: [...outgoing].sort() };
          for (const set of subsets()) {
            expect(hasQuorum(membership, (node) => set.includes(node))).toBe(
              decides(membership, set),
            );
          }
          const numberOf = (node: NodeId) => values[nodes.indexOf(node)]!;
          const reached = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].find((value) =>
            decides(
              membership,
              nodes.filter((node) => numberOf(node) >= value),
            ),
          );
          expect(quorumValue(membership, numberOf)).toBe(reached);
        },
      ),
    );
  });

  test("has a bound", () => {
    const many = Array.from({ length: membersMax }, (_, index) => `n${index}` as NodeId);
    const wanted = many.map((node) => ({ type: "add_learner", node }) as const);
    const steps = { type: "steps", steps: wanted, passage: "short" } as const;
    expect(membershipAfter(membershipOf(["a" as NodeId]), steps)).toBe("too_many_members");
  });
});
