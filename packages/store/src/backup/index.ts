// Backups of a store, and stores out of backups. See ../../../../docs/backup.md.

export type { BackupChain } from "./backup_chain.ts";
export {
  BackupDraft,
  type BackupEnds,
  type BackupFile,
  type BackupName,
  type BackupPlace,
  keepBackup,
  listBackups,
} from "./backup_folder.ts";
export type { BackupEnd, BackupHead } from "./backup_format.ts";
export type { Restored, RestoreOptions } from "./restore.ts";
export { type RestoreMemoryOptions, restoreMemoryStore } from "./restore_memory_store.ts";
export {
  type BackupBase,
  type BackupSink,
  type BackupWorld,
  type StreamOptions,
  streamBackup,
} from "./stream_backup.ts";
export { type BackupVerdict, verifyBackups } from "./verify_backups.ts";
