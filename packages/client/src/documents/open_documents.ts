// The documents that are in memory, each once, whoever needs it: handles of the
// application, or siblings that the connection is held for.
//
// Invariants:
//   OD1  A document is in memory once; who opens one that is being given up waits
//        until all of it is kept.

import type { DocumentId } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import type { Replica } from "../replica/replica.ts";
import type { DocumentHandle } from "./document_handle.ts";
import type { Presence } from "./presence.ts";

/** A document in memory. */
export interface OpenDocument {
  readonly document: DocumentId;
  readonly replica: Replica;
  readonly presence: Presence;
  readonly handles: Set<DocumentHandle>;
}

/** Parts of {@link OpenDocuments}. */
export interface OpenDocumentsParts {
  /** Reads one; it may not be needed any more when it is there. */
  readonly load: (document: DocumentId) => Promise<OpenDocument>;
  /** Called when one is there, and before it is given up. */
  readonly onOpened: (open: OpenDocument) => void;
  readonly onClosing: (open: OpenDocument) => void;
}

/** All documents in memory. */
export class OpenDocuments {
  readonly #parts: OpenDocumentsParts;
  // Those that are open or being opened, and those being given up.
  readonly #opening = new Map<DocumentId, Promise<OpenDocument>>();
  readonly #leaving = new Map<DocumentId, Promise<void>>();
  readonly #open = new Map<DocumentId, OpenDocument>();
  #closed = false;

  constructor(parts: OpenDocumentsParts) {
    this.#parts = parts;
  }

  /** Those that are open; a copy. */
  all(): readonly OpenDocument[] {
    return [...this.#open.values()];
  }

  /** One that is open. */
  get(document: DocumentId): OpenDocument | null {
    return this.#open.get(document) ?? null;
  }

  /** The replica of one that is open. */
  replica(document: DocumentId): Replica | null {
    return this.#open.get(document)?.replica ?? null;
  }

  /**
   * Calls `use` at once with the document, which is read where it is not open.
   *
   * @throws {HoldfastError} `closed`; what reading it throws.
   */
  async with<T>(document: DocumentId, use: (open: OpenDocument) => T): Promise<T> {
    for (;;) {
      await this.#leaving.get(document);
      this.#requireOpen();
      const open = await this.#load(document);
      // It may have been given up meanwhile.
      if (this.#open.get(document) === open) return use(open);
    }
  }

  /** Calls `use` when the document is there, if it is open or being opened. */
  whenThere(document: DocumentId, use: (open: OpenDocument) => void): void {
    this.#opening.get(document)?.then(
      (open) => {
        if (this.#open.get(document) === open) use(open);
      },
      // Whoever opens it is told.
      () => undefined,
    );
  }

  /** Gives one up; resolves once all of it is kept, or could not be. */
  async giveUp(open: OpenDocument): Promise<void> {
    const { document, replica, presence } = open;
    if (this.#open.get(document) !== open) return;
    this.#open.delete(document);
    this.#opening.delete(document);
    presence.close();
    this.#parts.onClosing(open);
    const leaving = replica.close().finally(() => this.#leaving.delete(document));
    this.#leaving.set(document, leaving);
    await leaving;
  }

  /** Gives up all, and opens no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.all().map((open) => this.giveUp(open)));
    await Promise.all(this.#leaving.values());
  }

  #load(document: DocumentId): Promise<OpenDocument> {
    const known = this.#opening.get(document);
    if (known !== undefined) return known;
    const opening = this.#read(document);
    this.#opening.set(document, opening);
    opening.catch(() => this.#opening.delete(document));
    return opening;
  }

  async #read(document: DocumentId): Promise<OpenDocument> {
    const open = await this.#parts.load(document);
    this.#requireOpen();
    this.#open.set(document, open);
    this.#parts.onOpened(open);
    return open;
  }

  #requireOpen(): void {
    if (this.#closed) throw new HoldfastError("closed", "the database is closed");
  }
}
