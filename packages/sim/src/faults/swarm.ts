// Draws a schedule of faults, as a swarm: each seed leaves out some kinds, and
// has more or less of the others.
//
// With all kinds always on, they hide each other: a network that loses everything
// never carries the message that a crash would have to meet. So each seed takes
// each kind with a chance of one half, and a hardness for all.
// Source: Groce et al., "Swarm testing", ISSTA 2012.

import { HoldfastError, type Random, randomBelow, randomItem } from "@holdfast/std";
import type { Fault, FaultKind, PartitionShape, Unsynced } from "./fault.ts";
import { cutOf, partitionShapes } from "./partition.ts";

/** What a schedule is drawn from. */
export interface SwarmOptions {
  /** Kinds that may be drawn, and on which machines each may fall; kinds of the network concern all of these. */
  readonly targets: Readonly<Partial<Record<FaultKind, readonly string[]>>>;
  /** Pairs of machines that have connections with each other, for faults that need one. */
  readonly talks: readonly (readonly [string, string])[];
  /** Faults begin in this span of true time. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** About the mean number of faults of one kind, for the hardest seed. */
  readonly perKindMax: number;
}

/** A schedule, in the order of time. The same for the same stream and options. */
export function drawFaults(random: Random, options: SwarmOptions): readonly Fault[] {
  const faults: Fault[] = [];
  const hardness = random.next();
  const kinds = Object.keys(options.targets).sort() as FaultKind[];
  // One is in every schedule: a run without a fault is not what this is for.
  const certain = randomItem(random, kinds);
  for (const kind of kinds) {
    const machines = options.targets[kind] ?? [];
    if (machines.length === 0) {
      throw new HoldfastError("invalid_argument", `no machine for faults of kind ${kind}`);
    }
    if (random.next() < 0.5 && kind !== certain) continue;
    const count =
      1 + randomBelow(random, Math.max(1, Math.ceil(hardness * options.perKindMax * 2)));
    for (let index = 0; index < count; index += 1) {
      faults.push(drawFault(random, kind, { ...options, machines }));
    }
  }
  return faults.sort((left, right) => left.atMs - right.atMs);
}

interface Place extends SwarmOptions {
  readonly machines: readonly string[];
}

function drawFault(random: Random, kind: FaultKind, place: Place): Fault {
  const { machines, fromMs, untilMs } = place;
  const atMs = Math.round(fromMs + random.next() * (untilMs - fromMs));
  const machine = randomItem(random, machines);
  // Many short ones, few that last: half of them are over within two seconds.
  const durationMs = Math.round(50 + 20_000 * random.next() ** 4);
  const span = { atMs, durationMs };
  switch (kind) {
    case "kill":
    case "pause":
    case "disk_full":
    case "lying_sync":
      return { kind, machine, ...span };
    case "bit_rot":
      return { kind, machine, atMs, durationMs: 0 };
    case "power_loss":
      return {
        kind,
        machine,
        unsynced: randomItem(random, ["lost", "torn", "kept"] as Unsynced[]),
        ...span,
      };
    case "clock_jump": {
      const sizeMs = Math.round(10 ** (1 + 6 * random.next()));
      return { kind, machine, byMs: random.next() < 0.5 ? sizeMs : -sizeMs, atMs, durationMs: 0 };
    }
    case "clock_drift":
      return { kind, machine, rate: round(0.9 + 0.2 * random.next()), ...span };
    case "partition": {
      const shape = randomItem(random, partitionShapes) as PartitionShape;
      return { kind, shape, cut: cutOf(shape, machines, random), ...span };
    }
    case "reset":
    case "half_open":
      return { kind, between: randomItem(random, place.talks), atMs, durationMs: 0 };
    case "packet_loss":
    case "duplication":
    case "reordering":
      return { kind, rate: round(0.02 + 0.4 * random.next() ** 2), ...span };
    case "slow_network":
      return { kind, factor: Math.round(2 + 30 * random.next()), ...span };
    case "narrow_network":
      return { kind, bytesPerSecond: Math.round(10 ** (2.5 + 3 * random.next())), ...span };
    case "slow_disk":
      return { kind, machine, factor: Math.round(2 + 200 * random.next() ** 2), ...span };
    case "read_error":
    case "write_error":
    case "sync_error":
    case "misdirected_write":
      return { kind, machine, rate: round(0.05 + 0.5 * random.next()), ...span };
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
