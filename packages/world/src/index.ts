// What programs stand on. See README.md.

export { Backoff, type BackoffOptions } from "./backoff.ts";
export type { Clock, Timer } from "./clock.ts";
export { type Disk, type DiskFile, type DiskLock, requirePosition } from "./disk.ts";
export { ManualClock } from "./manual_clock.ts";
export {
  connectMemory,
  type MemoryConnection,
  memoryInboxSizeBytesMax,
} from "./memory_connection.ts";
export { MemoryDisk } from "./memory_disk.ts";
export { MemoryNetwork, memoryAcceptCountMax } from "./memory_network.ts";
export {
  type CloseReason,
  type Connection,
  clipCloseReason,
  closeReasonSizeBytesMax,
  type Listener,
  messageSizeBytesMax,
  type Network,
  requireMessageSize,
} from "./network.ts";
export { Queue } from "./queue.ts";
export {
  RecordLog,
  type RecordLogOptions,
  type RecordPlace,
  readRecordLog,
  recordSizeBytesMax,
  replaceRecordLog,
} from "./record_log.ts";
export { Scope, type ScopeOptions, type Task } from "./scope.ts";
export { sleepOn } from "./sleep.ts";
export type { World } from "./world.ts";
