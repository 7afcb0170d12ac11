// The IndexedDB that holds a client's copy: its stores, how it is opened and
// upgraded, and what its failures mean. The layout is docs/formats/indexed-db.md.

import { type ErrorCode, HoldfastError, isHoldfastError } from "@holdfast/std";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** The layout that this release writes. Each later one is reached from the one before. */
export const schemaVersion = 1;

/** A piece of a document. */
export interface BundleRow {
  /** Given by the database, in the order of appending. */
  readonly id?: number;
  readonly document: string;
  readonly bytes: Uint8Array;
  /** CRC-32C of the document's name and the bytes. */
  readonly checksum: number;
}

/** What a server is known to have of a document. */
export interface KnowledgeRow {
  readonly document: string;
  /** A knowledge record, as it stands in a client's log. */
  readonly bytes: Uint8Array;
  /** CRC-32C of the document's name and the bytes. */
  readonly checksum: number;
}

/** A writer of this copy. */
export interface AgentRow {
  /** 32 hexadecimal digits. */
  readonly agent: string;
  /** Never to write again: somebody else uses its name. */
  readonly retired: boolean;
}

/** The stores. */
export interface CopySchema extends DBSchema {
  bundles: { key: number; value: BundleRow; indexes: { document: [string, number] } };
  knowledge: { key: string; value: KnowledgeRow };
  agents: { key: string; value: AgentRow };
  meta: { key: string; value: string };
}

/** An open database. */
export type CopyDb = IDBPDatabase<CopySchema>;

/** Hears how an open database is taken away. */
export interface CopyDbListeners {
  /** A newer release waits to change the layout. Whoever hears it closes the database. */
  readonly onOutdated: () => void;
  /** Somebody deletes the database. Whoever hears it closes it. */
  readonly onDeleted: () => void;
  /** The browser closed it, for want of room or because the person asked for it. */
  readonly onTerminated: () => void;
}

/**
 * Opens the database `name`, made where it is absent.
 *
 * @throws {HoldfastError} `unsupported_version` where a newer release has written it;
 *   `disk_full`, `io` where the browser can't open it.
 */
export async function openCopyDb(name: string, listeners: CopyDbListeners): Promise<CopyDb> {
  try {
    return await openDB<CopySchema>(name, schemaVersion, {
      upgrade: (db, oldVersion) => {
        if (oldVersion < 1) makeStores(db);
      },
      blocking: (_current, next) =>
        next === null ? listeners.onDeleted() : listeners.onOutdated(),
      terminated: () => listeners.onTerminated(),
    });
  } catch (error) {
    throw copyDbError(error, "open");
  }
}

function makeStores(db: CopyDb): void {
  const bundles = db.createObjectStore("bundles", { keyPath: "id", autoIncrement: true });
  bundles.createIndex("document", ["document", "id"]);
  db.createObjectStore("knowledge", { keyPath: "document" });
  db.createObjectStore("agents", { keyPath: "agent" });
  db.createObjectStore("meta");
}

const codes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["QuotaExceededError", "disk_full"],
  ["VersionError", "unsupported_version"],
  // A connection that was closed takes no transaction.
  ["InvalidStateError", "closed"],
]);

const sentences: Partial<Record<ErrorCode, string>> = {
  disk_full:
    "the browser gives this site no more room; free some on the device, or in its settings",
  unsupported_version:
    "this page is older than what it keeps here: reload it to get the present release",
  closed: "the browser closed the database",
};

/** What IndexedDB threw, as one of ours; `doing` names what failed. */
export function copyDbError(error: unknown, doing: string): HoldfastError {
  if (isHoldfastError(error)) return error;
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const code = codes.get(name) ?? "io";
  const sentence = sentences[code] ?? `${doing}: ${name} ${message}`;
  return new HoldfastError(code, sentence, { cause: error });
}
