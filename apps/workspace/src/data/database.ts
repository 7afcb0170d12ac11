// The database of this browser, synced with the server that served the page.

import { type BrowserDatabase, type BrowserStorage, open } from "@holdfast/client/browser";
import { useDatabase } from "@holdfast/client/react";
import { useCallback, useRef, useSyncExternalStore } from "react";

/** Opens the database. Rejects where this browser can keep nothing at all. */
export function openDatabase(): Promise<BrowserDatabase> {
  const url = new URL("/sync", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return open({ name: "workspace", url: url.href });
}

/** The storage behind the database, as it is now. */
export type StorageFacts = Pick<
  BrowserStorage,
  "usageBytes" | "quotaBytes" | "persistent" | "problem"
>;

const unknown: StorageFacts = {
  usageBytes: null,
  quotaBytes: null,
  persistent: null,
  problem: null,
};

/** What is known of this browser's storage, kept up to date. */
export function useStorage(): StorageFacts {
  const storage = useBrowserStorage();
  const last = useRef(unknown);
  const subscribe = useCallback(
    (listener: () => void) => storage?.subscribe(listener) ?? (() => {}),
    [storage],
  );
  return useSyncExternalStore(subscribe, () => {
    const { usageBytes, quotaBytes, persistent, problem } = storage ?? unknown;
    const now = { usageBytes, quotaBytes, persistent, problem };
    if (!isSame(last.current, now)) last.current = now;
    return last.current;
  });
}

/** The storage itself, to ask it to keep everything; null until the database is open. */
export function useBrowserStorage(): BrowserStorage | null {
  return (useDatabase() as BrowserDatabase | null)?.storage ?? null;
}

function isSame(a: StorageFacts, b: StorageFacts): boolean {
  return (
    a.usageBytes === b.usageBytes &&
    a.quotaBytes === b.quotaBytes &&
    a.persistent === b.persistent &&
    a.problem === b.problem
  );
}
