// A World in virtual time, made of a seed. See README.md.

export type { DiskModel, DiskModelOptions } from "./disk/disk_model.ts";
export type { BiteCounts, Bites } from "./faults/bites.ts";
export type { Fault, FaultKind, PartitionShape, Unsynced } from "./faults/fault.ts";
export { describeFault, FaultInjector } from "./faults/fault_injector.ts";
export { drawFaults, type SwarmOptions } from "./faults/swarm.ts";
export { type LinkProfile, networkProfiles } from "./network/link_profile.ts";
export { type DiagramPageOptions, diagramPage } from "./picture/diagram_page.ts";
export type { DescribeMessage } from "./picture/drawn_record.ts";
export { type TranscriptOptions, transcript } from "./picture/transcript.ts";
export { EscapeError } from "./run/escapes.ts";
export type { Machine } from "./run/machine.ts";
export { namedRandom } from "./run/named_random.ts";
export type { RunHistory } from "./run/run_history.ts";
export {
  eventsMaxDefault,
  type RunOptions,
  type RunResult,
  runSimulation,
  timeMsMaxDefault,
} from "./run/run_simulation.ts";
export type { MachineWorld, Main } from "./run/sim_process.ts";
export { type SimulateOptions, SimulationError, simulate } from "./run/simulate.ts";
export type { Simulation } from "./run/simulation.ts";
export type {
  ConnectionNumber,
  Happening,
  MessageNumber,
  TraceRecord,
} from "./run/trace_record.ts";
export {
  formatPlan,
  type Operation,
  type Plan,
  parsePlan,
  type Scenario,
  ViolationError,
} from "./scenario/plan.ts";
export {
  failureId,
  type Played,
  type PlayOptions,
  playPlan,
  playSeed,
} from "./scenario/play.ts";
export { type ShrinkOptions, shrink } from "./scenario/shrink.ts";
