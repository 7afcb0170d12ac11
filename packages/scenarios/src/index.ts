// The whole product, replayed and tortured. See README.md.

export { clusterScenario } from "./cluster/cluster_scenario.ts";
export { doublesScenario } from "./doubles/doubles_scenario.ts";
export { type ReplayOptions, type ReplayResult, replayTrace } from "./replay/replay.ts";
export {
  parseExpectations,
  parseTrace,
  type Trace,
  type TraceExpectation,
  type TracePatch,
  type TraceTransaction,
} from "./replay/trace.ts";
export { scenarios } from "./scenarios.ts";
export { storeScenario } from "./store/store_scenario.ts";
export { syncScenario } from "./sync/sync_scenario.ts";
