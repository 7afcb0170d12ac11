// A database in a page: it also knows its storage, and connects again as soon as the
// network is back or the page is looked at. A page that is put to sleep leaves the
// connection to another tab. Where its copy is over until the page is
// loaded anew, another tab connects: nothing that a server sends could be kept here, and
// nothing that others wrote could be read.

import { isHoldfastError } from "@holdfast/std";
import { Database, type DatabaseOptions } from "../database.ts";
import type { BrowserStorage } from "./browser_storage.ts";

/** What {@link BrowserDatabase} adds to a database. */
export interface BrowserDatabaseParts {
  readonly storage: BrowserStorage;
  /** Called when the database was closed. */
  readonly onClosed: () => void;
}

/** An open database of a page. It need not be closed before the page is left: what is *local* stays. */
export class BrowserDatabase extends Database {
  /** The storage behind it, with what is wrong with that. */
  readonly storage: BrowserStorage;
  readonly #onClosed: () => void;
  readonly #stopListening: () => void;
  readonly #stopWatching: () => void;

  /** Use `open`. */
  constructor(options: DatabaseOptions, { storage, onClosed }: BrowserDatabaseParts) {
    super(options);
    this.storage = storage;
    this.#onClosed = onClosed;
    const doubt = (): void => this.doubt();
    addEventListener("offline", doubt);
    const stopReturns = onReturn(() => this.reconnect());
    const stopSleep = onSleep(
      () => this.suspend(),
      () => this.resume(),
    );
    this.#stopListening = () => {
      removeEventListener("offline", doubt);
      stopReturns();
      stopSleep();
    };
    this.#stopWatching = storage.subscribe(() => this.#followIfOver());
    this.#followIfOver();
  }

  override async close(): Promise<void> {
    this.#stopListening();
    this.#stopWatching();
    try {
      await super.close();
    } finally {
      this.#onClosed();
    }
  }

  // These are the problems that only loading the page anew ends; see copy_connection.ts.
  #followIfOver(): void {
    if (isHoldfastError(this.storage.problem, "unsupported_version", "locked")) this.follow();
  }
}

/** Calls `act` when the network is there again, or somebody looks at the page again. */
function onReturn(act: () => void): () => void {
  const seen = (): void => {
    if (document.visibilityState === "visible") act();
  };
  // A worker has no document.
  const page = typeof document === "undefined" ? null : document;
  addEventListener("online", act);
  page?.addEventListener("visibilitychange", seen);
  return () => {
    removeEventListener("online", act);
    page?.removeEventListener("visibilitychange", seen);
  };
}

/** Calls `sleep` when the page is frozen, or kept aside for a return to it; `wake` when it is back. */
function onSleep(sleep: () => void, wake: () => void): () => void {
  // Of these, a worker hears nothing.
  const events = [
    [globalThis, "pagehide", sleep],
    [globalThis, "pageshow", wake],
    [typeof document === "undefined" ? globalThis : document, "freeze", sleep],
    [typeof document === "undefined" ? globalThis : document, "resume", wake],
  ] as const;
  for (const [target, type, listener] of events) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of events) target.removeEventListener(type, listener);
  };
}
