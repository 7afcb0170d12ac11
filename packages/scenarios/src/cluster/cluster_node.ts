// The program of a node of the cluster scenario: keeps its part of the store open, and
// does on it what it is told.

import { membershipOf, type NodeId, type ReplicaEvent } from "@holdfast/consensus";
import type { MachineWorld } from "@holdfast/sim";
import { ViolationError } from "@holdfast/sim";
import { isHoldfastError } from "@holdfast/std";
import {
  type CheckLimits,
  memoryRows,
  openRaftStore,
  type RaftStore,
  type StateCheck,
} from "@holdfast/store/raft";
import type { Timer } from "@holdfast/world";
import type { Content } from "../store/store_history.ts";
import { StoreWatcher } from "../store/store_watcher.ts";
import { performWork } from "../store/store_worker.ts";
import type { Work } from "../store/store_workload.ts";
import { performAgedRead } from "./aged_reads.ts";
import { contentOf } from "./cluster_content.ts";
import type { ClusterLedger } from "./cluster_ledger.ts";
import type { ClusterOperation, ClusterSetting } from "./cluster_plan.ts";
import type { CallOptions } from "./turn_plan.ts";
import { performTurn, type TurnPlace } from "./turns.ts";

/** How long it waits after a failure of its disk before it opens the store again. */
const reopenMs = 300;
/** How long a call waits before it is made again. */
const againMs = 100;
/** So often that rows are compared several times in a run. */
const checks: CheckLimits = { count: 10, everyMs: 2_000, idleMs: 10_000 };

/** What an open store is used with. */
interface Session {
  readonly world: MachineWorld;
  readonly store: RaftStore;
  readonly watcher: StoreWatcher;
  readonly tasks: Set<Promise<void>>;
  /** Transactions that are under way. */
  busy: number;
  readonly thinking: Set<Timer>;
}

/** What a {@link ClusterNode} is given. */
export interface ClusterNodeParts {
  readonly name: string;
  readonly setting: ClusterSetting;
  readonly ledger: ClusterLedger;
  /** True time. */
  readonly nowMs: () => number;
  /** Called with a broken promise. */
  readonly onViolation: (error: unknown) => void;
}

/** See the head of this file. */
export class ClusterNode {
  readonly #parts: ClusterNodeParts;
  #session: Session | null = null;
  #leave: () => void = () => undefined;
  /** All rows, as they were last shown; null until they are. */
  #content: Content | null = null;
  /** What it was asked for once faults had ended. */
  #duty: (session: Session) => Promise<void> = () => Promise.resolve();

  constructor(parts: ClusterNodeParts) {
    this.#parts = parts;
  }

  /** Its store, while it is open. */
  get store(): RaftStore | null {
    return this.#session?.store ?? null;
  }

  /** What {@link look} found; null until it has. */
  get content(): Content | null {
    return this.#content;
  }

  /** Whether no transaction is under way. */
  get isIdle(): boolean {
    return (this.#session?.busy ?? 0) === 0;
  }

  /** Its watches, while its store is open. */
  get watcher(): StoreWatcher | null {
    return this.#session?.watcher ?? null;
  }

  /** The process has ended, without a word. */
  lost(): void {
    this.#session = null;
  }

  /** Opens the store, and again after a failure of its disk, until it is asked to end. */
  async main(world: MachineWorld): Promise<void> {
    this.#session = null;
    world.signal.addEventListener("abort", () => this.#leave(), { once: true });
    while (!world.signal.aborted) {
      try {
        await this.#visit(world);
      } catch (error) {
        if (!isHoldfastError(error, "io", "disk_full")) throw error;
        world.note(`opens again: ${error.message}`);
        await world.clock.sleep(reopenMs);
      }
    }
  }

  /** Does `operation`, if the store is open. Runs in the node's process. */
  perform(operation: ClusterOperation): void {
    const session = this.#session;
    if (session === null) return;
    this.#keep(session, this.#do(session, operation));
  }

  async #do(session: Session, operation: ClusterOperation): Promise<void> {
    switch (operation.type) {
      case "watch":
        return this.#watch(session, operation.space);
      case "turn":
        return this.#during(session, (place) => performTurn(place, operation));
      case "aged read":
        return this.#during(session, (place) => performAgedRead(place, operation));
      default:
        await this.#transact(session, operation, operation.options);
    }
  }

  /**
   * Writes, each time as another `work`, until that is acknowledged, and then looks. Runs
   * in the node's process, and begins again where the store has to be opened again.
   */
  prove(work: () => Work): void {
    this.#begin(async (session) => {
      while (!(await this.#transact(session, work()))) {
        if (this.#session !== session) return;
        await session.world.clock.sleep(againMs);
      }
      await this.#look(session);
    });
  }

  /** Reads all rows into {@link content}; as {@link prove}. */
  look(): void {
    this.#begin((session) => this.#look(session));
  }

  #begin(duty: (session: Session) => Promise<void>): void {
    this.#content = null;
    this.#duty = duty;
    if (this.#session !== null) this.#keep(this.#session, duty(this.#session));
  }

  async #look(session: Session): Promise<void> {
    while (this.#session === session) {
      try {
        this.#content = await session.store.read(contentOf);
        return;
      } catch (error) {
        this.#requireReadFailure(error);
        await session.world.clock.sleep(againMs);
      }
    }
  }

  #keep(session: Session, work: Promise<void>): void {
    const task = work.catch(this.#parts.onViolation).then(() => {
      session.tasks.delete(task);
    });
    session.tasks.add(task);
  }

  async #visit(world: MachineWorld): Promise<void> {
    const { name, setting, ledger } = this.#parts;
    const { nodes, timing, compaction } = setting;
    const listener = await world.network.listen(addressOf(name));
    let isOver = world.signal.aborted;
    const over = new Promise<void>((resolve) => {
      this.#leave = () => {
        isOver = true;
        resolve();
      };
    });
    const store = await openRaftStore({
      ...{ world, node: name as NodeId, timing, listener, addressOf, cluster: "simulated" },
      ...(compaction === null ? {} : { compaction }),
      bootstrap: membershipOf(nodes as NodeId[]),
      folder: "log",
      openRows: memoryRows({ world, folder: "rows" }),
      checks,
      onEvent: (event) => this.#hear(world, event),
      onCheck: (check) => this.#heed(check),
    });
    ledger.counts.opened! += 1;
    const watcher = new StoreWatcher(world, store);
    const session: Session = {
      world,
      store,
      watcher,
      tasks: new Set(),
      busy: 0,
      thinking: new Set(),
    };
    this.#session = session;
    if (this.#content === null) this.#keep(session, this.#duty(session));
    try {
      if (!isOver && !world.signal.aborted) await over;
    } finally {
      this.#session = null;
      await store.close();
      for (const timer of session.thinking) timer.cancel();
      await Promise.all(session.tasks);
    }
  }

  #hear(world: MachineWorld, event: ReplicaEvent): void {
    if (event.type === "role") world.note(`${event.role} of term ${event.term}`);
    if (event.type === "restored") {
      world.note(`restored through ${event.index}`);
      this.#parts.ledger.count("restored");
    }
    if (event.type !== "stopped") return;
    world.note(`stopped: ${event.error.message}`);
    if (!isHoldfastError(event.error, "io", "disk_full")) this.#parts.onViolation(event.error);
    this.#leave();
  }

  /** @throws {ViolationError} CL4, through the parts. */
  #heed({ index, agreeing, differing }: StateCheck): void {
    if (agreeing.length > 1) this.#parts.ledger.count("agreed");
    if (differing.length === 0) return;
    const sentence = `${differing.join(", ")} beside ${this.#parts.name}: other rows as of entry ${index}`;
    this.#parts.onViolation(new ViolationError("CL4", sentence));
  }

  /** Whether it took effect. */
  async #transact(session: Session, work: Work, options: CallOptions = {}): Promise<boolean> {
    let isDone = false;
    await this.#during(session, async (place) => {
      const { thinking } = session;
      const came = await performWork({ ...place, thinking, stamps: true, options }, work);
      isDone = !(came instanceof Error);
      return isDone ? null : (came as Error);
    });
    return isDone;
  }

  /** Does `work`, which answers why it failed, or null. */
  async #during(
    session: Session,
    work: (place: TurnPlace) => Promise<Error | null>,
  ): Promise<void> {
    const { ledger, nowMs } = this.#parts;
    session.busy += 1;
    const failure = await work({ ...session, ledger, nowMs }).finally(() => {
      session.busy -= 1;
    });
    if (isHoldfastError(failure, "io", "disk_full")) this.#leave();
  }

  /** Watches `space`, and anew where reads fail, until the store is closed. */
  async #watch(session: Session, space: Parameters<StoreWatcher["watch"]>[0]): Promise<void> {
    while (this.#session === session) {
      try {
        await session.watcher.watch(space);
        return;
      } catch (error) {
        this.#requireReadFailure(error);
        await session.world.clock.sleep(againMs);
      }
    }
  }

  /** @throws {ViolationError} ST13. */
  #requireReadFailure(error: unknown): void {
    if (isHoldfastError(error, "io", "disk_full", "closed", "unavailable", "too_old")) return;
    throw error instanceof ViolationError
      ? error
      : new ViolationError("ST13", `a read failed with ${String(error)}`);
  }
}

function addressOf(node: string): string {
  return `ws://${node}/raft`;
}
