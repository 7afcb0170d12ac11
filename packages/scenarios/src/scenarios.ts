// All scenarios that are simulated.

import type { Scenario } from "@holdfast/sim";
import { syncScenario } from "./sync/sync_scenario.ts";

/** In the order in which they are played. */
export const scenarios: readonly Scenario[] = [syncScenario as Scenario];
