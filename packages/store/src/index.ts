// Data that agrees. See README.md.

export type { LogPlace } from "./drivers/memory/log_engine.ts";
export {
  type MemoryLogOptions,
  type MemoryStoreOptions,
  memoryStore,
  openMemoryStore,
  verifyMemoryLog,
} from "./drivers/memory/memory_store.ts";
export type { HistoryOptions } from "./history/history_keeper.ts";
export { allKeys, keyAfter, prefixRange } from "./key.ts";
export type { StoreReport } from "./report.ts";
export {
  type AsOfOptions,
  batchGroupsMax,
  type Capabilities,
  type Change,
  type ChangesOptions,
  type ChangesPage,
  type Committed,
  type CommitVersion,
  type Consistency,
  changesMax,
  type HeldSnapshot,
  hasHistory,
  holdsMax,
  type KeyRange,
  keySizeBytesMax,
  type LocalStore,
  type Mutation,
  type PastStore,
  type Priority,
  type RangeOptions,
  type ReadOptions,
  type ReadSnapshot,
  type Row,
  rangeRowsMax,
  retriesMax,
  type Snapshot,
  type Store,
  type Transaction,
  type TransactOptions,
  transactionAgeMsMax,
  transactionSizeBytesMax,
  type VersionStamped,
  valueSizeBytesMax,
  type Watch,
  type Writes,
  watchesMax,
} from "./store.ts";
export {
  json,
  type KeyPrefix,
  type Subspace,
  subspace,
  type TypedRow,
  type ValueCodec,
} from "./subspace.ts";
export type { StoreWorld } from "./transaction_runner.ts";
export { versionStamp, versionStampSizeBytes } from "./version_stamp.ts";
