// What an application holds of one open document.

import type { ChangeOptions, Doc } from "@holdfast/doc";
import type { HoldfastError } from "@holdfast/std";
import type { Replica } from "../replica/replica.ts";
import type { DocumentStatus, Write } from "../replica/write.ts";
import type { Presence } from "./presence.ts";
import { tellAll } from "./tell_all.ts";

/** What happened to a document. Its content changes are told by `doc.subscribe`. */
export type DocumentEvent =
  /** `status()` may say something else. */
  | { readonly type: "status" }
  /**
   * The server refused something of it, or something that the server sent was of no
   * use. `effect`: `retrying`, it is sent, or the document opened, again;
   * `upload_ended`, what is written here is saved no more; `closed`, nothing is synced any more; `skipped`, a piece
   * from the server was ignored. All but the last end with the next connection.
   */
  | {
      readonly type: "problem";
      readonly error: HoldfastError;
      readonly effect: "retrying" | "upload_ended" | "closed" | "skipped";
    };

/** Parts of a {@link DocumentHandle}. */
export interface HandleParts {
  readonly replica: Replica;
  readonly presence: Presence;
  /** Gives the handle back; resolves once all is kept. */
  readonly release: () => Promise<void>;
}

/** An open document. Close it when it is needed no more. */
export class DocumentHandle {
  /** The document itself. It may be edited directly, too: such edits are kept and synced like others. */
  readonly doc: Doc;
  /** Who else is here. */
  readonly presence: Presence;
  readonly #parts: HandleParts;
  readonly #listeners = new Set<(event: DocumentEvent) => void>();
  readonly #stopStatus: () => void;
  #closing: Promise<void> | null = null;

  constructor(parts: HandleParts) {
    this.#parts = parts;
    this.doc = parts.replica.doc;
    this.presence = parts.presence;
    this.#stopStatus = parts.replica.onStatus(() => this.tell({ type: "status" }));
  }

  /**
   * Makes one change of the edits in `fn`. Inside of another change it is part of
   * that one, its own write is of nothing, and its options count for nothing.
   *
   * @throws What `fn` throws, and then nothing was changed; {@link HoldfastError} `closed`.
   */
  change(fn: () => void, options: ChangeOptions = {}): Write {
    return this.#parts.replica.change(fn, options);
  }

  /** Where the writes made in this copy stand. */
  status(): DocumentStatus {
    return this.#parts.replica.status();
  }

  /** Resolves once all that was written here until now is durable here. Throws as `Write.local`. */
  whenLocal(): Promise<void> {
    return this.#parts.replica.whenLocal();
  }

  /** Resolves once all that was written here until now is durable at the server. Throws as `Write.saved`. */
  whenSaved(): Promise<void> {
    return this.#parts.replica.whenSaved();
  }

  /** Calls `listener` for each event; what it throws is dropped. Returns the way to stop. */
  subscribe(listener: (event: DocumentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Gives it back; resolves once all that was written is kept here, or could not be. Harmless twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Passes an event on. */
  tell(event: DocumentEvent): void {
    tellAll(this.#listeners, event);
  }

  #close(): Promise<void> {
    this.#stopStatus();
    this.#listeners.clear();
    return this.#parts.release();
  }
}
