// Where the writes of a document stand.

import { useCallback } from "react";
import type { DocumentHandle } from "../documents/document_handle.ts";
import type { DocumentStatus } from "../replica/write.ts";
import { useSelected } from "./use_selected.ts";

/**
 * `handle.status()`, kept up to date. The component renders again when it says
 * something else. Null where `handle` is.
 */
export function useStatus(handle: DocumentHandle): DocumentStatus;
export function useStatus(handle: DocumentHandle | null): DocumentStatus | null;
export function useStatus(handle: DocumentHandle | null): DocumentStatus | null {
  const subscribe = useCallback(
    (listener: () => void) =>
      handle?.subscribe(({ type }) => {
        if (type === "status") listener();
      }) ?? nothing,
    [handle],
  );
  const read = useCallback(() => handle?.status() ?? null, [handle]);
  return useSelected({ subscribe, read, isEqual: isSameStatus, readOnServer: read });
}

function isSameStatus(a: DocumentStatus | null, b: DocumentStatus | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.state === b.state &&
    a.pendingCount === b.pendingCount &&
    a.localCount === b.localCount &&
    a.sentCount === b.sentCount &&
    a.problem === b.problem
  );
}

function nothing(): void {}
