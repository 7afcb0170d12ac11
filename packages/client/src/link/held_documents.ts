// The documents that the one who leads keeps in memory, and so in sync, for its
// siblings: what they have open, and what was closed before the server had all of it.

import type { DocumentId } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";
import type { OpenDocument, OpenDocuments } from "../documents/open_documents.ts";
import type { SiblingCircle } from "../siblings/sibling_circle.ts";

/** Most documents that nobody has open, and who leads keeps until the server has all of them. */
export const lingeringDocumentsMax = 100;

/** Parts of {@link HeldDocuments}. */
export interface HeldDocumentsParts {
  readonly documents: OpenDocuments;
  readonly circle: SiblingCircle;
  /** Whether this one leads. */
  readonly isLeading: () => boolean;
  /** Whether somebody else here gives `document` up. */
  readonly isKept: (document: DocumentId) => boolean;
  /** Called when one is there that a sibling has opened. */
  readonly onHeld: (open: OpenDocument) => void;
}

/** What is held for siblings. Nothing, for one who follows. */
export class HeldDocuments {
  readonly #parts: HeldDocumentsParts;
  // What was closed while another one led, the latest last: it may not be saved yet.
  readonly #left = new Set<DocumentId>();

  constructor(parts: HeldDocumentsParts) {
    this.#parts = parts;
  }

  /** Takes up all that the one who led before may have left. */
  takeUp(): void {
    for (const document of [...this.#parts.circle.documents, ...this.#left]) this.hold(document);
    this.#left.clear();
  }

  /** Gives up what was kept for others: another one leads. */
  letGo(): void {
    for (const { document } of this.#parts.documents.all()) {
      this.left(document);
      void this.settle(document);
    }
  }

  /** Keeps `document` in memory, as long as it is needed. Harmless twice. */
  hold(document: DocumentId): void {
    if (!this.#parts.isLeading()) return;
    const { documents, onHeld } = this.#parts;
    documents.with(document, onHeld).then(
      () => this.settle(document),
      // Who has it open was told of what is wrong with it, or will be.
      (error) => {
        if (!isHoldfastError(error)) throw error;
      },
    );
  }

  /** Notes that somebody has `document` open no more. */
  left(document: DocumentId): void {
    if (this.#parts.isLeading()) return;
    this.#left.delete(document);
    this.#left.add(document);
    const [oldest] = this.#left;
    if (this.#left.size > lingeringDocumentsMax) this.#left.delete(oldest!);
  }

  /** Whether a document is needed that the application has not open here. */
  needs({ document, replica }: OpenDocument): boolean {
    if (!this.#parts.isLeading()) return false;
    if (this.#parts.circle.hasOpen(document) || this.#parts.isKept(document)) return true;
    return !replica.isSettled && this.#countLingering() <= lingeringDocumentsMax;
  }

  /** Gives `document` up where it is needed no more. */
  async settle(document: DocumentId): Promise<void> {
    const { documents } = this.#parts;
    const open = documents.get(document);
    if (open === null || open.handles.size > 0 || this.needs(open)) return;
    // Something may have been appended by whoever closed it last.
    await open.replica.catchUp();
    if (open.handles.size === 0 && !this.needs(open)) await documents.giveUp(open);
  }

  /** Gives `document` up, saved or not, where nobody has it open. */
  async drop(document: DocumentId): Promise<void> {
    const { documents, circle } = this.#parts;
    const open = documents.get(document);
    if (open === null || open.handles.size > 0 || circle.hasOpen(document)) return;
    await documents.giveUp(open);
  }

  #countLingering(): number {
    const { documents, circle } = this.#parts;
    const isLingering = ({ document, handles }: OpenDocument): boolean =>
      handles.size === 0 && !circle.hasOpen(document);
    return documents.all().filter(isLingering).length;
  }
}
