// What an application imports: a database that works offline and syncs. See README.md.

export {
  type ConnectionState,
  reconnectMsBase,
  reconnectMsMax,
} from "./connection_keeper.ts";
export { Database, type DatabaseConnection, type DatabaseOptions, open } from "./database.ts";
export type { DatabaseEvent } from "./database_event.ts";
export { type DocumentEvent, DocumentHandle } from "./document_handle.ts";
export { openLogPersistence } from "./log_persistence.ts";
export { MemoryCopy } from "./memory_copy.ts";
export { MemoryPersistence } from "./memory_persistence.ts";
export { MemorySiblings, SiblingGroup } from "./memory_siblings.ts";
export type {
  AppendedBundles,
  Persistence,
  ServerKnowledge,
  StoredDocument,
} from "./persistence.ts";
export { Presence, type PresenceParts } from "./presence.ts";
export { presenceValueSizeBytesMax } from "./presence_pack.ts";
export type { Siblings } from "./siblings.ts";
export type { DocumentStatus, Write, WriteState } from "./write.ts";
