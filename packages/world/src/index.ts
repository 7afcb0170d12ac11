// What programs stand on. See README.md.

export type { Clock, Timer } from "./clock.ts";
export type { Disk, DiskFile, DiskLock } from "./disk.ts";
export {
  type CloseReason,
  type Connection,
  closeReasonSizeBytesMax,
  type Listener,
  messageSizeBytesMax,
  type Network,
} from "./network.ts";
export { Queue } from "./queue.ts";
export type { World } from "./world.ts";
