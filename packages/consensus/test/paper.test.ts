// What the Raft paper says of each role, section by section (Ongaro and Ousterhout 2014): the
// cases of etcd's raft_paper_test.go, each by its name there, asked of our machine.
//
// Departures of our machine that show here: a question goes ahead of each election (pre-vote),
// and what a node promises leaves when it is durable; so is it in the rig, at once.

import { randomBelow, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import {
  defaultLimits,
  type Entry,
  type Index,
  type Message,
  membershipOf,
  type NodeId,
  origin,
  type Role,
  type Saved,
  type Term,
} from "../src/index.ts";
import { Replica } from "./replica.ts";

const electionMs = 100;
const heartbeatMs = 10;
const names = (count: number) => [..."abcdefghi"].slice(0, count) as NodeId[];
const [a, b, c] = names(3) as [NodeId, NodeId, NodeId];

const entry = (index: number, term: number, text = `${index}@${term}`): Entry => ({
  ...{ index: index as Index, term: term as Term },
  payload: { type: "command", data: Buffer.from(text) },
});
const logOf = (terms: readonly number[]) => terms.map((term, at) => entry(at + 1, term));
const textsOf = (entries: readonly Entry[]) =>
  entries.map(({ index, term }) => `${index}@${term}`).join(" ");

/** One node among others who say what the test says. */
class Node {
  readonly replica: Replica;
  readonly others: readonly NodeId[];
  nowMs = 0;
  sent: { readonly to: NodeId; readonly message: Message }[] = [];

  constructor(count: number, terms: readonly number[] = [], term = terms.at(-1) ?? 0) {
    const [id, ...others] = names(count);
    this.others = others;
    const saved: Saved = {
      hard: { term: term as Term, vote: null },
      base: { ...origin, membership: membershipOf(names(count)) },
      ...{ entries: logOf(terms), snapshot: null, partial: null, unsure: null },
      applied: 0 as Index,
    };
    const timing = { electionMs, heartbeatMs, leaseMs: null, tellsAtOnce: true };
    this.replica = new Replica({ id: id!, ...timing, limits: defaultLimits }, saved, new Map(), 0);
  }

  get status() {
    return this.replica.raft.status;
  }

  get entries() {
    return this.replica.disk.entries;
  }

  /** Feeds it; what it writes is durable at once, and what is committed is applied. */
  feed(input: Parameters<Replica["feed"]>[0]): this {
    this.sent.push(...this.replica.feed(input, this.nowMs).send);
    for (;;) {
      const next = this.replica.write() ?? this.replica.apply();
      if (next === null) return this;
      this.sent.push(...this.replica.feed(next, this.nowMs).send);
    }
  }

  hear(from: NodeId, message: Message): this {
    return this.feed({ type: "message", from, message });
  }

  wait(ms: number, jitterMs = 0): this {
    this.nowMs += ms;
    return this.feed({ type: "tick", jitterMs });
  }

  propose(...texts: readonly string[]): this {
    const proposals = texts.map((text, at) => ({ id: at as never, data: Buffer.from(text) }));
    return this.feed({ type: "propose", proposals });
  }

  /** What was sent since this was last asked. */
  said(type?: Message["type"]) {
    const sent = this.sent;
    this.sent = [];
    return type === undefined ? sent : sent.filter(({ message }) => message.type === type);
  }

  /** Makes a candidate of it, or a leader by the votes of all. */
  become(role: Role): this {
    if (role === "follower") return this.hear(b, heartbeat(this.status.hard.term || 1));
    this.wait(electionMs).wait(electionMs);
    const { term } = this.status.hard;
    for (const from of this.others) {
      this.hear(from, { type: "pre_vote_reply", term, granted: true });
    }
    if (role === "leader") this.vote(...this.others);
    expect(this.status.role).toBe(role);
    return this;
  }

  vote(...from: readonly NodeId[]): this {
    const { term } = this.status.hard;
    for (const voter of from) this.hear(voter, { type: "vote_reply", term, granted: true });
    return this;
  }

  /** Says for `from` that it holds all of the log. */
  acknowledge(...from: readonly NodeId[]): this {
    const { term } = this.status.hard;
    const match = this.status.last.index;
    for (const peer of from) this.hear(peer, { type: "append_reply", term, match });
    return this;
  }
}

const heartbeat = (term: number, committed = 0): Message => ({
  ...{ type: "heartbeat", term: term as Term, committed: committed as Index },
  ...{ round: 0, sentMs: 0 },
});
const append = (
  term: number,
  [index, of]: readonly [number, number],
  entries: readonly Entry[],
  committed = 0,
): Message => ({
  ...{ type: "append", term: term as Term, entries, committed: committed as Index },
  previous: { index: index as Index, term: of as Term },
});
const voteRequest = (term: number, [index, of]: readonly [number, number]): Message => ({
  ...{ type: "vote_request", term: term as Term, isTransfer: false },
  last: { index: index as Index, term: of as Term },
});
const roles = ["follower", "candidate", "leader"] as const;

describe("5.1 terms", () => {
  test.each(roles)("UpdateTermFromMessage: a %s takes a later term over, and follows", (role) => {
    const node = new Node(3).become(role);
    node.hear(c, append(9, [0, 0], []));
    expect(node.status).toMatchObject({ role: "follower", hard: { term: 9 }, leader: c });
  });

  test.each(roles)("RejectStaleTermMessage: a %s takes nothing of an earlier term", (role) => {
    const node = new Node(3, [1], 5).become(role);
    const { term } = node.status.hard;
    node.said();
    node.hear(c, append(term - 1, [1, 1], [entry(2, 1)], 1));
    expect(node.status).toMatchObject({ role, hard: { term } });
    expect(textsOf(node.entries)).not.toContain("2@1");
    expect(node.said()).toEqual([{ to: c, message: { type: "outdated", term } }]);
  });
});

describe("5.2 elections", () => {
  test("StartAsFollower", () => expect(new Node(3).status.role).toBe("follower"));

  test("LeaderBcastBeat: a leader is heard by all within each heartbeat", () => {
    const node = new Node(3).become("leader").acknowledge(b, c);
    for (let beat = 0; beat < 5; beat += 1) {
      node.said();
      node.wait(heartbeatMs).acknowledge(b, c);
      expect(node.said("heartbeat").map(({ to }) => to)).toEqual([b, c]);
    }
  });

  test.each(["follower", "candidate"] as const)(
    "StartElection: a %s that hears of nobody asks for votes in a later term, for itself first",
    (role) => {
      const node = new Node(3, [1]).become(role);
      const { term } = node.status.hard;
      node.said();
      node.wait(electionMs * 2).wait(electionMs);
      for (const from of [b, c]) {
        node.hear(from, { type: "pre_vote_reply", term: term as Term, granted: true });
      }
      const hard = { term: term + 1, vote: a };
      expect(node.status).toMatchObject({ role: "candidate", hard });
      expect(node.replica.disk.hard).toEqual(hard);
      const message = voteRequest(term + 1, [1, 1]);
      expect(node.said("vote_request")).toMatchObject([b, c].map((to) => ({ to, message })));
    },
  );

  test.each([
    [1, 0, true],
    [3, 2, true],
    [3, 1, true],
    [3, 0, false],
    [5, 4, true],
    [5, 2, true],
    [5, 1, false],
  ])("LeaderElectionInOneRoundRPC: of %i, %i other votes elect: %s", (count, votes, elects) => {
    const node = new Node(count).become(count === 1 ? "leader" : "candidate");
    node.vote(...node.others.slice(0, votes));
    expect(node.status.role).toBe(elects ? "leader" : "candidate");
  });

  test("FollowerVote: one vote a term, to who asks first", () => {
    for (const first of [b, c]) {
      for (const second of [b, c]) {
        const node = new Node(3);
        node.hear(first, voteRequest(1, [0, 0])).said();
        node.hear(second, voteRequest(1, [0, 0]));
        const message = { type: "vote_reply", term: 1, granted: second === first };
        expect(node.said()).toEqual([{ to: second, message }]);
        expect(node.replica.disk.hard).toEqual({ term: 1, vote: first });
      }
    }
  });

  test.each([0, 1])("CandidateFallback: to a leader of its term, or %i later", (later) => {
    const node = new Node(3).become("candidate");
    const term = node.status.hard.term + later;
    node.hear(c, append(term, [0, 0], []));
    expect(node.status).toMatchObject({ role: "follower", hard: { term }, leader: c });
  });

  test.each(["follower", "candidate"] as const)(
    "ElectionTimeoutRandomized, TimeoutNonconflict: %ss seldom stand up at once",
    (role) => {
      const random = new SeededRandom(4);
      const afters = new Map<number, number>();
      let clashes = 0;
      const rounds = 100;
      for (let round = 0; round < rounds; round += 1) {
        const times = [0, 1, 2, 3, 4].map(() => {
          const node = new Node(5).become(role);
          const beganMs = node.nowMs;
          node.said();
          while (node.said("pre_vote_request").length === 0)
            node.wait(1, randomBelow(random, electionMs));
          return node.nowMs - beganMs;
        });
        times.sort((one, other) => one - other);
        if (times[0] === times[1]) clashes += 1;
        for (const time of times) afters.set(time, (afters.get(time) ?? 0) + 1);
      }
      const seen = [...afters.keys()];
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(electionMs);
      expect(Math.max(...seen)).toBeLessThanOrEqual(2 * electionMs);
      expect(seen.length).toBeGreaterThan(electionMs * 0.9);
      expect(clashes / rounds).toBeLessThan(0.3);
    },
  );
});

describe("5.3 the log", () => {
  test("LeaderStartReplication: what is proposed is appended, and sent to each after what it stands on", () => {
    const node = new Node(3).become("leader").acknowledge(b, c);
    const { last, hard, committed } = node.status;
    node.said();
    node.propose("x");
    expect(node.entries.at(-1)).toMatchObject({ index: last.index + 1, term: hard.term });
    expect(node.status.committed).toBe(committed);
    const entries = node.entries.slice(-1);
    const message = append(hard.term, [last.index, last.term], entries, committed);
    expect(node.said("append")).toEqual([b, c].map((to) => ({ to, message })));
  });

  test("LeaderCommitEntry: what a majority holds is applied, and the others are told", () => {
    const node = new Node(3).become("leader").acknowledge(b, c).propose("x");
    node.said();
    node.acknowledge(b);
    expect(node.replica.applied.at(-1)).toBe("x");
    const told = node.said().map(({ message }) => "committed" in message && message.committed);
    expect(told).toContain(node.status.last.index);
  });

  test.each([
    [1, 0, true],
    [3, 0, false],
    [3, 1, true],
    [5, 1, false],
    [5, 2, true],
  ])("LeaderAcknowledgeCommit: of %i, %i others that hold it commit it: %s", (count, held, is) => {
    const node = new Node(count).become("leader");
    node.acknowledge(...node.others).propose("x");
    const { index } = node.status.last;
    node.acknowledge(...node.others.slice(0, held));
    expect(node.status.committed >= index).toBe(is);
  });

  test.each([[[]], [[2]], [[1, 2]], [[1]]])(
    "LeaderCommitPrecedingEntries: with an own entry, all before it: %j",
    (terms) => {
      const node = new Node(3, terms, 2).become("leader").propose("x").acknowledge(b);
      expect(node.replica.applied.slice(0, terms.length)).toEqual(
        terms.map((term, at) => `${at + 1}@${term}`),
      );
      expect(node.replica.applied.at(-1)).toBe("x");
    },
  );

  test.each([1, 2])(
    "FollowerCommitEntry: what the leader says is committed, through %i",
    (through) => {
      const node = new Node(3);
      node.hear(b, append(1, [0, 0], [entry(1, 1), entry(2, 1)], through));
      expect(node.replica.applied).toEqual(["1@1", "2@1"].slice(0, through));
    },
  );

  test.each([
    [0, 0, true],
    [1, 1, true],
    [2, 2, true],
    [1, 2, false],
    [3, 3, false],
  ])("FollowerCheckMsgApp: an append after %i@%i agrees: %s", (index, term, agrees) => {
    const node = new Node(3, [1, 2]).become("follower");
    node.said();
    node.hear(b, append(2, [index, term], []));
    const [reply] = node.said();
    expect(reply!.message.type).toBe(agrees ? "append_reply" : "append_rejection");
    if (!agrees) expect(reply!.message).toMatchObject({ rejected: index });
  });

  test.each([
    [[2, 2], [[3, 3]], "1@1 2@2 3@3", "3@3"],
    [
      [1, 1],
      [
        [2, 3],
        [3, 4],
      ],
      "1@1 2@3 3@4",
      "2@3 3@4",
    ],
    [[0, 0], [[1, 1]], "1@1 2@2", ""],
    [[0, 0], [[1, 3]], "1@3", "1@3"],
  ] as const)("FollowerAppendEntries: after %j come %j", ([index, term], added, whole, written) => {
    const node = new Node(3, [1, 2], 4).become("follower");
    const before = new Set(node.entries);
    const entries = added.map(([at, of]) => entry(at, of));
    node.hear(b, append(4, [index, term], entries));
    expect(textsOf(node.entries)).toBe(whole);
    expect(textsOf(node.entries.filter((each) => !before.has(each)))).toBe(written);
  });

  test("LeaderSyncFollowerLog: each follower of figure 7 is brought to the leader's log", () => {
    const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    const figure7 = [
      [1, 1, 1, 4, 4, 5, 5, 6, 6],
      [1, 1, 1, 4],
      [...leaderTerms, 6],
      [...leaderTerms, 7, 7],
      [1, 1, 1, 4, 4, 4, 4],
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    for (const terms of figure7) {
      const leader = new Node(3, leaderTerms, 8).become("leader");
      const follower = new Node(3, terms, 8);
      leader.propose("x");
      for (let turn = 0; turn < 20; turn += 1) {
        leader.wait(heartbeatMs);
        for (const { to, message } of leader.said()) if (to === b) follower.hear(a, message);
        for (const { message } of follower.said()) leader.hear(b, message);
      }
      expect(textsOf(follower.entries)).toBe(textsOf(leader.entries));
      expect(follower.replica.applied).toEqual(leader.replica.applied);
    }
  });
});

describe("5.4 safety", () => {
  test.each([[[1]], [[1, 2]]])("VoteRequest: it says where its log ends: %j", (terms) => {
    const node = new Node(3, terms).become("candidate");
    const message = voteRequest(node.status.hard.term, [terms.length, terms.at(-1)!]);
    expect(node.said("vote_request")).toMatchObject([b, c].map((to) => ({ to, message })));
  });

  test.each([
    [[1], [1, 1], true],
    [[1], [2, 1], true],
    [[1, 1], [1, 1], false],
    [[1], [1, 2], true],
    [[1], [2, 2], true],
    [[1, 1], [1, 2], true],
    [[2], [1, 1], false],
    [[2], [2, 1], false],
    [[2, 1], [1, 1], false],
  ] as const)(
    "Voter: one whose log is %j votes for one that ends at %j: %s",
    (terms, last, granted) => {
      const sorted = [...terms].sort((one, other) => one - other);
      const node = new Node(3, sorted);
      node.hear(b, voteRequest(3, [last[0], last[1]]));
      expect(node.said()).toEqual([{ to: b, message: { type: "vote_reply", term: 3, granted } }]);
    },
  );

  test.each([
    [1, 0],
    [2, 0],
    [3, 3],
  ])(
    "LeaderOnlyCommitsLogFromCurrentTerm: a majority that holds through %i commits %i",
    (match, committed) => {
      const node = new Node(3, [1, 2], 2).become("leader");
      const { term } = node.status.hard;
      node.hear(b, { type: "append_reply", term, match: match as Index });
      expect(node.status.committed).toBe(committed);
    },
  );
});
