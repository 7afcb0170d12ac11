// What happened before what. See README.md.

export {
  advanceFrontier,
  EventGraph,
  equalFrontiers,
  type GraphEntry,
  type LocalFrontier,
  type LocalRange,
  type SealedGraph,
  type SealedHead,
} from "./event_graph.ts";
export {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  type EventId,
  type EventRun,
  eventsMax,
  parseAgentId,
} from "./event_id.ts";
export { sections } from "./sections.ts";
export { type Sight, Walk, type WalkOrigin } from "./topological_walk.ts";
export {
  compareVersions,
  type DifferenceVisitor,
  diffVersions,
  dominators,
  lacking,
  type MergeBase,
  mergeBase,
  type VersionDiff,
  type VersionOrder,
  versionContains,
  versionEvents,
  visitDifference,
} from "./version.ts";
export { VersionVector, vectorAgentsMax } from "./version_vector.ts";
