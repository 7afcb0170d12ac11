// An open document for as long as a component needs it.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { useEffect, useState } from "react";
import type { Database } from "../database.ts";
import type { DocumentHandle } from "../documents/document_handle.ts";
import { useDatabase } from "./database_provider.ts";

/** What became of opening a document. Both null: it is being opened. */
export interface OpenedDocument {
  /** The document, as long as the component is mounted and asks for it; never one of another name. */
  readonly handle: DocumentHandle | null;
  /** Why it could not be opened. See `Database.doc`. */
  readonly error: HoldfastError | null;
}

interface Opened extends OpenedDocument {
  readonly database: Database;
  readonly name: string;
}

const opening: OpenedDocument = { handle: null, error: null };

/**
 * Opens the document `name` of the database above, and gives it back when the component
 * unmounts or asks for another. Components that use the same one share it.
 *
 * @example
 * const { handle, error } = useDocument("plan");
 * if (error !== null) return <p>{error.message}</p>;
 * if (handle === null) return <p>Opening…</p>;
 */
export function useDocument(name: string): OpenedDocument {
  const database = useDatabase();
  const [opened, setOpened] = useState<Opened | null>(null);
  useEffect(() => {
    if (database === null) return;
    let isWanted = true;
    let handle: DocumentHandle | null = null;
    const settle = (found: OpenedDocument): void => {
      if (isWanted) setOpened({ ...found, database, name });
    };
    database.doc(name).then(
      (found) => {
        handle = found;
        if (isWanted) settle({ handle, error: null });
        else closeSoon(found);
      },
      (error: unknown) => settle({ handle: null, error: asHoldfastError(error) }),
    );
    return () => {
      isWanted = false;
      setOpened(null);
      if (handle !== null) closeSoon(handle);
    };
  }, [database, name]);
  const isCurrent = opened !== null && opened.database === database && opened.name === name;
  return isCurrent ? opened : opening;
}

// In a moment, not at once: whoever mounts in place of this component may ask for the
// same document, as StrictMode does with every component, and would otherwise wait until
// it was given up, and read all of it again.
function closeSoon(handle: DocumentHandle): void {
  setTimeout(() => void handle.close(), 0);
}

function asHoldfastError(error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error;
  return new HoldfastError("io", "the document could not be opened", { cause: error });
}
