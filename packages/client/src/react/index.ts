// Holdfast in React: hooks that read documents, where their writes stand, and who is there.
//
// React 18 or newer. Rendering on a server is safe: nothing is opened there, and every
// hook answers what it answers before a document is open.

"use client";

export { DatabaseProvider, type DatabaseProviderProps, useDatabase } from "./database_provider.ts";
export { useConnection } from "./use_connection.ts";
export { useDocSelector } from "./use_doc_selector.ts";
export { type OpenedDocument, useDocument } from "./use_document.ts";
export { usePresence } from "./use_presence.ts";
export { useStatus } from "./use_status.ts";
