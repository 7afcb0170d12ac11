// The real World, in a page. It has no disk: what is kept lies in IndexedDB, whose
// shape is another (see @holdfast/client/browser).

import type { World } from "../world.ts";
import { BrowserClock } from "./clock.ts";
import { BrowserNetwork } from "./network.ts";
import { BrowserRandom } from "./random.ts";

/** The page's clock, chance and network. */
export function browserWorld(): Omit<World, "disk"> {
  return {
    clock: new BrowserClock(),
    random: new BrowserRandom(),
    network: new BrowserNetwork(),
  };
}
