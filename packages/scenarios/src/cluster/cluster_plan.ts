// What workers do on the nodes of a cluster, and what goes wrong, drawn from a seed.
//
// The work is that of the store scenario, and calls of one turn and reads that may be older
// (turn_plan.ts), each operation on a node of its own. Everything is plain data: a plan with
// operations left out is a plan.

import type { CompactionLimits, ReplicaTiming } from "@holdfast/consensus";
import {
  drawFaults,
  type Fault,
  type FaultKind,
  namedRandom,
  type networkProfiles,
  type Plan,
} from "@holdfast/sim";
import { type Random, randomItem } from "@holdfast/std";
import { honestKinds } from "../honest_faults.ts";
import {
  burstMs,
  drawWork,
  healAtMs,
  type StoreOperation,
  thousandths,
} from "../store/store_plan.ts";
import {
  type AgedRead,
  type CallOptions,
  drawOptions,
  drawTurns,
  type TurnOperation,
} from "./turn_plan.ts";

/** What a worker does, and on which node. */
export type ClusterOperation = { readonly node: string } & (
  | (StoreOperation & { readonly options: CallOptions })
  | TurnOperation
  | AgedRead
);

/** A plan of this scenario. */
export type ClusterPlan = Plan<ClusterOperation>;

/** What is not in a plan, but follows from its seed. */
export interface ClusterSetting {
  /** Names of the machines: three, sometimes five. */
  readonly nodes: readonly string[];
  readonly network: keyof typeof networkProfiles & string;
  readonly timing: ReplicaTiming;
  /** Null where the log is never cut. */
  readonly compaction: CompactionLimits | null;
}

/** Snapshots that wait for less would keep a link busy for minutes after faults have ended. */
const narrowestBytesPerSecond = 20_000;
/** So small that a burst of work cuts the log. */
const smallCompaction: CompactionLimits = {
  sizeBytes: 20_000,
  count: 12,
  keptSizeBytes: 4_000,
  keptCount: 3,
  segmentSizeBytes: 10_000,
};

/** The setting of `seed`. */
export function clusterSettingOf(seed: number): ClusterSetting {
  const random = namedRandom(seed, "cluster setting");
  const count = random.next() < 0.8 ? 3 : 5;
  const network = randomItem(random, ["lan", "lan", "wan", "badWifi"] as const);
  const electionMs = network === "badWifi" ? 1_000 : 500;
  const leaseMs = random.next() < 0.3 ? electionMs / 2 : null;
  return {
    nodes: Array.from({ length: count }, (_, index) => `node-${index + 1}`),
    network,
    timing: { electionMs, heartbeatMs: electionMs / 5, leaseMs },
    compaction: random.next() < 0.7 ? smallCompaction : null,
  };
}

/** What happens on `seed`. */
export function drawClusterPlan(seed: number): ClusterPlan {
  const { nodes } = clusterSettingOf(seed);
  const { bursts, operations } = drawWork(seed, false);
  const [random, turnsRandom] = [namedRandom(seed, "cluster nodes"), namedRandom(seed, "turns")];
  const optionsRandom = namedRandom(seed, "cluster options");
  const ordinary = operations.map((work) => ({
    ...work,
    node: randomItem(random, nodes),
    options: drawOptions(optionsRandom),
  }));
  const turns = drawTurns(turnsRandom, bursts).map((work) => ({
    ...work,
    node: randomItem(turnsRandom, nodes),
  }));
  return {
    scenario: "cluster",
    seed,
    operations: [...ordinary, ...turns].sort((left, right) => left.atMs - right.atMs),
    faults: drawClusterFaults(namedRandom(seed, "cluster faults"), bursts, nodes),
  };
}

function drawClusterFaults(
  random: Random,
  bursts: readonly number[],
  nodes: readonly string[],
): readonly Fault[] {
  const targets = Object.fromEntries(honestKinds.map((kind) => [kind, nodes]));
  const talks = nodes.flatMap((from) =>
    nodes.filter((to) => to !== from).map((to): [string, string] => [from, to]),
  );
  const span = { fromMs: 100, untilMs: healAtMs - 1_000 };
  const faults = drawFaults(random, { targets, talks, ...span, perKindMax: 3 }).map(
    (fault): Fault => {
      if (fault.kind === "narrow_network") {
        return {
          ...fault,
          bytesPerSecond: Math.max(fault.bytesPerSecond, narrowestBytesPerSecond),
        };
      }
      const strikes = /^(kill|power_loss|pause|partition|reset|half_open|.*_error)$/.test(
        fault.kind,
      );
      if (!strikes || random.next() < 0.3) return fault;
      const atMs = thousandths(randomItem(random, bursts) + random.next() * burstMs * 1.5);
      return { ...fault, atMs };
    },
  );
  const sorted = faults.sort((left, right) => left.atMs - right.atMs);
  return withoutDoubles(
    withoutDoubles(withoutDoubles(sorted, "slow_disk"), "clock_drift"),
    "slow_network",
  );
}

/** Factors multiply; two at once make calls and messages that take minutes, and clocks that no lease allows for. */
function withoutDoubles(faults: readonly Fault[], kind: FaultKind): readonly Fault[] {
  const untilMs = new Map<string, number>();
  return faults.filter((fault) => {
    if (fault.kind !== kind) return true;
    const place = "machine" in fault ? fault.machine : "network";
    if (fault.atMs < (untilMs.get(place) ?? 0)) return false;
    untilMs.set(place, fault.atMs + fault.durationMs);
    return true;
  });
}
