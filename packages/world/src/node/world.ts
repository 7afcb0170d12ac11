// The real World, on Node.

import type { World } from "../world.ts";
import { NodeClock } from "./clock.ts";
import { NodeDisk } from "./disk.ts";
import { NodeNetwork } from "./network.ts";
import { NodeRandom } from "./random.ts";

/** This machine's clock, chance, network and disk. */
export function nodeWorld(): World {
  return {
    clock: new NodeClock(),
    random: new NodeRandom(),
    network: new NodeNetwork(),
    disk: new NodeDisk(),
  };
}
