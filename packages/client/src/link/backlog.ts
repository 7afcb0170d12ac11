// Sending what was written in documents that nobody has open: offline, in an earlier
// visit, or closed before the server had it.
//
//   online -> what is not saved, and not open -> open -> saved -> given up
//                                                  \-> refused for now   -> later
//                                                  \-> refused for good  -> next connection
//
// The copy knows which documents these are (persistence.ts). Whoever holds the connection
// takes them into memory a few at a time, as if somebody had opened them; all else is what
// happens to any document. It works while it is online, and looks again when a document
// was closed.
//
// Invariants:
//   BL1  At most `backlogDocumentsMax` documents are in memory for this, however many wait.
//   BL2  A document is taken up once for each connection, unless it was refused for now or
//        somebody who had it open closed it since: one that can't be saved holds up no other.

import type { DocumentId } from "@holdfast/doc";
import { type HoldfastError, isHoldfastError } from "@holdfast/std";
import type { InitiatorEvent } from "@holdfast/sync";
import type { Clock } from "@holdfast/world";
import type { OpenDocument, OpenDocuments } from "../documents/open_documents.ts";

/**
 * Most documents that are in memory at once only to be sent. Each is there whole, whatever
 * its size; with a few, others travel while the server's disk works for one.
 */
export const backlogDocumentsMax = 4;

/** How long a document waits that was refused for a reason that may pass, in milliseconds. */
export const backlogRetryMs = 30_000;

/** What the server said of a document: that it is saved or refused for good, or refused for now; null for nothing. */
type Answer = "settled" | "later" | null;

/** Parts of {@link Backlog}. */
export interface BacklogParts {
  readonly clock: Clock;
  readonly documents: OpenDocuments;
  /** As `Persistence.unsaved`. */
  readonly unsaved: () => Promise<readonly DocumentId[]>;
  /** Whether this one holds the connection, and is online. */
  readonly isOnline: () => boolean;
  /** Gives one up that nobody has open, once all of it is settled. */
  readonly settle: (open: OpenDocument) => Promise<void>;
  /** Gives one up that nobody has open, settled or not. */
  readonly drop: (open: OpenDocument) => Promise<void>;
  /** Called when one was given up that was sent, or refused. */
  readonly onLeft: () => void;
  /** Called with why `document` can't be read. */
  readonly onUnreadable: (document: DocumentId, error: HoldfastError) => void;
}

/** The documents that wait to be sent, though nobody has them open. */
export class Backlog {
  readonly #parts: BacklogParts;
  // Those that are in memory for this, each with the way to leave it; and those being left.
  readonly #sending = new Map<DocumentId, (answer: Answer) => void>();
  readonly #leaving = new Set<DocumentId>();
  // Those that are not to be taken up on this connection; and those for a while.
  readonly #done = new Set<DocumentId>();
  readonly #later = new Set<DocumentId>();
  #wasOnline = false;
  #isWanted = false;
  #wake: (() => void) | null = null;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** Whether `document` is in memory to be sent. */
  has(document: DocumentId): boolean {
    return this.#sending.has(document);
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    // The connection ends with it, and so does what is under way.
    signal.addEventListener("abort", () => this.#look(), { once: true });
    while (!signal.aborted) {
      this.#isWanted = false;
      const waiting = await this.#waiting();
      if (waiting.length === 0) await this.#wakened(signal);
      const queue = waiting.values();
      const lanes = Array.from({ length: backlogDocumentsMax }, () => this.#sendAll(queue, signal));
      await Promise.all(lanes);
    }
  }

  /** Notes that the state of the connection may be another. */
  connectionChanged(): void {
    const isOnline = this.#parts.isOnline();
    if (isOnline === this.#wasOnline) return;
    this.#wasOnline = isOnline;
    this.#done.clear();
    this.#later.clear();
    if (isOnline) this.#look();
    else this.#leaveAll();
  }

  /** Notes what the session said of a document. */
  heard({ document, replica }: OpenDocument, event: InitiatorEvent): void {
    const leave = this.#sending.get(document);
    if (leave === undefined) return;
    if (event.type === "refused" && event.effect === "retrying") leave("later");
    else if (replica.isSettled) leave("settled");
  }

  /** Notes that a document is not in memory any more. */
  closed(document: DocumentId): void {
    if (this.#sending.has(document) || this.#leaving.has(document)) return;
    this.#done.delete(document);
    this.#look();
  }

  async #waiting(): Promise<readonly DocumentId[]> {
    if (!this.#parts.isOnline()) return [];
    try {
      const unsaved = await this.#parts.unsaved();
      return unsaved.filter((each) => !this.#isTaken(each) && !this.#later.has(each));
    } catch (error) {
      // A copy that can't be read is told of elsewhere.
      if (isHoldfastError(error)) return [];
      throw error;
    }
  }

  // What a sibling has open is in memory, too, where the connection is.
  #isTaken(document: DocumentId): boolean {
    return this.#done.has(document) || this.#parts.documents.get(document) !== null;
  }

  async #sendAll(queue: IterableIterator<DocumentId>, signal: AbortSignal): Promise<void> {
    for (const document of queue) {
      if (signal.aborted || !this.#parts.isOnline()) return;
      if (!this.#isTaken(document)) await this.#send(document);
    }
  }

  async #send(document: DocumentId): Promise<void> {
    const { documents, settle, drop, onUnreadable, onLeft } = this.#parts;
    this.#done.add(document);
    const left = new Promise<Answer>((leave) => this.#sending.set(document, leave));
    try {
      const open = await documents.with(document, (there) => there);
      const answer = await left;
      if (answer === "later" && this.#done.delete(document)) this.#later.add(document);
      this.#sending.delete(document);
      this.#leaving.add(document);
      await (answer === "settled" ? settle(open) : drop(open));
      if (answer !== null) onLeft();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      if (error.code === "corrupt") onUnreadable(document, error);
    } finally {
      this.#sending.delete(document);
      this.#leaving.delete(document);
    }
  }

  #leaveAll(): void {
    for (const leave of this.#sending.values()) leave(null);
  }

  #look(): void {
    this.#isWanted = true;
    this.#wake?.();
  }

  // Resolves when there may be more to send.
  async #wakened(signal: AbortSignal): Promise<void> {
    if (this.#isWanted || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        timer?.cancel();
        this.#wake = null;
        resolve();
      };
      const timer = this.#later.size > 0 ? this.#parts.clock.timer(backlogRetryMs, wake) : null;
      this.#wake = wake;
    });
    this.#later.clear();
  }
}
