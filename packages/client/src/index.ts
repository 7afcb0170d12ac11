// What an application imports: a database that works offline and syncs. See README.md.

export { openLogPersistence } from "./copy/log_persistence.ts";
export { MemoryCopy } from "./copy/memory_copy.ts";
export { MemoryPersistence } from "./copy/memory_persistence.ts";
export type {
  AppendedBundles,
  Persistence,
  ServerKnowledge,
  StoredDocument,
} from "./copy/persistence.ts";
export { Database, type DatabaseConnection, type DatabaseOptions, open } from "./database.ts";
export type { DatabaseEvent } from "./documents/database_event.ts";
export { type DocumentEvent, DocumentHandle } from "./documents/document_handle.ts";
export { Presence, type PresenceParts } from "./documents/presence.ts";
export { presenceValueSizeBytesMax } from "./documents/presence_pack.ts";
export {
  type ConnectionState,
  reconnectMsBase,
  reconnectMsMax,
} from "./link/connection_keeper.ts";
export type { DocumentStatus, Write, WriteState } from "./replica/write.ts";
export { MemorySiblings, SiblingGroup } from "./siblings/memory_siblings.ts";
export type { Siblings } from "./siblings/siblings.ts";
