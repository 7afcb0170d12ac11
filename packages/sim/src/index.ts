// A World in virtual time, made of a seed. See README.md.

export { DiskModel, type DiskModelOptions } from "./disk/disk_model.ts";
export type { BiteCounts, Bites } from "./faults/bites.ts";
export type { Fault, FaultKind, PartitionShape, Unsynced } from "./faults/fault.ts";
export { type LinkProfile, networkProfiles } from "./network/link_profile.ts";
export type {
  ConnectionNumber,
  Happening,
  MessageNumber,
  TraceRecord,
} from "./run/trace_record.ts";
