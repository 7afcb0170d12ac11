// Who else has a document open.

import type { Value } from "@holdfast/doc";
import { useCallback } from "react";
import type { DocumentHandle } from "../documents/document_handle.ts";
import { useSelected } from "./use_selected.ts";

type Peers = ReadonlyMap<string, Value>;

const nobody: Peers = new Map();

/**
 * `handle.presence.peers()`, kept up to date: what the others show of themselves, by an
 * opaque key for each. Nobody where `handle` is null. To be seen, call `handle.presence.set`.
 */
export function usePresence(handle: DocumentHandle | null): ReadonlyMap<string, Value> {
  const subscribe = useCallback(
    (listener: () => void) => handle?.presence.subscribe(listener) ?? nothing,
    [handle],
  );
  const read = useCallback(() => handle?.presence.peers() ?? nobody, [handle]);
  return useSelected({ subscribe, read, isEqual: isSamePeers, readOnServer });
}

// What a peer shows is another object after each update, and the same until then.
function isSamePeers(a: Peers, b: Peers): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function readOnServer(): Peers {
  return nobody;
}

function nothing(): void {}
