// Orders: what each is upon a membership, what is refused, and their bytes.

import { HoldfastError, isHoldfastError, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { membershipOf, type NodeId, type Order } from "../src/index.ts";
import { isJoint, type Membership, membershipAfter, membersOf } from "../src/raft/membership.ts";
import {
  changeOf,
  decodeOrder,
  encodeOrder,
  encodeOrderAnswer,
  requireDone,
} from "../src/replica/order.ts";

const [a, b, c, d] = ["a", "b", "c", "d"] as [NodeId, NodeId, NodeId, NodeId];
const nodes = [a, b, c, d, "e" as NodeId];
const seats = nodes.map((node) => ({ node, address: `at ${node}`, disk: null, replaces: null }));
const three = membershipOf([a, b, c], [], seats);
const node = fc.constantFrom(...nodes);
const address = fc.constantFrom(...nodes.map((each) => `at ${each}`), "elsewhere");
const change = fc.oneof(
  fc.record({ type: fc.constant("add" as const), node, address }),
  fc.record({ type: fc.constant("remove" as const), node }),
  fc.record({ type: fc.constant("replace" as const), node, by: node, address }),
);
const order: fc.Arbitrary<Order> = fc.oneof(
  change,
  fc.record({ type: fc.constant("transfer" as const), to: node }),
);

function codeOf(work: () => unknown): string {
  try {
    work();
    return "done";
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return error.code;
  }
}

describe("what an order is", () => {
  const all = new Set(nodes);
  const elsewhere = "elsewhere";
  const add = { type: "add", node: d, address: elsewhere } as const;
  const joining = membershipOf([a, b, c], [d], seats);
  test.each<[string, Parameters<typeof changeOf>, string]>([
    ["who is new joins", [add, three, all], "done"],
    ["a name that is taken", [{ ...add, node: b }, three, all], "invalid_argument"],
    ["an address that is taken", [{ ...add, address: "at b" }, three, all], "invalid_argument"],
    ["who is no member leaves", [{ type: "remove", node: d }, three, all], "not_found"],
    [
      "the last voter leaves",
      [{ type: "remove", node: a }, membershipOf([a]), all],
      "invalid_argument",
    ],
    ["one of three, where all answer", [{ type: "remove", node: a }, three, all], "done"],
    ["one that is lost", [{ type: "remove", node: c }, three, new Set([a, b])], "done"],
    [
      "one of the two that are left",
      [{ type: "remove", node: b }, three, new Set([a, b])],
      "unavailable",
    ],
    ["another joins meanwhile", [add, membershipOf([a], [b], seats), all], "conflict"],
    ["who joins is given up", [{ type: "remove", node: d }, joining, new Set([a])], "done"],
    [
      "at the place of who leaves",
      [{ type: "replace", node: c, by: d, address: "at c" }, three, new Set([a, b])],
      "done",
    ],
    [
      "at the place of somebody else",
      [{ type: "replace", node: c, by: d, address: "at b" }, three, all],
      "invalid_argument",
    ],
  ])("%s", (_, [wanted, membership, alive], code) => {
    expect(codeOf(() => changeOf(wanted, membership, alive))).toBe(code);
  });

  test("MB3: nobody becomes a voter by an order, and of those who are left a majority answers", () => {
    const simple = fc.tuple(fc.subarray(nodes, { minLength: 1 }), fc.option(node));
    fc.assert(
      fc.property(simple, fc.subarray(nodes), change, ([voters, learner], up, wanted) => {
        const isNew = learner !== null && !voters.includes(learner);
        const before = membershipOf(voters, isNew ? [learner] : [], seats);
        const alive = new Set(up);
        let after: ReturnType<typeof membershipAfter>;
        try {
          after = membershipAfter(before, changeOf(wanted, before, alive));
        } catch (error) {
          expect(isHoldfastError(error)).toBe(true);
          return;
        }
        expect(typeof after).toBe("object");
        const { voters: left, learners } = after as Membership;
        expect(isJoint(after as Membership)).toBe(false);
        expect(left.every((each) => voters.includes(each))).toBe(true);
        expect(learners.length).toBeLessThanOrEqual(1);
        if (left.length < voters.length) {
          expect(left.filter((each) => alive.has(each)).length * 2).toBeGreaterThan(left.length);
        }
        // M3
        const known = (after as Membership).seats.map((seat) => seat.node);
        expect(known.every((each) => membersOf(after as Membership).includes(each))).toBe(true);
        expect(known).toEqual([...new Set(known)].sort());
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe("bytes", () => {
  test("orders and answers come back as they were", () => {
    fc.assert(
      fc.property(order, (before) => {
        expect(decodeOrder(encodeOrder(before))).toEqual(before);
      }),
      { seed: 2 },
    );
    expect(codeOf(() => requireDone(encodeOrderAnswer(null)))).toBe("done");
    const no = new HoldfastError("conflict", "x".repeat(5_000));
    expect(codeOf(() => requireDone(encodeOrderAnswer(no)))).toBe("conflict");
  });

  test("whatever they are, they are read, or refused with a code", () => {
    const random = new SeededRandom(3);
    for (let turn = 0; turn < 3_000; turn += 1) {
      const bytes =
        turn % 2 === 0 ? random.bytes(turn % 40) : encodeOrder({ type: "remove", node: b });
      if (bytes.length > 0) bytes[random.u32() % bytes.length] = random.u32() % 256;
      codeOf(() => decodeOrder(bytes));
      codeOf(() => requireDone(bytes));
    }
  });
});
