// Raft as the explorer drives it: a node's whole state as plain data, with time left
// out. Whoever is told to campaigns at once, as after a transfer, which no promise to
// another leader hinders; so what is explored is more than can happen.

import { type Cluster, type Machine, type MachineModel, machineModel } from "@holdfast/sim/explore";
import {
  defaultLimits,
  type Entry,
  type HardState,
  type Index,
  type Input,
  type Membership,
  type Message,
  membershipOf,
  type NodeId,
  origin,
  type PersistId,
  type PersistRequest,
  type RaftOptions,
  type RequestId,
} from "../src/index.ts";
import { lastOf } from "../src/raft/log.ts";
import { type RaftState, stateFrom } from "../src/raft/state.ts";
import { stepState } from "../src/raft/step.ts";
import { messageText } from "./transcript_text.ts";

/** A node, and what its disk was told and has not done. */
export interface ExploredNode {
  readonly raft: RaftState;
  readonly disk: ExploredDisk;
  /** What the disk is to write; empty where it writes at once. */
  readonly writes: readonly PersistRequest[];
}

/** What is on a disk. */
export interface ExploredDisk {
  readonly hard: HardState;
  readonly entries: readonly Entry[];
}

/** What was ever seen: who led in each term, and what was committed at each index. */
interface Known {
  readonly leaders: Readonly<Record<number, string>>;
  readonly committed: readonly string[];
  /** What does not hold; null while all does. */
  readonly broken: string | null;
}

type Nodes = Cluster<ExploredNode, Message, ExploredDisk, Known>;

/** Bounds of the model. */
export interface RaftBounds {
  readonly nodes: number;
  /** Nobody campaigns for a term beyond this. */
  readonly termMax: number;
  /** How many nodes may be told to campaign. */
  readonly candidates: number;
  /** How often each of them may be. */
  readonly campaigns: number;
  /** How many commands each node is given. */
  readonly proposals: number;
  /** How many changes of membership each node is asked for: first to remove the last node, then itself. */
  readonly changes: number;
  readonly losses: number;
  readonly duplicates: number;
  readonly crashes: number;
  readonly inFlight: number;
  /** Whether the disk takes its time. */
  readonly isSlow: boolean;
}

/** Two of three nodes may campaign in one term, and nothing else happens. */
export const still: RaftBounds = {
  nodes: 3,
  termMax: 1,
  candidates: 2,
  campaigns: 1,
  proposals: 0,
  changes: 0,
  losses: 0,
  duplicates: 0,
  crashes: 0,
  inFlight: 4,
  isSlow: false,
};

/** Raft on a few nodes. */
export function raftModel(
  bounds: RaftBounds,
): MachineModel<ExploredNode, Message, ExploredDisk, Known> {
  const names = ["a", "b", "c", "d"].slice(0, bounds.nodes) as NodeId[];
  const membership = membershipOf(names);
  const machine = raftMachine(bounds, membership);
  const voter = { ...machine, prompts: withoutCampaigns(machine.prompts) };
  const nodes = Object.fromEntries(
    names.map((name, index) => [name, index < bounds.candidates ? machine : voter]),
  );
  return machineModel({
    nodes,
    network: {
      kind: "messages",
      lossesMax: bounds.losses,
      duplicatesMax: bounds.duplicates,
      inFlightMax: bounds.inFlight,
    },
    crashesMax: bounds.crashes,
    promptsMax: { campaign: bounds.campaigns, propose: bounds.proposals, change: bounds.changes },
    symmetric:
      bounds.changes === 0
        ? [names.slice(0, bounds.candidates), names.slice(bounds.candidates)]
        : [],
    witness: {
      start: nothingSeen,
      see: (known, { name, output }) => seen(known, name, output.state.raft),
    },
    invariants: {
      "S1 S3 S4 leaders and what is committed": ({ witness }) => witness.broken === null,
      "S2 logs agree": (cluster) => logsAgree(cluster),
    },
    show: {
      state: ({ raft }) =>
        `@${raft.hard.term} ${raft.role} [${raft.log.entries.map(({ term }) => term).join(" ")}] committed=${raft.log.committed}`,
      message: messageText,
      saved: ({ hard, entries }) => `term=${hard.term} entries=${entries.length}`,
    },
  });
}

function raftMachine(
  { isSlow, termMax, changes }: RaftBounds,
  membership: Membership,
): Machine<ExploredNode, Message, ExploredDisk> {
  const optionsOf = (name: string): RaftOptions => {
    const times = { electionMs: 3, heartbeatMs: 1, leaseMs: null, tellsAtOnce: true };
    return { id: name as NodeId, ...times, limits: defaultLimits };
  };
  // Where it stays the same it is left out, so that nodes can be exchanged for each other.
  const forgetNames = ({ log }: RaftState) => {
    if (changes === 0) log.memberships = [];
  };
  const advance = (name: string, node: ExploredNode, inputs: readonly Input[]) => {
    const raft = structuredClone(node.raft);
    if (changes === 0) raft.log.memberships = [{ index: origin.index, membership }];
    const writes = [...node.writes];
    const send: { readonly to: string; readonly message: Message }[] = [];
    const waiting = [...inputs];
    let disk = node.disk;
    for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
      const output = stepState(optionsOf(name), raft, input, 0);
      send.push(...output.send);
      const last = output.committed.at(-1);
      if (last !== undefined) waiting.push({ type: "applied", index: last.index });
      if (output.persist === null) continue;
      if (isSlow) writes.push(output.persist);
      else {
        disk = written(disk, output.persist);
        waiting.push({ type: "persisted", id: output.persist.id });
      }
    }
    forgetTime(raft, writes);
    forgetNames(raft);
    return { state: { raft, disk, writes }, persist: disk === node.disk ? null : disk, send };
  };
  return {
    start: (name, saved) => {
      const disk = saved ?? { hard: { term: origin.term, vote: null }, entries: [] };
      const base = { ...origin, membership };
      const found = {
        ...disk,
        base,
        snapshot: null,
        partial: null,
        unsure: null,
        applied: 0 as Index,
      };
      const raft = stateFrom(optionsOf(name), found, 0);
      forgetTime(raft, []);
      forgetNames(raft);
      return { state: { raft, disk, writes: [] }, persist: disk, send: [] };
    },
    step: (name, node, input) => {
      if (input.type === "message") {
        const from = input.from as NodeId;
        return advance(name, node, [{ type: "message", from, message: input.message }]);
      }
      if (input.type !== "prompt") throw new Error(`no ${input.type} here`);
      const { raft, disk } = node;
      if (input.prompt !== "write") {
        return advance(name, node, [promptedInput(name, input.prompt, raft)]);
      }
      const [done, ...writes] = node.writes;
      const persist = written(disk, done!);
      const inputs = [{ type: "persisted", id: done!.id } as const];
      return { ...advance(name, { raft, disk: persist, writes }, inputs), persist };
    },
    prompts: (_name, { raft, writes }) => {
      const prompts: string[] = [];
      if (raft.role !== "leader" && raft.hard.term < termMax) prompts.push("campaign");
      if (raft.role === "leader") prompts.push("propose", "change");
      if (writes.length > 0) prompts.push("write");
      return prompts;
    },
  };
}

function withoutCampaigns(prompts: Machine<ExploredNode, Message, ExploredDisk>["prompts"]) {
  return (name: string, node: ExploredNode) =>
    prompts(name, node).filter((prompt) => prompt !== "campaign");
}

function promptedInput(name: string, prompt: string, { hard, log }: RaftState): Input {
  const id = 1 as RequestId;
  switch (prompt) {
    case "campaign":
      // As a leader would tell it.
      return {
        type: "message",
        from: name as NodeId,
        message: { type: "timeout_now", term: hard.term },
      };
    case "propose":
      return { type: "propose", proposals: [{ id, data: Uint8Array.of(hard.term) }] };
    default: {
      const { voters } = log.memberships.at(-1)!.membership;
      const step = { type: "remove", node: voters.at(-1)! } as const;
      return { type: "change", id, change: { type: "steps", steps: [step], passage: "short" } };
    }
  }
}

function written({ hard, entries }: ExploredDisk, request: PersistRequest): ExploredDisk {
  const [first] = request.entries;
  const kept = first === undefined ? entries : entries.filter(({ index }) => index < first.index);
  return { hard: request.hard ?? hard, entries: [...kept, ...request.entries] };
}

// States that differ in nothing but when, and how often, are one.
function forgetTime(raft: RaftState, writes: readonly PersistRequest[]): void {
  raft.heardMs = Number.NEGATIVE_INFINITY;
  raft.waitingMs = 0;
  raft.timeoutMs = null;
  if (writes.length === 0) {
    raft.persistId = 0 as PersistId;
    raft.durableId = 0 as PersistId;
  }
}

function committedOf({ log }: RaftState): readonly string[] {
  return log.entries.slice(0, log.committed).map((entry) => `${entry.term} ${entry.payload.type}`);
}

const nothingSeen: Known = { leaders: {}, committed: [], broken: null };

function seen(known: Known, name: string, raft: RaftState): Known {
  if (known.broken !== null) return known;
  const { term } = raft.hard;
  let { leaders, committed } = known;
  let broken: string | null = null;
  if (raft.role === "leader" && leaders[term] !== name) {
    if (leaders[term] !== undefined) broken = `S1: two lead term ${term}`;
    leaders = { ...leaders, [term]: name };
  }
  const own = committedOf(raft);
  const common = Math.min(own.length, committed.length);
  for (let at = 0; at < common; at += 1) {
    if (own[at] !== committed[at]) broken = `S4: two are committed at ${at + 1}`;
  }
  if (own.length > committed.length) committed = own;
  const isLatest = term >= Math.max(0, ...Object.keys(leaders).map(Number));
  if (raft.role === "leader" && isLatest && lastOf(raft.log).index < committed.length) {
    broken = `S3: leads term ${term} without what is committed`;
  }
  if (leaders === known.leaders && committed === known.committed && broken === null) return known;
  return { leaders, committed, broken };
}

function logsAgree({ states }: Nodes): boolean {
  return states.every(({ raft: { log: one } }, at) =>
    states.slice(at + 1).every(({ raft: { log: other } }) => {
      let shared = Math.min(one.entries.length, other.entries.length);
      while (shared > 0 && one.entries[shared - 1]!.term !== other.entries[shared - 1]!.term) {
        shared -= 1;
      }
      return one.entries
        .slice(0, shared)
        .every(({ term }, index) => term === other.entries[index]!.term);
    }),
  );
}
