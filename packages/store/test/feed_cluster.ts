// A cluster under faults whose feed is read in pieces, by readers that go from node to node,
// and what they had to be told.
//
//   ST18  each commit after the version that was gone on from, once, in order, the same
//         whoever tells it; none that was acknowledged or told to another is left out;
//         or `too_old`
//   ST19  the rows of a version are what the feed up to it adds up to

import { type CompactionLimits, membershipOf, type NodeId } from "@holdfast/consensus";
import type { MachineWorld, Simulation } from "@holdfast/sim";
import { decodeUtf8, encodeUtf8, isHoldfastError, randomBelow } from "@holdfast/std";
import {
  allKeys,
  type Change,
  type CommitVersion,
  type Consistency,
  type Writes,
} from "@holdfast/store";
import { memoryRows, openRaftStore, type RaftStore } from "@holdfast/store/raft";
import { faultsUntil, ids, talks, timing } from "./faulty_cluster.ts";

/** So that who was away for a second or two gets a snapshot. */
const compaction: CompactionLimits = {
  ...{ sizeBytes: 4_096, count: 20, keptSizeBytes: 1_024, keptCount: 5 },
  segmentSizeBytes: 2_048,
};
const readersCount = 3;

/** What a reader was told in one go, from where he began. */
interface Stretch {
  readonly from: CommitVersion;
  to: CommitVersion;
  readonly versions: CommitVersion[];
}

/** Rows that were read as of a version, as text. */
interface Past {
  readonly version: CommitVersion;
  readonly rows: string;
}

/** One run. */
export class FeedCluster {
  readonly #simulation: Simulation;
  readonly #keepBytes: Readonly<Record<string, number | null>>;
  /** What each version wrote, by who did it or was told. */
  readonly #known = new Map<CommitVersion, { readonly text: string; readonly change: Change }>();
  readonly #acknowledged = new Set<CommitVersion>();
  readonly #readers: Stretch[][] = Array.from({ length: readersCount }, () => [newStretch(0)]);
  readonly #pasts: Past[] = [];
  #writes = 0;
  readonly counts = {
    ...{ pages: 0, told: 0, pasts: 0, trimmed: 0, snapshots: 0, leaders: 0, failed: 0 },
  };

  /** @param keepBytes - How much history each node keeps while it leads; null for none. */
  constructor(simulation: Simulation, keepBytes: Readonly<Record<string, number | null>>) {
    this.#simulation = simulation;
    this.#keepBytes = keepBytes;
  }

  async run(): Promise<void> {
    const simulation = this.#simulation;
    for (const id of ids) simulation.machine(id, (world) => this.#live(id, world));
    const injector = faultsUntil(simulation, 11_000);
    injector.start();
    await simulation.sleep(2_000);
    // One is away until the others have cut what it lacks off their logs.
    const heals = talks.flatMap(([from, to]) => {
      if (to !== "c") return [];
      return [simulation.network.cut(from, to), simulation.network.cut(to, from)];
    });
    await simulation.sleep(9_000);
    for (const heal of heals) heal();
    await simulation.sleep(3_000);
    injector.heal();
    await simulation.sleep(2_000);
    this.#judge();
  }

  async #live(id: NodeId, world: MachineWorld): Promise<void> {
    const keepBytes = this.#keepBytes[id]!;
    const store = await openRaftStore({
      ...{ world, node: id, cluster: "test", timing, compaction, folder: "log" },
      bootstrap: membershipOf(ids),
      addressOf: (node) => node,
      listener: await world.network.listen(id),
      openRows: memoryRows({ world, folder: "rows" }),
      ...(keepBytes === null ? {} : { history: { keepBytes } }),
      onEvent: (event) => {
        if (event.type === "restored") this.counts.snapshots += 1;
        if (event.type === "role" && event.role === "leader") this.counts.leaders += 1;
      },
    });
    const { clock, random } = world;
    const every = async (ms: number, work: () => Promise<void>) => {
      while (!world.signal.aborted) {
        await clock.sleep(random.next() * ms);
        await work().catch((error) => this.#expected(error));
      }
    };
    const isTold = store.capabilities.history;
    await Promise.all([
      every(200, () => this.#write(store, random)),
      isTold && every(200, () => this.#follow(store, random)),
      isTold && every(500, () => this.#lookBack(store, random)),
    ]);
  }

  /** Some that read nothing, and some transactions; each writes something of its own. */
  async #write(store: RaftStore, random: MachineWorld["random"]): Promise<void> {
    this.#writes += 1;
    const value = encodeUtf8(`v${this.#writes}`);
    const clears = randomBelow(random, 12) === 0;
    const keys = [randomBelow(random, 30), randomBelow(random, 30)].map((key) =>
      encodeUtf8(`k${String(key).padStart(2, "0")}`),
    );
    const doIt = (writes: Writes) => {
      if (clears) writes.clearRange({ start: encodeUtf8("k1"), end: encodeUtf8("k2") });
      for (const key of keys) writes.set(key, value);
    };
    const version =
      random.next() < 0.5
        ? await store.write(doIt)
        : (
            await store.transact(async (tx) => {
              await tx.get(keys[0]!);
              doIt(tx);
            })
          ).version;
    this.#acknowledged.add(version);
  }

  async #follow(store: RaftStore, random: MachineWorld["random"]): Promise<void> {
    // One of them is slow, and falls behind.
    const stretches = this.#readers[Math.floor(readersCount * random.next() ** 4)]!;
    const stretch = stretches.at(-1)!;
    const since = stretch.to;
    const kinds: Consistency[] = [
      "linearizable",
      { atLeast: since },
      { staleMsMax: Number.POSITIVE_INFINITY },
    ];
    const consistency = kinds[randomBelow(random, kinds.length)]!;
    const limitChanges = 1 + randomBelow(random, 12);
    const due = consistency === "linearizable" ? Math.max(0, ...this.#acknowledged) : since;
    try {
      const page = await store.changes(allKeys, since, { limitChanges, consistency });
      if (page.changes.length < limitChanges && page.version < due) {
        this.#broke(`ST18: ${due} was acknowledged before, and a page ends at ${page.version}`);
      }
      // Somebody else may have gone on meanwhile, as the same reader, at another node.
      if (stretch.to === since && stretches.at(-1) === stretch) this.#take(stretch, page);
    } catch (error) {
      if (!isHoldfastError(error, "too_old")) throw error;
      this.counts.trimmed += 1;
      const { version } = await store.read((snapshot) => snapshot);
      if (stretches.at(-1) === stretch) stretches.push(newStretch(version));
    }
  }

  #take(
    stretch: Stretch,
    { changes, version }: { readonly changes: readonly Change[]; readonly version: CommitVersion },
  ): void {
    this.counts.pages += 1;
    if (version < stretch.to) this.#broke(`a page ends at ${version}, before ${stretch.to}`);
    let last = stretch.to;
    for (const change of changes) {
      if (change.version <= last || change.version > version) {
        this.#broke(`${change.version} is told after ${last}, up to ${version}`);
      }
      last = change.version;
      stretch.versions.push(last);
      const text = textOf(change);
      const known = this.#known.get(last);
      if (known !== undefined && known.text !== text) {
        this.#broke(`${last} is told as ${text} and as ${known.text}`);
      }
      this.#known.set(last, { text, change });
      this.counts.told += 1;
    }
    stretch.to = version;
  }

  async #lookBack(store: RaftStore, random: MachineWorld["random"]): Promise<void> {
    const until = this.#readers[0]!.at(-1)!.to;
    const version = Math.max(0, until - randomBelow(random, 40)) as CommitVersion;
    try {
      await store.asOf(version, async (snapshot) => {
        const rows = await snapshot.range(allKeys, { limitRows: 1_000 });
        const shown = rows.map(({ key, value }) => `${decodeUtf8(key)}=${decodeUtf8(value)}`);
        this.#pasts.push({ version, rows: shown.join(" ") });
        this.counts.pasts += 1;
      });
    } catch (error) {
      if (!isHoldfastError(error, "too_old")) throw error;
      this.counts.trimmed += 1;
    }
  }

  #judge(): void {
    const all = [...new Set([...this.#known.keys(), ...this.#acknowledged])].sort(
      (left, right) => left - right,
    );
    for (const { from, to, versions } of this.#readers.flat()) {
      const due = all.filter((version) => version > from && version <= to);
      if (due.join() !== versions.join()) {
        this.#broke(`ST18: from ${from} to ${to} was told ${versions}, and there was ${due}`);
      }
    }
    // Where one reader was told all of it, what was is known.
    const whole = this.#readers.find(([first]) => first!.to >= (all.at(-1) ?? 0));
    if (whole === undefined) return;
    for (const { version, rows } of this.#pasts) {
      const expected = this.#rowsAt(all.filter((each) => each <= version));
      if (rows !== expected) this.#broke(`ST19: as of ${version} ${rows}, not ${expected}`);
    }
  }

  #rowsAt(versions: readonly CommitVersion[]): string {
    const rows = new Map<string, string>();
    for (const version of versions) {
      const { cleared, keys } = this.#known.get(version)!.change;
      for (const span of cleared) {
        const [start, end] = [decodeUtf8(span.start), decodeUtf8(span.end)];
        for (const key of [...rows.keys()]) if (key >= start && key < end) rows.delete(key);
      }
      for (const { key, value } of keys) rows.set(decodeUtf8(key), decodeUtf8(value!));
    }
    return [...rows]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map((row) => row.join("="))
      .join(" ");
  }

  #expected(error: unknown): void {
    const codes = ["unavailable", "unknown_outcome", "too_old", "overloaded", "conflict"] as const;
    if (!isHoldfastError(error, ...codes)) throw error;
    this.counts.failed += 1;
  }

  #broke(sentence: string): void {
    this.#simulation.fail(new Error(sentence));
  }
}

function newStretch(from: number): Stretch {
  return { from: from as CommitVersion, to: from as CommitVersion, versions: [] };
}

function textOf({ cleared, keys }: Change): string {
  const spans = cleared.map(({ start, end }) => `-${decodeUtf8(start)}..${decodeUtf8(end)}`);
  const rows = keys.map(({ key, value }) => `${decodeUtf8(key)}=${value && decodeUtf8(value)}`);
  return [...spans, ...rows].join(" ");
}
