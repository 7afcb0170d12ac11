// A part of a document, kept up to date.

import type { Doc } from "@holdfast/doc";
import { useCallback } from "react";
import type { DocumentHandle } from "../documents/document_handle.ts";
import { useSelected } from "./use_selected.ts";

/**
 * What `selector` finds in the document. The component renders again when that is
 * another thing, and not when something else in the document changes.
 *
 * @param handle - Null, as long as the document is not open, selects undefined.
 * @param selector - Reads, and changes nothing. Runs after every patch, so it should
 *   read little. It may be written in place.
 * @param isEqual - When two selections count as the same; `Object.is` by default, which
 *   is wrong for selectors that make a new array or object on each call.
 *
 * @example
 * const title = useDocSelector(handle, (doc) => doc.text("title").toString());
 */
export function useDocSelector<T>(
  handle: DocumentHandle,
  selector: (doc: Doc) => T,
  isEqual?: (a: T, b: T) => boolean,
): T;
export function useDocSelector<T>(
  handle: DocumentHandle | null,
  selector: (doc: Doc) => T,
  isEqual?: (a: T | undefined, b: T | undefined) => boolean,
): T | undefined;
export function useDocSelector<T>(
  handle: DocumentHandle | null,
  selector: (doc: Doc) => T,
  isEqual: (a: T, b: T) => boolean = Object.is,
): T | undefined {
  const doc = handle?.doc ?? null;
  const subscribe = useCallback(
    (listener: () => void) => doc?.subscribe(listener) ?? nothing,
    [doc],
  );
  const versionOf = useCallback(() => (doc === null ? "" : versionKey(doc)), [doc]);
  const read = useCallback(() => (doc === null ? undefined : selector(doc)), [doc, selector]);
  const isSame = useCallback(
    (a: T | undefined, b: T | undefined) =>
      a === undefined || b === undefined ? a === b : isEqual(a, b),
    [isEqual],
  );
  return useSelected({ subscribe, read, versionOf, isEqual: isSame, readOnServer: read });
}

// A frontier names a document's content: two documents on one frontier show the same.
function versionKey(doc: Doc): string {
  return doc
    .version()
    .map(({ agent, seq }) => `${agent} ${seq}`)
    .join(" ");
}

function nothing(): void {}
