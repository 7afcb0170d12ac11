// What a program stands on: clock, chance, network and disk, passed in as one value.
//
// Nothing in Holdfast reaches for time, randomness, sockets or files by itself;
// it is handed a World, first. So the same code runs in Node, in a browser and
// in the simulator, and there every run is a function of its seed.

import type { Random } from "@holdfast/std";
import type { Clock } from "./clock.ts";
import type { Disk } from "./disk.ts";
import type { Network } from "./network.ts";

/** Everything that a program may ask of the outside. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
}
