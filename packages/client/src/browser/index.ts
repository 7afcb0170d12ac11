// A database in a page of a browser. See ../../README.md.

export { BrowserDatabase } from "./browser_database.ts";
export type { BrowserStorage } from "./browser_storage.ts";
export { type BrowserDatabaseOptions, open } from "./open.ts";
