// All scenarios, by whose names the command plays them.

import type { Scenario } from "@holdfast/sim";
import { clusterScenario } from "./cluster/cluster_scenario.ts";
import { doublesScenario } from "./doubles/doubles_scenario.ts";
import { storeScenario } from "./store/store_scenario.ts";
import { syncScenario } from "./sync/sync_scenario.ts";

/** Every scenario that there is. */
export const scenarios: readonly Scenario[] = [
  syncScenario,
  storeScenario,
  doublesScenario,
  clusterScenario,
];
