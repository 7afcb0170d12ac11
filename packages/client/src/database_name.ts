// Names of databases: they name folders, locks and stores, wherever one is kept.

import { HoldfastError } from "@holdfast/std";

/** @throws {HoldfastError} `invalid_argument` where `name` can't be one. */
export function requireDatabaseName(name: string): void {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name)) return;
  throw new HoldfastError("invalid_argument", `not a name for a database: ${name.slice(0, 70)}`);
}
