// The document of one page: its text, and the mark that its maker left in it.

import type { DocumentHandle } from "@holdfast/client";
import type { Doc } from "@holdfast/doc";

/** The text container of a page. */
export const bodyText = "body";

/** The document of the page `id`. */
export function pageDocument(id: string): string {
  return `page-${id}`;
}

/**
 * Marks the document of a new page, which is empty but for this. So a document without
 * anything in it is one that has not arrived on this device, not an empty page.
 */
export function markBegun({ doc }: DocumentHandle): void {
  doc.change(() => doc.map("page").set("begun", true), { undo: false });
}

/** Tells whether anything of the page is on this device. */
export function hasArrived(doc: Doc): boolean {
  return doc.version().length > 0;
}
