// The cluster scenario: nodes that hold one store together by Raft, workers on each of
// them, and everything that goes wrong with machines, disks and the network between.
//
//   0 s       faults begin, workers work                                  (safety)
//   20 s      faults end; each node must be open, write and read          (liveness)
//   then      all must show the same; what all were told is judged
//   then      all are closed, opened again, and must show the same
//
// The product runs unchanged, but for logs that are cut so early that nodes which were
// away are sent snapshots. Rows are in memory with a log: they stand for the contract that
// LMDB keeps in its own way (LMDB is not simulated).

import {
  FaultInjector,
  type Machine,
  networkProfiles,
  type Scenario,
  type Simulation,
  ViolationError,
} from "@holdfast/sim";
import type { Content } from "../store/store_history.ts";
import { rowsText } from "../store/store_model.ts";
import { healAtMs } from "../store/store_plan.ts";
import type { Work } from "../store/store_workload.ts";
import { ClusterLedger } from "./cluster_ledger.ts";
import { ClusterNode } from "./cluster_node.ts";
import {
  type ClusterOperation,
  type ClusterPlan,
  clusterSettingOf,
  drawClusterPlan,
} from "./cluster_plan.ts";

/** How long all nodes may take to be open, to write, and to end, once faults have ended. */
const wellMsMax = 60_000;
/** How long a message may be on its way. */
const lateMsMax = 5_000;
const firstLastId = 90_000;

/** Transactions on a store that several nodes hold together, while they fail. */
export const clusterScenario: Scenario<ClusterOperation> = {
  name: "cluster",
  summary: "transactions on 3 or 5 nodes that hold one store together while they fail",
  draw: drawClusterPlan,
  run: (simulation, plan) => new ClusterRun(simulation, plan).run(),
};

interface Member {
  readonly name: string;
  readonly node: ClusterNode;
  readonly machine: Machine;
}

class ClusterRun {
  readonly #simulation: Simulation;
  readonly #plan: ClusterPlan;
  readonly #ledger = new ClusterLedger();
  readonly #members = new Map<string, Member>();
  readonly #injector: FaultInjector;
  #lastId = firstLastId;

  constructor(simulation: Simulation, plan: ClusterPlan) {
    this.#simulation = simulation;
    this.#plan = plan;
    simulation.histories.push(...this.#ledger.history.kept);
    this.#injector = new FaultInjector(simulation, plan.faults);
  }

  async run(): Promise<Readonly<Record<string, number>>> {
    this.#start();
    this.#injector.start();
    for (const operation of this.#plan.operations) {
      const { node, machine } = this.#members.get(operation.node)!;
      this.#simulation.after(operation.atMs, () => machine.call(() => node.perform(operation)));
    }
    await this.#simulation.sleep(healAtMs);
    this.#simulation.note("faults end");
    this.#injector.heal();
    await this.#prove();
    const content = await this.#agreed();
    this.#ledger.end(content);
    for (const { node } of this.#members.values()) {
      for (const { run, version } of this.#ledger.commits) node.watcher?.requireTold(run, version);
    }
    await this.#stop();
    for (const { machine } of this.#members.values()) machine.start();
    const again = await this.#agreed();
    requireEqual("opened again", again, content);
    await this.#stop();
    return this.#ledger.counts;
  }

  #start(): void {
    const setting = clusterSettingOf(this.#plan.seed);
    const { nodes, network } = setting;
    this.#simulation.network.setProfile(networkProfiles[network]);
    this.#simulation.note(`${nodes.length} nodes, network ${network}`);
    for (const name of nodes) {
      const node = new ClusterNode({
        ...{ name, setting, ledger: this.#ledger },
        nowMs: () => this.#simulation.nowMs,
        onViolation: (error) => this.#simulation.fail(error),
      });
      const machine = this.#simulation.machine(name, (world) => node.main(world));
      machine.onEnd(() => node.lost());
      this.#members.set(name, { name, node, machine });
    }
  }

  /** Each node writes, and then reads. @throws {ViolationError} CL2. */
  async #prove(): Promise<void> {
    for (const { machine } of this.#members.values()) machine.start();
    await this.#all("is open", ({ node }) => node.store !== null);
    for (const { node, machine } of this.#members.values()) {
      machine.call(() => node.prove(() => this.#lastWork()));
    }
    await this.#all("writes and reads", ({ node }) => node.content !== null);
    await this.#all("ends its transactions", ({ node }) => node.isIdle);
    // What a process asked for that is gone may still be on its way.
    await this.#simulation.sleep(lateMsMax);
  }

  #lastWork(): Work {
    this.#lastId += 1;
    return { type: "add", id: this.#lastId, atMs: healAtMs, thinkMs: 0, counter: 0 };
  }

  /** What all nodes show. @throws {ViolationError} CL1, CL2. */
  async #agreed(): Promise<Content> {
    await this.#all("is open", ({ node }) => node.store !== null);
    for (const { node, machine } of this.#members.values()) machine.call(() => node.look());
    await this.#simulation.sleep(1);
    await this.#all("reads", ({ node }) => node.content !== null);
    const [first, ...others] = [...this.#members.values()];
    for (const { name, node } of others) {
      requireEqual(`${name} beside ${first!.name}`, node.content!, first!.node.content!);
    }
    return first!.node.content!;
  }

  /** @throws {ViolationError} CL2. */
  async #all(what: string, holds: (member: Member) => boolean): Promise<void> {
    const members = [...this.#members.values()];
    if (await this.#simulation.until(() => members.every(holds), { withinMs: wellMsMax })) return;
    const { name, node } = members.find((member) => !holds(member))!;
    const { last: _, ...raft } = node.store?.status.raft ?? { last: null };
    throw new ViolationError(
      "CL2",
      `not so after ${wellMsMax} ms: ${name} ${what}; ${JSON.stringify(raft)}`,
    );
  }

  /** @throws {ViolationError} CL3. */
  async #stop(): Promise<void> {
    for (const { name, machine } of this.#members.values()) {
      let isOver = false;
      void machine.stop().then(() => {
        isOver = true;
      });
      if (!(await this.#simulation.until(() => isOver, { withinMs: wellMsMax }))) {
        throw new ViolationError("CL3", `${name}, asked to end ${wellMsMax} ms ago, runs on`);
      }
      if (machine.timersLeft > 0) {
        throw new ViolationError("CL3", `${name} ended with ${machine.timersLeft} timers pending`);
      }
    }
  }
}

/** @throws {ViolationError} CL1. */
function requireEqual(what: string, found: Content, expected: Content): void {
  if (found.version === expected.version && rowsText(found.rows) === rowsText(expected.rows)) {
    return;
  }
  const sentence = `${what}: version ${found.version}, ${found.rows.length} rows, instead of version ${expected.version}, ${expected.rows.length} rows`;
  throw new ViolationError("CL1", sentence);
}
