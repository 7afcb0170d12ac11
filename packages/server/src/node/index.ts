// The server as a Node process. See ../../README.md.

export type { PeerCertificate } from "@holdfast/world/node";
export {
  type BackupOptions,
  backupFolder,
  type RestoreFolderOptions,
  restoreFolder,
  verifyBackupFolder,
} from "./backup_folder.ts";
export type { ClusterHealth, ClusterMember, ClusterOptions, ClusterView } from "./cluster.ts";
export { membersPath, ordersPath } from "./cluster_endpoint.ts";
export { keyAccess, keySizeBytesMin, openAccess } from "./key_access.ts";
export { type Logger, type LogLevel, openLog } from "./log.ts";
export type { Health } from "./pages.ts";
export { type RecoveredCluster, recoverCluster } from "./recover_cluster.ts";
export {
  type RestoreClusterOptions,
  type RestoredCluster,
  restoreCluster,
} from "./restore_cluster.ts";
export {
  hostDefault,
  type StartedServer,
  type StartOptions,
  startServer,
  syncPath,
  version,
} from "./start_server.ts";
export { type FolderReport, verifyFolder } from "./verify_folder.ts";
