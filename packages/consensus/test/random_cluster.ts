// A cluster under chance: messages that are lost, doubled, late and out of order,
// partitions, crashes that lose what was not written, slow disks and state machines,
// changes of membership, snapshots; and after each step, whether all still holds.
//
// Nothing here is asynchronous and nothing has a World: one loop draws what happens
// next. The same seed gives the same run.

import { randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import {
  type Answer,
  defaultLimits,
  type Envelope,
  type Index,
  type Input,
  type MembershipChange,
  membershipOf,
  type NodeId,
  type Output,
  origin,
  type RaftOptions,
  type RequestId,
  type Role,
} from "../src/index.ts";
import { Judge } from "./judge.ts";
import { type Archive, Replica } from "./replica.ts";
import {
  calmWeights,
  Draw,
  electionWeights,
  memberWeights,
  troubledWeights,
  type Weights,
} from "./swarm.ts";

/** What a run consists of. */
export interface RunOptions {
  readonly seed: number;
  readonly steps: number;
  /** Whether leaders read by lease. Clocks run at rates that differ by up to a fifth, then. */
  readonly hasLeases: boolean;
  /** What goes wrong most: anything, or what elections and changes of membership can do. */
  readonly trouble: Trouble;
}

/** See {@link RunOptions}. */
export type Trouble = "any" | "elections" | "members";

interface Flight extends Envelope {
  readonly from: NodeId;
}

interface Node {
  readonly replica: Replica;
  isDown: boolean;
  /** Until when it stands still: its clock runs, and it does nothing. */
  pausedUntilMs: number;
  tickMs: number;
  readonly rate: number;
}

const electionMs = 60;
const heartbeatMs = 15;
const leaseMs = 40;
const tickMs = 5;
const names = ["a", "b", "c", "d", "e"] as NodeId[];
const chunkBytes = 40;
/** How many voters there are at first. */
const counts: Readonly<Record<Trouble, readonly number[]>> = {
  any: [1, 2, 3, 3, 3, 3, 3, 4, 5, 5],
  elections: [3, 3, 5],
  members: [1, 1, 2, 3, 3, 4],
};

/** One run. */
export class RandomCluster {
  readonly judge = new Judge();
  readonly #random: SeededRandom;
  readonly #nodes = new Map<NodeId, Node>();
  readonly #archive: Archive = new Map();
  readonly #options: RunOptions;
  #flights: Flight[] = [];
  #nowMs = 0;
  #requests = 0;
  readonly #changes = new Set<RequestId>();
  // Which nodes a node can't reach, by both names.
  #cuts = new Set<string>();
  #lossRate: number;
  // Whose disk takes five times as long as those of the others.
  readonly #sluggish: NodeId | null;
  #isCalm = false;
  #draw: Draw;
  #goal = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#sluggish = randomItem(this.#random, [null, ...names.slice(0, 3)]);
    this.#draw = new Draw(this.#weights());
    this.#lossRate = randomItem(this.#random, [0, 0, 0.02, 0.1]);
    const isOneByOne = options.trouble === "elections";
    const count = randomItem(this.#random, counts[options.trouble]);
    const membership = membershipOf(names.slice(0, count));
    const limits = {
      windowMessages: isOneByOne ? 1 : randomItem(this.#random, [1, 3, 100]),
      windowBytes: randomItem(this.#random, [50, 1_000, 100_000]),
      appendBytesMax: isOneByOne ? 1 : randomItem(this.#random, [1, 100, 1_000]),
      uncommittedBytesMax: 2_000,
      applyBytesMax: randomItem(this.#random, [1, 200, 100_000]),
      requestsMax: 64,
    };
    for (const id of names) {
      const settings: RaftOptions = {
        id,
        electionMs,
        heartbeatMs,
        leaseMs: options.hasLeases ? leaseMs : null,
        tellsAtOnce: !options.hasLeases,
        limits: { ...defaultLimits, ...limits },
      };
      const saved = {
        hard: { term: origin.term, vote: null },
        base: { ...origin, membership },
        entries: [],
        snapshot: null,
        partial: null,
        unsure: null,
        applied: 0 as Index,
      };
      const rate = options.hasLeases ? 0.9 + this.#random.next() * 0.2 : 1;
      const replica = new Replica(settings, saved, this.#archive, 0);
      this.#nodes.set(id, { replica, isDown: false, pausedUntilMs: 0, tickMs: 0, rate });
    }
  }

  #weights(): Weights {
    const { trouble, hasLeases } = this.#options;
    if (trouble === "elections") return electionWeights(this.#random);
    if (trouble === "members") return memberWeights(this.#random);
    return troubledWeights(this.#random, hasLeases);
  }

  /** Carries out the run, trouble first and calm at the end. Throws where something does not hold. */
  run(): void {
    for (let step = 0; step < this.#options.steps; step += 1) this.#step();
    this.#heal();
    for (let round = 0; round < 12_000; round += 1) {
      this.#step();
      if (round % 100 === 0 && this.#isSettled()) return;
    }
    const states = [...this.#nodes].map(
      ([id, { replica }]) => `${id} ${JSON.stringify(replica.raft.status)}`,
    );
    throw new Error(`no progress after the trouble ended:\n${states.join("\n")}`);
  }

  #step(): void {
    const [id, node] = this.#any();
    switch (this.#draw.next(this.#random)) {
      case "deliver":
        for (let count = 0; count < 6; count += 1) this.#deliver();
        break;
      case "write":
        this.#write();
        break;
      case "apply":
        this.#apply();
        break;
      case "pass":
        this.#pass(randomBelow(this.#random, 8));
        break;
      case "propose":
        this.#ask((request) => {
          const data = Buffer.from(`w${request}`);
          return { type: "propose", proposals: [{ id: request, data }] };
        });
        break;
      case "read":
        this.#read(this.#asked());
        break;
      case "compact":
        if (this.#isUp(node)) this.#compact(id, node);
        break;
      case "change":
        this.#ask((request) => {
          this.#changes.add(request);
          return { type: "change", id: request, change: this.#change() };
        });
        break;
      case "transfer":
        this.#ask((request) => ({ type: "transfer", id: request, to: this.#any()[0] }));
        break;
      case "usurp":
        this.#usurp(id);
        break;
      case "unreachable":
        this.#ask(() => ({ type: "unreachable", peer: id }));
        break;
      case "crash":
        this.#crash(this.#victim());
        break;
      case "restart":
        if (node.isDown) this.#restart(id, node);
        break;
      case "pause":
        this.#nodes.get(this.#victim())!.pausedUntilMs =
          this.#nowMs + randomBelow(this.#random, 200);
        break;
      case "cut":
        this.#cut();
        break;
      case "mend":
        this.#cuts.clear();
        break;
    }
  }

  #pass(ms: number): void {
    this.#nowMs += ms;
    for (const [id, node] of this.#nodes) {
      if (!this.#isUp(node) || this.#nowMs - node.tickMs < tickMs) continue;
      // Who stood still is asked before it sees how late it is.
      if (node.pausedUntilMs > 0) {
        node.pausedUntilMs = 0;
        this.#read(id);
        continue;
      }
      const lateMs = (this.#nowMs - node.tickMs) * node.rate;
      if (lateMs > heartbeatMs) this.#feed(id, { type: "stood_still", ms: lateMs });
      node.tickMs = this.#nowMs;
      this.#feed(id, { type: "tick", jitterMs: this.#random.next() * electionMs });
    }
  }

  #deliver(): void {
    // What is for who stands still waits in its buffers.
    const isWaiting = ({ to }: Flight) => this.#nodes.get(to)!.pausedUntilMs > this.#nowMs;
    let index = randomBelow(this.#random, 16);
    while (index < this.#flights.length && isWaiting(this.#flights[index]!)) index += 1;
    const flight = this.#flights[index];
    if (flight === undefined) return;
    const node = this.#nodes.get(flight.to)!;
    const isDoubled = !this.#isCalm && this.#random.next() < 0.03;
    if (!isDoubled) this.#flights.splice(index, 1);
    const isCut = this.#cuts.has(`${flight.from} ${flight.to}`);
    const isLost = isCut || (!this.#isCalm && this.#random.next() < this.#lossRate);
    if (isLost || !this.#isUp(node)) return;
    this.#feed(flight.to, { type: "message", from: flight.from, message: flight.message });
  }

  #write(): void {
    const [id, node] = this.#anyWhere((each) => each.replica.writes.length > 0);
    if (id === this.#sluggish && !this.#isCalm && this.#random.next() < 0.8) return;
    const input = this.#isUp(node) ? node.replica.write() : null;
    if (input === null) return;
    this.judge.written(id, node.replica.disk);
    this.#feed(id, input);
  }

  #apply(): void {
    const [id, node] = this.#anyWhere((each) => each.replica.toApply.length > 0);
    if (!this.#isUp(node)) return;
    const [entry] = node.replica.toApply;
    const input = node.replica.apply();
    if (input === null || entry === undefined) return;
    this.judge.applied(id, entry);
    this.#feed(id, input);
  }

  // One that takes itself for the leader, or anybody.
  #asked(): NodeId {
    const leaders = names.filter((name) => this.#roleOf(name) === "leader");
    const isAny = leaders.length === 0 || this.#random.next() < 0.4;
    return isAny ? this.#any()[0] : randomItem(this.#random, leaders);
  }

  #read(id: NodeId): void {
    if (!this.#isUp(this.#nodes.get(id)!)) return;
    this.#requests += 1;
    const request = this.#requests as RequestId;
    this.judge.readBegan(request);
    this.#feed(id, { type: "read", id: request });
  }

  #ask(inputOf: (request: RequestId) => Input): void {
    const id = this.#asked();
    if (!this.#isUp(this.#nodes.get(id)!)) return;
    this.#requests += 1;
    this.#feed(id, inputOf(this.#requests as RequestId));
  }

  #compact(id: NodeId, { replica }: Node): void {
    if (replica.applied.length === 0) return;
    this.#requests += 1;
    this.#feed(id, replica.compact(`${id}-${this.#requests}`, randomBelow(this.#random, 6)));
  }

  #change(): MembershipChange {
    if (this.#random.next() < 0.2) return { type: "leave" };
    const leader = names.find((name) => this.#roleOf(name) === "leader");
    if (leader !== undefined && this.#random.next() < 0.2) {
      return { type: "steps", steps: [{ type: "remove", node: leader }], passage: "short" };
    }
    const isOne = this.#random.next() < 0.5;
    const nodes = isOne ? [this.#any()[0]] : names.filter(() => this.#random.next() < 0.35);
    const types = ["add_voter", "add_voter", "add_learner", "remove"] as const;
    const steps = nodes.map((node) => ({ type: randomItem(this.#random, types), node }));
    const passage = randomItem(this.#random, ["short", "short", "joint", "paused"] as const);
    return { type: "steps", steps, passage };
  }

  // Some forget their leader, who may be cut off from them, and one or two campaign.
  #usurp(id: NodeId): void {
    const leader = names.find((name) => this.#roleOf(name) === "leader");
    if (leader !== undefined && this.#random.next() < 0.4) this.#isolate(leader);
    for (const name of names) {
      const isDeaf = !this.#isUp(this.#nodes.get(name)!) || this.#random.next() < 0.3;
      if (!isDeaf) this.#feed(name, { type: "forget_leader" });
    }
    for (const candidate of [id, this.#any()[0]]) {
      if (this.#isUp(this.#nodes.get(candidate)!)) this.#feed(candidate, { type: "campaign" });
    }
  }

  #cut(): void {
    this.#cuts.clear();
    const half = names.filter(() => this.#random.next() < 0.5);
    const side = new Set(this.#random.next() < 0.5 ? half : [this.#victim()]);
    const oneWay = randomItem(this.#random, [0, 0.1]);
    for (const from of names) {
      for (const to of names) {
        const isCut = side.has(from) !== side.has(to) || this.#random.next() < oneWay;
        if (isCut) this.#cuts.add(`${from} ${to}`);
      }
    }
  }

  #isolate(id: NodeId): void {
    for (const other of names) {
      this.#cuts.add(`${id} ${other}`);
      this.#cuts.add(`${other} ${id}`);
    }
  }

  #crash(id: NodeId): void {
    const node = this.#nodes.get(id)!;
    if (node.isDown) return;
    // Some of what was under way may have reached the disk all the same.
    const survivors = randomBelow(this.#random, node.replica.writes.length + 1);
    for (let count = 0; count < survivors; count += 1) node.replica.write();
    node.isDown = true;
    // Back at once, it may be asked again what it was asked before.
    if (this.#random.next() < 0.5) this.#restart(id, node);
  }

  #restart(id: NodeId, node: Node): void {
    node.isDown = false;
    node.tickMs = this.#nowMs;
    const { replica } = node;
    // A state machine may hold no more than what the disk's log knows of.
    const isVolatile = this.#random.next() < 0.5;
    replica.restart({ isVolatile }, this.#clock(node));
    this.judge.restarted(id);
    this.#feed(id, { type: "tick", jitterMs: 0 });
  }

  #heal(): void {
    this.#isCalm = true;
    this.#draw = new Draw(calmWeights);
    for (const { replica } of this.#nodes.values()) {
      this.#goal = Math.max(this.#goal, replica.raft.status.last.index);
    }
    this.#cuts.clear();
    for (const [id, node] of this.#nodes) {
      node.pausedUntilMs = 0;
      if (node.isDown) this.#restart(id, node);
    }
  }

  // A leader, and voters that have applied more than there was when the trouble ended.
  #isSettled(): boolean {
    const statuses = [...this.#nodes.values()].map(({ replica }) => replica.raft.status);
    const leaders = statuses.filter(({ role }) => role === "leader");
    const [leader] = leaders.sort((left, right) => right.hard.term - left.hard.term);
    if (leader === undefined) return false;
    return leader.membership.voters.every((voter) => {
      const { status } = this.#nodes.get(voter)!.replica.raft;
      return status.hard.term === leader.hard.term && status.applied > this.#goal;
    });
  }

  #feed(id: NodeId, input: Input): void {
    const node = this.#nodes.get(id)!;
    let output: Output;
    try {
      output = node.replica.feed(input, this.#clock(node));
    } catch (error) {
      throw new Error(`${id} on ${JSON.stringify(input)}`, { cause: error });
    }
    for (const envelope of output.send) {
      this.#flights.push({ from: id, ...envelope });
    }
    if (this.#flights.length > 400) this.#flights.splice(0, 100);
    this.judge.stepped(id, node.replica);
    if (output.restore !== null) {
      this.judge.counts.restores += 1;
      this.#feed(id, { type: "applied", index: output.restore.index });
    }
    for (const answer of output.answers) this.#answered(id, node, answer);
    for (const { to, snapshot, offset } of output.chunks) {
      const whole = this.#archive.get(snapshot.name)!;
      const bytes = this.#random.next() < 0.1 ? null : whole.subarray(offset, offset + chunkBytes);
      const isLast = bytes !== null && offset + bytes.length === whole.length;
      this.#feed(id, { type: "chunk", to, name: snapshot.name, offset, bytes, isLast });
    }
  }

  #answered(id: NodeId, node: Node, answer: Answer): void {
    if (answer.type === "read") this.judge.readEnded(id, answer.id, node.replica.applied);
    if (answer.type === "proposed" && !this.#changes.has(answer.id))
      this.judge.placed(`w${answer.id}`, answer.position);
  }

  #clock({ rate }: Node): number {
    return this.#nowMs * rate;
  }

  #isUp({ isDown, pausedUntilMs }: Node): boolean {
    return !isDown && this.#nowMs >= pausedUntilMs;
  }

  #roleOf(id: NodeId): Role {
    return this.#nodes.get(id)!.replica.raft.status.role;
  }

  // Those who lead or are about to are the ones whose loss matters.
  #victim(): NodeId {
    const active = names.filter((id) => this.#roleOf(id) !== "follower");
    return randomItem(
      this.#random,
      this.#random.next() < 0.6 && active.length > 0 ? active : names,
    );
  }

  // One that has something to do, or anybody.
  #anyWhere(has: (node: Node) => boolean): readonly [NodeId, Node] {
    const busy = names.filter(
      (id) => has(this.#nodes.get(id)!) && this.#isUp(this.#nodes.get(id)!),
    );
    const id = randomItem(this.#random, busy.length > 0 ? busy : names);
    return [id, this.#nodes.get(id)!];
  }

  #any(): readonly [NodeId, Node] {
    const id = randomItem(this.#random, names);
    return [id, this.#nodes.get(id)!];
  }
}
