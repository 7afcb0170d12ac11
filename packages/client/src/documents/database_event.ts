// What happens in a database to documents that nobody has open.

import type { DocumentId } from "@holdfast/doc";
import type { DocumentEvent } from "./document_handle.ts";

/** What happened to a document that nobody has open. Of one that is open, its handles tell. */
export type DatabaseEvent =
  /**
   * One that waited was sent, or could not be: `unsaved()` may answer less. Told only where
   * the connection is.
   */
  | { readonly type: "unsaved" }
  /** One was refused something, as {@link DocumentEvent} says; or can't be read, and is not sent. */
  | (Extract<DocumentEvent, { type: "problem" }> & { readonly document: DocumentId });
