// Exhaustive exploration of machines without I/O. See ../../README.md.

export type { ChannelsOptions } from "./channels.ts";
export type { Cluster } from "./cluster.ts";
export { explore } from "./explore.ts";
export type { Envelope, Machine, MachineInput, MachineOutput } from "./machine.ts";
export { machineModel } from "./machine_model.ts";
export type {
  Deed,
  MachineAction,
  MachineModel,
  MachineModelOptions,
  Show,
  Witness,
} from "./machine_options.ts";
export type { MessageSetOptions } from "./message_set.ts";
export type {
  Exploration,
  ExploreLimits,
  Model,
  Predicate,
  Predicates,
  Step,
  Violation,
} from "./model.ts";
export type { NetworkAction } from "./network.ts";
export { type Replay, Replayed } from "./replayed.ts";
export { explorationText } from "./transcript.ts";
