// Servers of one store and clients of it, on simulated machines, under faults.
//
// Judged, from outside:
//   a commit that was acknowledged is there in the end, at its version; none is there twice;
//   one that failed, but for `unknown_outcome`, is not there (ST4, ST8)
//   a read shows all that was acknowledged before it began (ST7)
//   a watch tells of the last change (ST9), and the feed of every commit, once, whichever
//   server tells it (ST18, ST26)
//   once faults have ended, each client soon commits again

import { membershipOf, type NodeId } from "@holdfast/consensus";
import {
  drawFaults,
  FaultInjector,
  type FaultKind,
  type MachineWorld,
  networkProfiles,
  type Simulation,
} from "@holdfast/sim";
import { decodeUtf8, encodeUtf8, isHoldfastError } from "@holdfast/std";
import {
  type Change,
  type CommitVersion,
  openMemoryStore,
  type PastStore,
  type Store,
} from "@holdfast/store";
import { memoryRows, openRaftStore } from "@holdfast/store/raft";
import { openRemoteStore } from "@holdfast/store/remote";
import { serveStore } from "../src/kv/store_gateway.ts";
import { openStoreName } from "../src/store_name.ts";

const kinds: readonly FaultKind[] = [
  ...(["kill", "power_loss", "pause", "partition", "reset", "half_open"] as const),
  ...(["packet_loss", "duplication", "reordering", "slow_network"] as const),
  "clock_drift",
];
const pages = ["page 1", "page 2"];
const timing = { electionMs: 500, heartbeatMs: 100, leaseMs: null };
const healMs = 40_000;
/** How many commits there were: counted by reading, and without. */
const [totalKey, sumKey] = [encodeUtf8("total"), encodeUtf8("sum")];
const area = { start: encodeUtf8("a"), end: encodeUtf8("z") };

/** What a row's value says: how often it was written. */
function countOf(value: Uint8Array | null): number {
  return value === null ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(0, true);
}

function bytesOf(count: number): Uint8Array {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, count, true);
  return value;
}

/** One run. */
export class RemoteCluster {
  readonly #simulation: Simulation;
  readonly #servers: readonly string[];
  /** By worker: how often it was told that it committed, and how often that nobody knows. */
  readonly #acknowledged = new Map<string, number>();
  readonly #unknown = new Map<string, number>();
  #lastVersion = 0 as CommitVersion;
  #isCalm = false;
  #isOver = false;
  /** Which versions the watches of pages were told of. */
  readonly #told = new Map<string, CommitVersion>();
  readonly #judged = new Set<string>();
  readonly counts = {
    acknowledged: 0,
    runs: 0,
    reads: 0,
    old: 0,
    signals: 0,
    told: 0,
    failed: 0,
    unknown: 0,
  };

  constructor(simulation: Simulation, servers: number) {
    this.#simulation = simulation;
    this.#servers = ["a", "b", "c"].slice(0, servers);
  }

  /** Trouble for a while, then none; and what must hold then. */
  async run(): Promise<void> {
    const simulation = this.#simulation;
    const servers = this.#servers.map((name) =>
      simulation.machine(name, (world) => this.#serve(name, world)),
    );
    for (const page of pages) {
      // Far away, so that much is on its way whenever something happens.
      for (const server of this.#servers) {
        simulation.network.setLink(page, server, networkProfiles.wan);
        simulation.network.setLink(server, page, networkProfiles.wan);
      }
      simulation.machine(page, (world) => this.#visit(page, world));
    }
    const everybody = [...this.#servers, ...pages];
    const isHard = (kind: FaultKind) => ["kill", "power_loss"].includes(kind);
    const injector = new FaultInjector(
      simulation,
      drawFaults(simulation.random("faults"), {
        targets: Object.fromEntries(
          kinds.map((kind) => [kind, isHard(kind) ? this.#servers : everybody]),
        ),
        talks: this.#servers.flatMap((server) => pages.map((page) => [page, server] as const)),
        ...{ fromMs: 500, untilMs: 10_000, perKindMax: 3 },
      }),
    );
    injector.start();
    await simulation.sleep(12_000);
    injector.heal();
    for (const machine of servers) machine.start();
    await this.#calm();
  }

  async #calm(): Promise<void> {
    const before = new Map(this.#acknowledged);
    this.#isCalm = true;
    const goesOn = () =>
      [...before].every(([worker, count]) => this.#acknowledged.get(worker)! > count + 1);
    if (!(await this.#simulation.until(goesOn, { withinMs: healMs }))) {
      throw new Error(`no progress: ${JSON.stringify([...this.#acknowledged])}`);
    }
    this.#isOver = true;
    const isTold = () =>
      this.#judged.size === pages.length &&
      pages.every((page) => (this.#told.get(page) ?? -1) >= this.#lastVersion);
    if (!(await this.#simulation.until(isTold, { withinMs: healMs }))) {
      throw new Error(`ST9: ${[...this.#told]} were told, the last is ${this.#lastVersion}`);
    }
  }

  async #serve(name: string, world: MachineWorld): Promise<void> {
    const store = await this.#open(name, world);
    const { identity } = await again(world, () => openStoreName(store, world.random));
    serveStore({
      ...{ world, store, identity, credentials: "open" },
      listener: await world.network.listen(`store ${name}`),
      onFailed: (error) => this.#simulation.fail(error),
    });
    await untilEnd(world);
  }

  async #open(name: string, world: MachineWorld): Promise<Store> {
    if (this.#servers.length === 1) return openMemoryStore({ world, folder: "rows", history: {} });
    return openRaftStore({
      ...{ world, node: name as NodeId, cluster: "test", timing, folder: "log" },
      bootstrap: membershipOf(this.#servers as NodeId[]),
      addressOf: (node) => `raft ${node}`,
      listener: await world.network.listen(`raft ${name}`),
      openRows: memoryRows({ world, folder: "rows" }),
      history: {},
    });
  }

  async #visit(page: string, world: MachineWorld): Promise<void> {
    const url = this.#servers.map((name) => `store ${name}`);
    const store = await again(world, () => openRemoteStore({ world, url }));
    const workers = [`${page} x`, `${page} y`];
    for (const worker of workers) {
      this.#acknowledged.set(worker, 0);
      this.#unknown.set(worker, 0);
    }
    void this.#follow(page, world, store);
    await Promise.all([...workers.map((worker) => this.#work(worker, world, store))]);
    await again(world, () => this.#judge(store, workers));
    this.#judged.add(page);
    await untilEnd(world);
  }

  async #work(worker: string, world: MachineWorld, store: Store): Promise<void> {
    const key = encodeUtf8(worker);
    for (let count = 0; !this.#isOver; count += 1) {
      await world.clock.sleep(world.random.next() * (this.#isCalm ? 50 : 300));
      try {
        const { value, version } = await store.transact(async (tx) => {
          this.counts.runs += 1;
          const before = countOf(await tx.get(key));
          const total = countOf(await tx.get(totalKey));
          tx.set(key, bytesOf(before + 1));
          tx.set(totalKey, bytesOf(total + 1));
          tx.mutate(sumKey, { type: "add", operand: bytesOf(1) });
          return before;
        });
        this.#compare(worker, value);
        this.#acknowledged.set(worker, value + 1);
        this.#unknown.set(worker, 0);
        this.counts.acknowledged += 1;
        if (version > this.#lastVersion) this.#lastVersion = version;
        if (count % 3 === 0) await this.#read(store);
        if (count % 3 === 1) await this.#readOwn(store, worker, version);
      } catch (error) {
        if (isHoldfastError(error, "unknown_outcome")) {
          this.#unknown.set(worker, this.#unknown.get(worker)! + 1);
          this.counts.unknown += 1;
        } else this.#expected(error);
      }
    }
  }

  async #read(store: Store): Promise<void> {
    const wanted = [...this.#acknowledged];
    await store.read(async (snapshot) => {
      let sum = 0;
      for (const [worker, least] of wanted) {
        const count = countOf(await snapshot.get(encodeUtf8(worker)));
        if (count < least) this.#broke(`ST7: a read shows ${count} of ${worker}, not ${least}`);
        sum += count;
      }
      const counted = [await snapshot.get(totalKey), await snapshot.get(sumKey)].map(countOf);
      if (wanted.length < 2 * pages.length) return;
      if (counted.some((count) => count !== sum)) {
        this.#broke(`ST4: ${sum} commits are there, counted as ${counted.join(" and ")}`);
      }
    });
    this.counts.reads += 1;
  }

  /** From whichever server: what this worker wrote is there, if nothing else is. */
  async #readOwn(store: Store, worker: string, atLeast: CommitVersion): Promise<void> {
    const least = this.#acknowledged.get(worker)!;
    await store.read(
      async (snapshot) => {
        const count = countOf(await snapshot.get(encodeUtf8(worker)));
        if (snapshot.staleMsMax > 0) this.counts.old += 1;
        if (snapshot.version >= atLeast && count >= least) return;
        this.#broke(`ST22: ${count} of ${worker}, not ${least}, at ${snapshot.version}`);
      },
      { consistency: { atLeast } },
    );
  }

  async #follow(page: string, world: MachineWorld, store: PastStore): Promise<void> {
    const watch = store.watch(area);
    const counts = new Map<string, number>();
    for (let since = 0 as CommitVersion; ; ) {
      const version = await watch.next(since);
      if (version === null) return;
      this.counts.signals += 1;
      for (let isFull = true; isFull; ) {
        const limitChanges = 1 + Math.floor(world.random.next() * 20);
        const told = await again(world, () => store.changes(area, since, { limitChanges }));
        for (const change of told.changes) this.#count(counts, change);
        since = told.version;
        isFull = told.changes.length === limitChanges;
      }
      this.#told.set(page, since);
    }
  }

  /** Each commit counts one up whatever it writes: so none may be missing in the feed, or there twice. */
  #count(counts: Map<string, number>, { version, keys }: Change): void {
    for (const { key, value } of keys) {
      const [name, count] = [decodeUtf8(key), countOf(value)];
      const before = counts.get(name) ?? 0;
      if (count !== before + 1)
        this.#broke(`ST18: ${version} has ${count} of ${name}, after ${before}`);
      counts.set(name, count);
    }
    this.counts.told += 1;
  }

  async #judge(store: Store, workers: readonly string[]): Promise<void> {
    await this.#read(store);
    await store.read(async (snapshot) => {
      for (const worker of workers) {
        this.#compare(worker, countOf(await snapshot.get(encodeUtf8(worker))));
      }
    });
  }

  #compare(worker: string, count: number): void {
    const [known, doubt] = [this.#acknowledged.get(worker)!, this.#unknown.get(worker)!];
    if (count >= known && count <= known + doubt) return;
    this.#broke(`${worker}: ${count} commits are there, ${known} to ${known + doubt} were`);
  }

  #expected(error: unknown): void {
    const codes = ["unavailable", "too_old", "conflict"] as const;
    if (!isHoldfastError(error, ...codes)) throw error;
    this.counts.failed += 1;
  }

  #broke(sentence: string): void {
    this.#simulation.fail(new Error(sentence));
  }
}

function untilEnd({ signal }: MachineWorld): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

/** Does `work` until it succeeds. */
async function again<T>(world: MachineWorld, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isHoldfastError(error, "unavailable", "too_old")) throw error;
      await world.clock.sleep(100);
    }
  }
}
