// What may go wrong without anybody lying: machines, networks and disks that fail, and say so.

import type { FaultKind } from "@holdfast/sim";

/** Faults that leave the promises as they are, where machines talk over a network. */
export const honestKinds: readonly FaultKind[] = [
  "kill",
  "power_loss",
  "pause",
  "clock_jump",
  "clock_drift",
  "partition",
  "reset",
  "half_open",
  "packet_loss",
  "duplication",
  "reordering",
  "slow_network",
  "narrow_network",
  "read_error",
  "write_error",
  "sync_error",
  "disk_full",
  "slow_disk",
];
