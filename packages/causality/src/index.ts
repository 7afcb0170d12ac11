// What happened before what. See README.md.

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
export { VersionVector, vectorAgentsMax } from "./version_vector.ts";
