// The store on replicas that agree. See ../../../README.md.

export { type CheckLimits, defaultChecks, type StateCheck } from "./checker.ts";
export { memoryRows } from "./memory_rows.ts";
export type { RaftStore, RaftStoreOptions, RaftStoreStatus } from "./raft_contract.ts";
export { commitMsMax, openRaftStore } from "./raft_store.ts";
export { type RowsToRead, readRows } from "./read_rows.ts";
export { type RecoverRaftOptions, recoverRaft } from "./recover_raft.ts";
export { type RestoreRaftOptions, restoreRaft } from "./restore_raft.ts";
