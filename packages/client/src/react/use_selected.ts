// A part of something that changes, as React wants it.
//
// Problem. What Holdfast shows is live: reading twice gives two objects that say the same,
// and React takes another object for a change, for ever.
// Method. A part that is equal to the one shown last is given out as that one. And where
// `versionOf` says that nothing happened, the part is not computed again: React asks on
// each render, and a selector may read a whole text.
//
// Source: React's own use-sync-external-store/with-selector, which does the same for
// stores whose snapshots are immutable.

import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";

/** A live thing, and the part of it to show. All functions should stay the same while the thing does. */
export interface Selection<T> {
  /** Calls `listener` when the thing may have changed. Returns the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Reads the part. */
  readonly read: () => T;
  /** Equal as long as `read` would find the same; left out where reading is cheap. */
  readonly versionOf?: (() => unknown) | undefined;
  /** Tells whether two parts show the same. */
  readonly isEqual: (a: T, b: T) => boolean;
  /** What to show on a server, and in the first render of a page that came from one. */
  readonly readOnServer: () => T;
}

/** Renders again only when the part is another. */
export function useSelected<T>(selection: Selection<T>): T {
  const { subscribe, read, versionOf, isEqual, readOnServer } = selection;
  const shown = useRef<{ readonly part: T } | null>(null);
  const [readStable, readStableOnServer] = useMemo(() => {
    let last: { readonly version: unknown; readonly part: T } | null = null;
    const keep = (version: unknown, part: T): T => {
      const before = last ?? shown.current;
      const kept = before !== null && isEqual(before.part, part) ? before.part : part;
      last = { version, part: kept };
      return kept;
    };
    const stable = (): T => {
      const version = versionOf?.();
      if (last !== null && versionOf !== undefined && last.version === version) return last.part;
      return keep(version, read());
    };
    let onServer: { readonly part: T } | null = null;
    const stableOnServer = (): T => {
      onServer ??= { part: readOnServer() };
      return onServer.part;
    };
    return [stable, stableOnServer];
  }, [read, versionOf, isEqual, readOnServer]);
  const part = useSyncExternalStore(subscribe, readStable, readStableOnServer);
  useEffect(() => {
    shown.current = { part };
  }, [part]);
  return part;
}
