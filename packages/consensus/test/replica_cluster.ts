// Replicas on simulated machines, clients on each of them, and what they were promised.
//
// Judged, from outside:
//   S1  at most one leader for a term
//   S4  what replicas applied are prefixes of one another, restarts and snapshots included
//   S5  a read sees all that was acknowledged before it began
//   RE2 a proposal that resolved is in all later states, once, where it said; one that was
//       refused as `unavailable` is in none
//   DK1 what a disk that rots, and writes beside the place, takes from a replica is fetched
//       again, or that replica refuses to begin; the others go on

import {
  drawFaults,
  type Fault,
  FaultInjector,
  type FaultKind,
  type MachineWorld,
  type Simulation,
} from "@holdfast/sim";
import { isHoldfastError } from "@holdfast/std";
import { membershipOf, type NodeId, Replica, type Term } from "../src/index.ts";
import { type Applied, NumberMachine, numberCommand } from "./replica_machine.ts";

const kept = { keptSizeBytes: 1_000_000, keptCount: 10 };
const compaction = { sizeBytes: 1_000_000, count: 30, segmentSizeBytes: 20_000, ...kept };
const timing = { electionMs: 500, heartbeatMs: 100, leaseMs: null };
/** After trouble ends, all must be applied everywhere within this time. */
const healMs = 20_000;
const kinds: readonly FaultKind[] = [
  ...(["kill", "power_loss", "pause", "partition", "reset", "half_open"] as const),
  ...(["packet_loss", "duplication", "reordering", "slow_network", "slow_disk"] as const),
  ...(["clock_jump", "clock_drift", "sync_error"] as const),
];

const damages: readonly FaultKind[] = ["bit_rot", "misdirected_write"];

interface Node {
  readonly replica: Replica;
  readonly machine: NumberMachine;
}

/** One run. */
export class ReplicaCluster {
  readonly #simulation: Simulation;
  readonly #ids: readonly NodeId[];
  readonly #nodes = new Map<NodeId, Node>();
  readonly #leaders = new Map<number, NodeId>();
  /** The longest state that any node was seen in. */
  #longest: readonly Applied[] = [];
  #nextValue = 1;
  readonly #acknowledged = new Map<number, number>();
  readonly #refused = new Set<number>();
  #isOver = false;
  /** Whose disk is damaged, too: a minority. */
  readonly #damaged: readonly NodeId[];
  /** Those that found their disk beyond repair. */
  readonly #gone = new Set<NodeId>();
  /** Those that were begun in doubt. */
  readonly #doubtful = new Set<Node>();
  readonly counts = {
    ...{ acknowledged: 0, refused: 0, reads: 0, restores: 0, calls: 0, stops: 0 },
    /** Replicas that were begun in doubt, those that could be trusted again, and those that refused. */
    ...{ doubts: 0, healed: 0, gone: 0 },
  };

  /** @param damaged - How many replicas have disks that rot, and write beside the place. */
  constructor(simulation: Simulation, size: number, damaged = 0) {
    this.#simulation = simulation;
    this.#ids = ["a", "b", "c", "d", "e"].slice(0, size) as NodeId[];
    this.#damaged = this.#ids.slice(0, damaged);
  }

  /** Trouble for a while, then none; and what must hold then. */
  async run(): Promise<void> {
    const simulation = this.#simulation;
    const ids = this.#ids;
    const machines = ids.map((id) => simulation.machine(id, (world) => this.#main(id, world)));
    const pairs = ids.flatMap((left) => ids.map((right) => [left, right] as const));
    const drawn = drawFaults(simulation.random("faults"), {
      targets: Object.fromEntries(kinds.map((kind) => [kind, ids])),
      talks: pairs.filter(([left, right]) => left < right),
      ...{ fromMs: 1_000, untilMs: 12_000, perKindMax: 2 },
    });
    const injector = new FaultInjector(simulation, [...drawn, ...this.#drawDamages()]);
    injector.start();
    await simulation.sleep(14_000);
    injector.heal();
    for (const machine of machines) machine.start();
    await this.#settle();
    this.#isOver = true;
  }

  // What is damaged shows when the log is read again; so that often happens soon after.
  #drawDamages(): readonly Fault[] {
    if (this.#damaged.length === 0) return [];
    const random = this.#simulation.random("damages");
    const drawn = drawFaults(random, {
      targets: Object.fromEntries(damages.map((kind) => [kind, this.#damaged])),
      ...{ talks: [], fromMs: 1_000, untilMs: 12_000, perKindMax: 4 },
    });
    return drawn.flatMap((fault): readonly Fault[] => {
      if (!("machine" in fault) || random.next() < 0.3) return [fault];
      const { machine } = fault;
      const atMs = fault.atMs + Math.round(random.next() * 500);
      return [fault, { kind: "kill", machine, atMs, durationMs: 300 }];
    });
  }

  async #settle(): Promise<void> {
    const isSettled = () =>
      this.#nodes.size === this.#ids.length - this.#gone.size &&
      [...this.#nodes.values()].every(({ replica }) => replica.status.unsure === null) &&
      this.#areLevel();
    // Clients go on; so what there is now must be everywhere, and more be accepted.
    const wanted = this.#nextValue;
    const before = this.counts.acknowledged;
    const isDone = () => isSettled() && this.counts.acknowledged > before + 5;
    if (await this.#simulation.until(isDone, { withinMs: healMs })) {
      for (const { replica } of this.#doubtful) {
        if (replica.status.unsure === null) this.counts.healed += 1;
      }
      return;
    }
    const states = [...this.#nodes].map(([id, { replica, machine }]) => {
      const { role, committed, last, peers } = replica.status;
      const seen = peers.map((peer) => `${peer.id} ${peer.mode} ${peer.match}`);
      return `${id} ${role} ${machine.applied}/${committed}/${last.index} [${seen}]`;
    });
    throw new Error(`no progress: ${wanted} values, ${states.join(", ")}`);
  }

  // Whether each acknowledged value is applied on all nodes.
  #areLevel(): boolean {
    const lengths = [...this.#nodes.values()].map(({ machine }) => machine.values.length);
    return Math.min(...lengths) >= this.#acknowledged.size;
  }

  // A replica that ended for its disk begins again, as whoever supervises it would have it.
  async #main(id: NodeId, world: MachineWorld): Promise<void> {
    while (!(await this.#live(id, world).catch((error: unknown) => this.#leave(id, error)))) {
      await world.clock.sleep(500);
    }
  }

  /** Notes that a replica will not begin again. @throws Where its disk was sound, or the error tells of no damage. */
  #leave(id: NodeId, error: unknown): boolean {
    const isDue = isHoldfastError(error, "corrupt", "unsupported_version", "forbidden");
    if (!this.#damaged.includes(id) || !isDue) throw error;
    this.#gone.add(id);
    this.#nodes.delete(id);
    this.counts.gone += 1;
    return true;
  }

  /** Whether it was asked to end. */
  async #live(id: NodeId, world: MachineWorld): Promise<boolean> {
    const machine = await NumberMachine.open(world.disk, "state").catch(stopped);
    if (machine === null) return false;
    const listener = await world.network.listen(id);
    const replica = await Replica.open({
      ...{ world, id, timing, compaction, machine, cluster: "test", folder: "raft" },
      bootstrap: membershipOf(this.#ids),
      addressOf: (node) => node,
      listener,
      onCall: async (from, request) => Uint8Array.of(...request, from.charCodeAt(0)),
      onEvent: (event) => {
        if (event.type === "restored") this.counts.restores += 1;
        if (event.type !== "role" || event.role !== "leader") return;
        const other = this.#leaders.get(event.term);
        if (other !== undefined && other !== id)
          this.#broke(`S1: ${other} and ${id} lead ${event.term}`);
        this.#leaders.set(event.term, id);
      },
    }).catch(stopped);
    if (replica === null) {
      await listener.close();
      await machine.close().catch(() => undefined);
      return false;
    }
    const node = { replica, machine };
    this.#nodes.set(id, node);
    if (replica.status.unsure !== null) {
      this.counts.doubts += 1;
      this.#doubtful.add(node);
    }
    const work = [this.#writer(world, node), this.#reader(world, node), this.#caller(world, node)];
    const flusher = this.#flusher(world, node);
    const error = await Promise.race([replica.ended, aborted(world.signal)]);
    if (error !== null) this.counts.stops += 1;
    this.#nodes.delete(id);
    await replica.close().catch(() => undefined);
    await Promise.all([...work, flusher]);
    await machine.close().catch(() => undefined);
    // Its state was lost; or the name of its disk, and the others take it for another node.
    if (isHoldfastError(error, "corrupt", "forbidden")) throw error;
    return error === null && world.signal.aborted;
  }

  async #writer({ clock, random }: MachineWorld, { replica, machine }: Node): Promise<void> {
    while (this.#isAlive(replica)) {
      await clock.sleep(random.next() * 200);
      const { role, term } = replica.standing;
      if (role !== "leader") continue;
      for (let left = Math.floor(random.next() * 6); left >= 0; left -= 1) {
        void this.#propose(replica, machine, term);
      }
    }
  }

  async #propose(replica: Replica, machine: NumberMachine, term: Term): Promise<void> {
    const value = this.#nextValue;
    this.#nextValue += 1;
    try {
      const { index } = await replica.propose(numberCommand(value, 100), term);
      this.#acknowledged.set(value, index);
      this.counts.acknowledged += 1;
      const found = machine.values.filter((each) => each.value === value).at(-1);
      if (found?.index !== index) this.#broke(`RE2: ${value} is not applied where it was proposed`);
      this.#compare(machine);
    } catch (error) {
      if (isHoldfastError(error, "unavailable")) {
        this.#refused.add(value);
        this.counts.refused += 1;
      } else if (!isHoldfastError(error, "unknown_outcome", "overloaded"))
        this.#broke(String(error));
    }
  }

  async #reader({ clock, random }: MachineWorld, { replica, machine }: Node): Promise<void> {
    while (this.#isAlive(replica)) {
      await clock.sleep(random.next() * 300);
      const wanted = Math.max(0, ...this.#acknowledged.values());
      try {
        await replica.read();
      } catch (error) {
        if (!isHoldfastError(error, "unavailable", "closed")) this.#broke(String(error));
        continue;
      }
      this.counts.reads += 1;
      if (machine.applied < wanted) this.#broke(`S5: read at ${machine.applied}, not ${wanted}`);
      this.#compare(machine);
    }
  }

  async #caller({ clock, random, machine: id }: MachineWorld, { replica }: Node): Promise<void> {
    while (this.#isAlive(replica)) {
      await clock.sleep(random.next() * 400);
      const others = this.#ids.filter((other) => other !== id);
      const to = others[Math.floor(random.next() * others.length)]!;
      const number = Math.floor(random.next() * 256);
      try {
        const answer = await replica.call(to, Uint8Array.of(number));
        if (answer.length !== 2 || answer[0] !== number) this.#broke("an answer to another call");
        this.counts.calls += 1;
      } catch (error) {
        const isDue = isHoldfastError(error, "unavailable", "unknown_outcome", "closed");
        if (!isDue) this.#broke(String(error));
      }
    }
  }

  async #flusher({ clock, random }: MachineWorld, { replica, machine }: Node): Promise<void> {
    while (this.#isAlive(replica)) {
      await clock.sleep(random.next() * 1_000);
      try {
        await machine.flush();
      } catch {
        await replica.close().catch(() => undefined);
        return;
      }
    }
  }

  #isAlive(replica: Replica): boolean {
    return !this.#isOver && [...this.#nodes.values()].some((node) => node.replica === replica);
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
    for (const { machine } of this.#nodes.values()) this.#compare(machine);
    const applied = new Map<number, number>();
    for (const { index, value } of this.#longest) {
      if (applied.has(value)) throw new Error(`RE2: ${value} was applied twice`);
      applied.set(value, index);
    }
    for (const [value, index] of this.#acknowledged) {
      if (applied.get(value) !== index)
        throw new Error(`S3: ${value} was acknowledged and is lost`);
    }
    for (const value of this.#refused) {
      if (applied.has(value)) throw new Error(`RE2: ${value} was refused and is applied`);
    }
  }

  #broke(sentence: string): void {
    this.#simulation.fail(new Error(sentence));
  }
}

function stopped(error: unknown): null {
  if (!isHoldfastError(error, "io", "disk_full", "locked", "address_in_use")) throw error;
  return null;
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(null)));
}
