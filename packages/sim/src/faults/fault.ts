// Faults as data: what goes wrong, where, from when, for how long.
//
// A schedule is a list of these. It is drawn from a seed, printed, read again, and
// shrunk by leaving some out. Chance within a fault (which message is lost) comes
// from streams of the run's seed that are named after the place, so that leaving
// one fault out disturbs the others as little as can be.

/** When a fault holds, in milliseconds of true time since the run began. */
interface Span {
  readonly atMs: number;
  readonly durationMs: number;
}

/** What a loss of power leaves of writes that were not synced: nothing, some and torn, or all. */
export type Unsynced = "lost" | "torn" | "kept";

/** How a partition cuts; for people, what counts is `cut`. */
export type PartitionShape =
  | "total"
  | "halves"
  | "majorities_ring"
  | "bridge"
  | "one_way"
  | "single";

/** Something that goes wrong. */
export type Fault =
  /** The process ends as by kill -9; its machine and what the kernel holds of its writes stay. */
  | (Span & { readonly kind: "kill"; readonly machine: string })
  /** The machine loses its power: nobody is told, and writes that were not synced fare as `unsynced` says. */
  | (Span & { readonly kind: "power_loss"; readonly machine: string; readonly unsynced: Unsynced })
  /** The process stands still, as by SIGSTOP. */
  | (Span & { readonly kind: "pause"; readonly machine: string })
  /** The wall clock jumps by `byMs`, either way, and stays there. */
  | (Span & { readonly kind: "clock_jump"; readonly machine: string; readonly byMs: number })
  /** Both clocks run `rate` times as fast as true time. */
  | (Span & { readonly kind: "clock_drift"; readonly machine: string; readonly rate: number })
  /** Nothing gets from the first to the second of each pair of machines. */
  | (Span & {
      readonly kind: "partition";
      readonly shape: PartitionShape;
      readonly cut: readonly (readonly [from: string, to: string])[];
    })
  /** Connections between two machines are reset, at once, in the middle of whatever travels. */
  | (Span & { readonly kind: "reset"; readonly between: readonly [string, string] })
  /** `machine` forgets its connections with the other without a word, as a middlebox does. */
  | (Span & { readonly kind: "half_open"; readonly between: readonly [string, string] })
  /** Packets get lost, are doubled, or overtake each other, with a probability of `rate`. */
  | (Span & { readonly kind: "packet_loss"; readonly rate: number })
  | (Span & { readonly kind: "duplication"; readonly rate: number })
  | (Span & { readonly kind: "reordering"; readonly rate: number })
  /** Latencies are `factor` times as long. */
  | (Span & { readonly kind: "slow_network"; readonly factor: number })
  /** Links carry at most so much. */
  | (Span & { readonly kind: "narrow_network"; readonly bytesPerSecond: number })
  /** Calls of a machine's disk fail with a probability of `rate`. */
  | (Span & { readonly kind: "read_error"; readonly machine: string; readonly rate: number })
  | (Span & { readonly kind: "write_error"; readonly machine: string; readonly rate: number })
  | (Span & { readonly kind: "sync_error"; readonly machine: string; readonly rate: number })
  /** No room is left. */
  | (Span & { readonly kind: "disk_full"; readonly machine: string })
  /** Disk calls take `factor` times as long. */
  | (Span & { readonly kind: "slow_disk"; readonly machine: string; readonly factor: number })
  /** Syncs report success and do nothing. */
  | (Span & { readonly kind: "lying_sync"; readonly machine: string })
  /** A bit of what rests on the disk turns over. */
  | (Span & { readonly kind: "bit_rot"; readonly machine: string })
  /** A write lands at another place of its file. */
  | (Span & {
      readonly kind: "misdirected_write";
      readonly machine: string;
      readonly rate: number;
    });

/** The name of a sort of fault. */
export type FaultKind = Fault["kind"];
