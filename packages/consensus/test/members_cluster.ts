// Replicas on simulated machines whose operators add, remove, replace and transfer, while
// there is trouble, and now and then a disk is lost.
//
// Judged, from outside:
//   S1  at most one leader for a term
//   S3  what was acknowledged is in the state at the end, where it was said to be
//   S4  what replicas applied are prefixes of one another
//   MB1 a node whose disk was wiped takes no part under its old name, and says so
//   MB2 a node that was removed ends
//   MB3 who was added becomes a voter
//   OF2 no member goes on dialling who is no member
// and that all this ends: once there is no trouble, all members are level and take more.

import {
  drawFaults,
  FaultInjector,
  type FaultKind,
  type Machine,
  type MachineWorld,
  type Simulation,
} from "@holdfast/sim";
import { type HoldfastError, isHoldfastError, randomItem } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { membershipOf, type NodeId, type Order, Replica } from "../src/index.ts";
import { type Applied, NumberMachine, numberCommand } from "./replica_machine.ts";

const kept = { keptSizeBytes: 1_000_000, keptCount: 10 };
const compaction = { sizeBytes: 1_000_000, count: 30, segmentSizeBytes: 20_000, ...kept };
const timing = { electionMs: 500, heartbeatMs: 100, leaseMs: null };
const healMs = 30_000;
/** From here on the names of all disks are in the log. */
const wipesFromMs = 4_000;
const troubleEndMs = 14_000;
/** How long an order may take until it has taken effect or never will. */
const orderMsMax = 3_000;
/** Connections to who left may go on for so long. */
const farewellMs = 12_000;
const begun = ["a", "b", "c"] as NodeId[];
const joining = ["d", "e", "f", "g", "h"] as NodeId[];
const kinds: readonly FaultKind[] = [
  ...(["kill", "power_loss", "pause", "partition", "reset", "half_open"] as const),
  ...(["packet_loss", "reordering", "slow_network", "slow_disk"] as const),
];

interface Node {
  readonly replica: Replica;
  readonly machine: NumberMachine;
}

/** One run. */
export class MembersCluster {
  readonly #simulation: Simulation;
  readonly #machines = new Map<NodeId, Machine>();
  readonly #nodes = new Map<NodeId, Node>();
  readonly #leaders = new Map<number, NodeId>();
  /** Why nodes ended for good. */
  readonly #ended = new Map<NodeId, HoldfastError>();
  readonly #acknowledged = new Map<number, number>();
  /** Names that were, or may have been, given out. */
  readonly #used = new Set<NodeId>();
  readonly #dials: { readonly atMs: number; readonly from: NodeId; readonly to: string }[] = [];
  #longest: readonly Applied[] = [];
  #nextValue = 1;
  #wiped: NodeId | null = null;
  #mayRemove = true;
  #isSettling = false;
  #isOver = false;
  readonly counts = {
    ...{ acknowledged: 0, added: 0, removed: 0, replaced: 0, transferred: 0, refused: 0 },
    ...{ wiped: 0, ended: 0, restores: 0 },
  };

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  async run(): Promise<void> {
    const simulation = this.#simulation;
    const ids = [...begun, ...joining];
    for (const id of ids) {
      this.#machines.set(
        id,
        simulation.machine(id, (world) => this.#main(id, world)),
      );
    }
    const pairs = begun.flatMap((left) => ids.map((right) => [left, right] as const));
    const injector = new FaultInjector(
      simulation,
      drawFaults(simulation.random("faults"), {
        targets: Object.fromEntries(kinds.map((kind) => [kind, ids.slice(0, 5)])),
        talks: pairs.filter(([left, right]) => left < right),
        ...{ fromMs: 1_000, untilMs: troubleEndMs - 2_000, perKindMax: 1 },
      }),
    );
    injector.start();
    await this.#wipeSome();
    injector.heal();
    for (const machine of this.#machines.values()) machine.start();
    this.#isSettling = true;
    await this.#settle();
    await simulation.sleep(farewellMs);
    this.#requireNoStrayDials();
    this.#isOver = true;
  }

  // One disk at a time, of a voter of three at least, whose place is taken before the next.
  async #wipeSome(): Promise<void> {
    const simulation = this.#simulation;
    const random = simulation.random("wipes");
    const untilMs = simulation.nowMs + troubleEndMs;
    await simulation.sleep(wipesFromMs);
    while (simulation.nowMs < untilMs) {
      await simulation.sleep(random.next() * 3_000);
      if (this.#wiped !== null || random.next() < 0.3) continue;
      // Of two voters none may be lost: what was ordered before must be over.
      this.#mayRemove = false;
      await simulation.sleep(orderMsMax);
      const voters = this.#leading()?.replica.status.membership.voters ?? [];
      this.#mayRemove = voters.length < 3;
      if (voters.length < 3) continue;
      const id = randomItem(random, voters);
      this.#wiped = id;
      this.counts.wiped += 1;
      simulation.note(`the disk of ${id} is wiped`);
      this.#machines.get(id)!.kill();
      this.#machines.get(id)!.start();
    }
  }

  #leading(): Node | null {
    const leaders = [...this.#nodes.values()].filter(
      ({ replica }) => replica.standing.role === "leader",
    );
    leaders.sort((left, right) => right.replica.standing.term - left.replica.standing.term);
    return leaders[0] ?? null;
  }

  async #settle(): Promise<void> {
    const before = this.counts.acknowledged;
    const isDone = () => this.#areLevel() && this.counts.acknowledged > before + 5;
    if (await this.#simulation.until(isDone, { withinMs: healMs })) return;
    const states = [...this.#nodes].map(([id, { replica, machine }]) => {
      const { role, hard, committed, last, membership } = replica.status;
      const { voters, outgoing, learners } = membership;
      const members = `${voters}${outgoing.length > 0 ? ` from ${outgoing}` : ""} + ${learners}`;
      return `${id} ${role}@${hard.term} ${machine.applied}/${committed}/${last.index} of ${members}`;
    });
    throw new Error(`no progress, ${this.#wiped} wiped: ${states.join("; ")}`);
  }

  // All members run, are level and are voters; nobody else leads.
  #areLevel(): boolean {
    const leader = this.#leading();
    if (leader === null) return false;
    const { membership } = leader.replica.status;
    if (membership.learners.length > 0 || membership.outgoing.length > 0) return false;
    return membership.voters.every((id) => {
      const machine = this.#nodes.get(id)?.machine;
      return machine !== undefined && machine.values.length >= this.#acknowledged.size;
    });
  }

  #requireNoStrayDials(): void {
    const { membership } = this.#leading()!.replica.status;
    const fromMs = this.#simulation.nowMs - farewellMs / 4;
    const places = membership.voters.map(addressOf);
    // Who was removed while it was away may know nobody who is still there.
    const stray = this.#dials.find(({ atMs, from, to }) => {
      return atMs >= fromMs && membership.voters.includes(from) && !places.includes(to);
    });
    if (stray !== undefined) throw new Error(`OF2: ${stray.from} dials ${stray.to}`);
  }

  async #main(id: NodeId, world: MachineWorld): Promise<void> {
    while (!(await this.#live(id, world))) await world.clock.sleep(500);
  }

  /** Whether it ended for good, or was asked to. */
  async #live(id: NodeId, world: MachineWorld): Promise<boolean> {
    if (this.#ended.has(id)) return true;
    if (this.#wiped === id) await wipe(world, ["raft", "state"]);
    const machine = await NumberMachine.open(world.disk, "state");
    const listener = await world.network.listen(addressOf(id));
    const seats = begun.map((node) => {
      return { node, address: addressOf(node), disk: null, replaces: null };
    });
    const replica = await Replica.open({
      ...{ id, timing, compaction, machine, listener, cluster: "test", folder: "raft" },
      world: this.#watched(id, world),
      bootstrap: begun.includes(id) ? membershipOf(begun, [], seats) : null,
      address: addressOf(id),
      addressOf: (_, known) => known,
      onEvent: (event) => {
        if (event.type === "restored") this.counts.restores += 1;
        if (event.type === "role" && event.role === "leader") this.#noteLeader(id, event.term);
      },
    });
    const node = { replica, machine };
    this.#nodes.set(id, node);
    const work = [this.#writer(world, node), this.#operator(world, node)];
    const flusher = this.#flusher(world, node);
    const error = await Promise.race([replica.ended, aborted(world.signal)]);
    this.#nodes.delete(id);
    await replica.close();
    await Promise.all([...work, flusher]);
    await machine.close();
    if (error !== null) this.#noteEnd(id, error);
    return true;
  }

  #noteLeader(id: NodeId, term: number): void {
    const other = this.#leaders.get(term);
    if (other !== undefined && other !== id) this.#broke(`S1: ${other} and ${id} lead ${term}`);
    if (this.#wiped === id) this.#broke(`MB1: ${id} leads with a disk that was wiped`);
    this.#leaders.set(term, id);
  }

  #noteEnd(id: NodeId, error: HoldfastError): void {
    const isDue = isHoldfastError(error, "forbidden");
    const { wiped, removed } = {
      wiped: error.message.includes("another disk"),
      removed: error.message.includes("was removed"),
    };
    if (!isDue || !(wiped || removed)) this.#broke(`${id} ended: ${error.message}`);
    if (wiped && this.#wiped !== id) this.#broke(`MB1: ${id} ended, whose disk is whole`);
    this.counts.ended += 1;
    this.#ended.set(id, error);
  }

  #watched(from: NodeId, world: MachineWorld): World {
    const { clock, random, disk, network } = world;
    const connect: World["network"]["connect"] = (to, signal) => {
      this.#dials.push({ atMs: this.#simulation.nowMs, from, to });
      return network.connect(to, signal);
    };
    return {
      ...{ clock, random, disk },
      network: { connect, listen: (to) => network.listen(to) },
    };
  }

  async #writer({ clock, random }: MachineWorld, node: Node): Promise<void> {
    while (this.#isAlive(node)) {
      await clock.sleep(random.next() * 200);
      const { role, term } = node.replica.standing;
      if (role !== "leader") continue;
      const value = this.#nextValue;
      this.#nextValue += 1;
      node.replica.propose(numberCommand(value, 50), term).then(
        ({ index }) => {
          this.#acknowledged.set(value, index);
          this.counts.acknowledged += 1;
          this.#compare(node.machine);
        },
        (error) => {
          if (!isHoldfastError(error)) this.#broke(String(error));
        },
      );
    }
  }

  async #operator({ clock, random }: MachineWorld, node: Node): Promise<void> {
    while (this.#isAlive(node)) {
      await clock.sleep(500 + random.next() * 4_000);
      if (!this.#isAlive(node)) return;
      const order = this.#nextOrder(node.replica, () => random.next());
      if (order === null) continue;
      const name = "by" in order ? order.by : order.type === "add" ? order.node : null;
      if (name !== null) this.#used.add(name);
      try {
        await node.replica.order(order);
        this.#noteDone(order);
      } catch (error) {
        if (!isHoldfastError(error)) this.#broke(String(error));
        this.counts.refused += 1;
        const isSure = isHoldfastError(error, "conflict", "invalid_argument", "not_found");
        if (name !== null && isSure) this.#used.delete(name);
      }
    }
  }

  // A disk that was lost first; at the end nothing else.
  #nextOrder({ status }: Replica, draw: () => number): Order | null {
    const { voters } = status.membership;
    const free = joining.find((id) => !this.#used.has(id));
    const wiped = this.#wiped;
    if (wiped !== null && voters.includes(wiped) && this.#ended.has(wiped)) {
      if (free === undefined) return { type: "remove", node: wiped };
      return { type: "replace", node: wiped, by: free, address: addressOf(free) };
    }
    if (wiped !== null && !voters.includes(wiped) && this.#leading()?.replica.status === status) {
      this.#wiped = null;
      this.#mayRemove = true;
    }
    if (this.#isSettling || voters.length === 0) return null;
    const one = voters[Math.floor(draw() * voters.length)]!;
    const kind = draw();
    if (kind < 0.3) return { type: "transfer", to: one };
    if (kind < 0.55 && voters.length > 2 && this.#mayRemove) return { type: "remove", node: one };
    if (free === undefined) return null;
    if (kind < 0.75) return { type: "replace", node: one, by: free, address: addressOf(free) };
    return { type: "add", node: free, address: addressOf(free) };
  }

  #noteDone({ type }: Order): void {
    const done = { add: "added", remove: "removed", replace: "replaced", transfer: "transferred" };
    this.counts[done[type] as "added"] += 1;
  }

  async #flusher({ clock, random }: MachineWorld, node: Node): Promise<void> {
    while (this.#isAlive(node)) {
      await clock.sleep(random.next() * 1_000);
      await node.machine.flush();
    }
  }

  #isAlive(node: Node): boolean {
    return !this.#isOver && [...this.#nodes.values()].includes(node);
  }

  #compare({ values }: NumberMachine): void {
    const [short, long] =
      values.length < this.#longest.length ? [values, this.#longest] : [this.#longest, values];
    for (const [at, { index, value }] of short.entries()) {
      const other = long[at]!;
      if (other.index !== index || other.value !== value) this.#broke(`S4: ${index} ${value}`);
    }
    this.#longest = long.slice();
  }

  /** What only the end shows. */
  judge(): void {
    const { voters } = this.#leading()!.replica.status.membership;
    for (const [id, { machine, replica }] of this.#nodes) {
      this.#compare(machine);
      const known = replica.status.membership.voters;
      // Nobody is left whom it knows, and who could tell it.
      const isAlone = !known.some((node) => voters.includes(node));
      if (known.includes(id) && !voters.includes(id) && !isAlone)
        throw new Error(`MB2: ${id} goes on, and was removed`);
    }
    const applied = new Map(this.#longest.map(({ index, value }) => [value, index]));
    for (const [value, index] of this.#acknowledged) {
      if (applied.get(value) !== index)
        throw new Error(`S3: ${value} was acknowledged and is lost`);
    }
  }

  #broke(sentence: string): void {
    this.#simulation.fail(new Error(sentence));
  }
}

function addressOf(id: NodeId): string {
  return `at-${id}`;
}

async function wipe({ disk }: World, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const names = await disk.list(folder).catch(() => []);
    for (const name of names) await disk.remove(`${folder}/${name}`);
    if (names.length > 0) await disk.syncFolder(folder);
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(null)));
}
