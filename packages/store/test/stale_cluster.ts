// A cluster under faults whose nodes are read in every way, and what each read had to show.
//
//   ST22  at least the version that was asked for
//   ST23  every commit that was acknowledged, anywhere, as long before the call as the read
//         says, in true time; and what it says is within the bound that was asked for

import { membershipOf, type NodeId } from "@holdfast/consensus";
import { type MachineWorld, networkProfiles, type Simulation } from "@holdfast/sim";
import { encodeUtf8, isHoldfastError } from "@holdfast/std";
import type { CommitVersion, Consistency, ReadSnapshot, Store } from "@holdfast/store";
import { memoryRows, openRaftStore } from "@holdfast/store/raft";
import { faultsUntil, ids, talks, timing } from "./faulty_cluster.ts";

const boundsMs = [0, 20, 100, 500, 2_000, Number.POSITIVE_INFINITY];
const key = encodeUtf8("k");

/** A commit that somebody was told of, and when. */
interface Acknowledged {
  readonly atMs: number;
  readonly version: CommitVersion;
}

/** One run. */
export class StaleCluster {
  readonly #simulation: Simulation;
  readonly #acknowledged: Acknowledged[] = [];
  /** Of one who goes from node to node: the highest version that he wrote or read. */
  #token = 0 as CommitVersion;
  readonly counts = { writes: 0, reads: 0, old: 0, failed: 0 };

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  async run(): Promise<void> {
    const simulation = this.#simulation;
    // One is far away: much is acknowledged while its barrier travels.
    for (const [from, to] of [...talks, ...talks.map(([left, right]) => [right, left] as const)]) {
      if (from === "c" || to === "c") simulation.network.setLink(from, to, networkProfiles.wan);
    }
    for (const id of ids) simulation.machine(id, (world) => this.#live(id, world));
    const injector = faultsUntil(simulation, 10_000);
    injector.start();
    await simulation.sleep(12_000);
    injector.heal();
    await simulation.sleep(2_000);
  }

  async #live(id: NodeId, world: MachineWorld): Promise<void> {
    const store = await openRaftStore({
      ...{ world, node: id, cluster: "test", timing, folder: "log" },
      bootstrap: membershipOf(ids),
      addressOf: (node) => node,
      listener: await world.network.listen(id),
      openRows: memoryRows({ world, folder: "rows" }),
    });
    const { clock, random } = world;
    const every = async (ms: number, work: () => Promise<void>) => {
      while (!world.signal.aborted) {
        await clock.sleep(random.next() * ms);
        await work().catch((error) => this.#expected(error));
      }
    };
    await Promise.all([
      every(200, () => this.#write(store)),
      every(90, () => this.#readSession(store)),
      every(90, () => this.#readBounded(store, boundsMs[Math.floor(random.next() * 6)]!)),
    ]);
  }

  async #write(store: Store): Promise<void> {
    const version = await store.write((writes) => writes.set(key, key));
    this.#acknowledged.push({ atMs: this.#simulation.nowMs, version });
    this.#token = Math.max(this.#token, version) as CommitVersion;
    this.counts.writes += 1;
  }

  async #readSession(store: Store): Promise<void> {
    const atLeast = this.#token;
    const version = await this.#read(store, { atLeast });
    if (version < atLeast) this.#broke(`ST22: a read shows ${version}, not ${atLeast}`);
    this.#token = Math.max(this.#token, version) as CommitVersion;
  }

  async #readBounded(store: Store, staleMsMax: number): Promise<void> {
    await this.#read(store, { staleMsMax });
  }

  async #read(store: Store, consistency: Consistency): Promise<CommitVersion> {
    const calledMs = this.#simulation.nowMs;
    return store.read(
      (snapshot) => {
        this.#judge(snapshot, calledMs);
        const bound =
          typeof consistency === "object" && "staleMsMax" in consistency
            ? consistency.staleMsMax
            : Number.POSITIVE_INFINITY;
        if (snapshot.staleMsMax > bound) {
          this.#broke(`ST23: ${snapshot.staleMsMax} ms old, ${bound} ms were asked for`);
        }
        return snapshot.version;
      },
      { consistency },
    );
  }

  #judge({ version, staleMsMax }: ReadSnapshot, calledMs: number): void {
    this.counts.reads += 1;
    if (staleMsMax > 0) this.counts.old += 1;
    for (const acknowledged of this.#acknowledged) {
      if (acknowledged.atMs > calledMs - staleMsMax) continue;
      if (acknowledged.version <= version) continue;
      const age = `acknowledged ${calledMs - acknowledged.atMs} ms before`;
      this.#broke(`ST23: version ${acknowledged.version}, ${age}, is not in ${version}`);
    }
  }

  #expected(error: unknown): void {
    const codes = ["unavailable", "unknown_outcome", "too_old", "overloaded"] as const;
    if (!isHoldfastError(error, ...codes)) throw error;
    this.counts.failed += 1;
  }

  #broke(sentence: string): void {
    this.#simulation.fail(new Error(sentence));
  }
}
