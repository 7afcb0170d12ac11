// The stores of the IndexedDB that holds a client's copy, and their rows. The layout is
// docs/formats/indexed-db.md.

import type { DBSchema, IDBPDatabase } from "idb";

/** The layout that this release writes. Each later one is reached from the one before. */
export const schemaVersion = 2;

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

/** That the server is not known to have what a writer of this copy wrote in a document. */
export interface UnsavedRow {
  readonly document: string;
  readonly agent: string;
  /** How many of the agent's events lie here. The highest counts, where there are several. */
  readonly next: number;
}

/** The stores. */
export interface CopySchema extends DBSchema {
  bundles: { key: number; value: BundleRow; indexes: { document: [string, number] } };
  knowledge: { key: string; value: KnowledgeRow };
  agents: { key: string; value: AgentRow };
  meta: { key: string; value: string };
  unsaved: { key: [string, string, number]; value: UnsavedRow };
}

/** An open database. */
export type CopyDb = IDBPDatabase<CopySchema>;
