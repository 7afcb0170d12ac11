// The IndexedDB that holds a client's copy: how it is opened, and what its failures mean.

import { type ErrorCode, HoldfastError, isHoldfastError } from "@holdfast/std";
import { openDB } from "idb";
import { type CopyDb, type CopySchema, schemaVersion } from "./copy_schema.ts";
import { upgradeCopy } from "./copy_upgrade.ts";

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
      upgrade: (db, from, _to, transaction) => upgradeCopy(db, from, transaction),
      blocking: (_current, next) =>
        next === null ? listeners.onDeleted() : listeners.onOutdated(),
      terminated: () => listeners.onTerminated(),
    });
  } catch (error) {
    throw copyDbError(error, "open");
  }
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
