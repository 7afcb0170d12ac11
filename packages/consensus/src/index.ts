// Agreement among replicas. See README.md.

export { type FoundLogOptions, founding, foundLog } from "./disk/found_log.ts";
export { checkLog, type LogReport } from "./disk/log_files.ts";
export { readLogOwner } from "./disk/log_owner.ts";
export { type RecoveredLog, type RecoverLogOptions, recoverLog } from "./disk/recover_log.ts";
export { ReplicaDisk, type ReplicaDiskOptions } from "./disk/replica_disk.ts";
export type { Owner } from "./disk/segment.ts";
export {
  type Base,
  type Entry,
  entrySizeBytes,
  type PartialSnapshot,
  type Payload,
  type Snapshot,
} from "./raft/entry.ts";
export type { Input } from "./raft/input.ts";
export {
  hasQuorum,
  type Membership,
  type MembershipChange,
  type MembershipRefusal,
  type MembershipStep,
  membershipOf,
  membersMax,
  membersOf,
  type Seat,
} from "./raft/membership.ts";
export type { Envelope, Message, Proposal } from "./raft/message.ts";
export type { Answer, ChunkRead, Output, PersistRequest } from "./raft/output.ts";
export type { Window } from "./raft/peer.ts";
export { type PeerStatus, type Placed, Raft, type RaftStatus } from "./raft/raft.ts";
export type { Refusal } from "./raft/refusal.ts";
export { defaultLimits, type RaftLimits, type RaftOptions, type Saved } from "./raft/state.ts";
export {
  type HardState,
  type Index,
  type NodeId,
  origin,
  type PersistId,
  type Position,
  type RequestId,
  type Role,
  type Term,
} from "./raft/types.ts";
export {
  type CompactionLimits,
  defaultCompaction,
  defaultTiming,
  type ReplicaEvent,
  type ReplicaOptions,
  type ReplicaTiming,
} from "./replica/options.ts";
export type { Order } from "./replica/order.ts";
export { Replica } from "./replica/replica.ts";
export type { Command, MachineSnapshot, StateMachine } from "./replica/state_machine.ts";
