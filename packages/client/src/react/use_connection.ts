// What the connection to the server is doing.

import { useCallback } from "react";
import type { ConnectionState } from "../link/connection_keeper.ts";
import { useDatabase } from "./database_provider.ts";
import { useSelected } from "./use_selected.ts";

const unconnected: ConnectionState = { state: "offline", reason: null, retryAtMs: null };

/** `db.connection` of the database above, kept up to date; offline until there is one, and on a server. */
export function useConnection(): ConnectionState {
  const database = useDatabase();
  const subscribe = useCallback(
    (listener: () => void) => database?.connection.subscribe(listener) ?? nothing,
    [database],
  );
  const read = useCallback(() => {
    if (database === null) return unconnected;
    const { state, reason, retryAtMs } = database.connection;
    return { state, reason, retryAtMs };
  }, [database]);
  return useSelected({ subscribe, read, isEqual: isSameState, readOnServer });
}

function isSameState(a: ConnectionState, b: ConnectionState): boolean {
  return a.state === b.state && a.reason === b.reason && a.retryAtMs === b.retryAtMs;
}

function readOnServer(): ConnectionState {
  return unconnected;
}

function nothing(): void {}
