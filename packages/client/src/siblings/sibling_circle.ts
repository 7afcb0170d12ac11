// Who of the siblings is there, and what they have open: read off what they say.
//
//   question ->        everybody answers with `open` for each document
//   open, closed ->    kept here, for each sibling
//   gone, or not present any more -> forgotten, with all that it had open
//
// Some may end without a word: `prune` finds them out, now and then.

import type { AgentId } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";
import { documentsPerConnectionMax } from "@holdfast/sync";
import {
  decodeSiblingMessage,
  encodeSiblingMessage,
  type SiblingMessage,
  type SiblingWord,
} from "./sibling_message.ts";
import type { Siblings } from "./siblings.ts";

/** Most siblings that are known at once; others are not heard. */
export const siblingsMax = 256;

/** Parts of {@link SiblingCircle}. */
export interface CircleParts {
  readonly siblings: Siblings;
  /** Whom this one is known as. */
  readonly agent: AgentId;
  /** Called with what was said, after it was noted. */
  readonly onMessage: (message: SiblingMessage) => void;
  /** Called with what a sibling has open no more, and with whoever is not there any more. */
  readonly onGone: (agent: AgentId, documents: readonly DocumentId[]) => void;
}

/** The siblings of one database. */
export class SiblingCircle {
  readonly #parts: CircleParts;
  readonly #stop: () => void;
  // What each sibling shows in each document that it has open; null for nothing.
  readonly #open = new Map<AgentId, Map<DocumentId, Uint8Array | null>>();
  readonly #writers = new Set<AgentId>();
  #knowsWriters = true;
  readonly #due = new Set<DocumentId>();
  #closed = false;

  constructor(parts: CircleParts) {
    this.#parts = parts;
    this.#stop = parts.siblings.subscribe((message) => this.#hear(message));
    this.say({ type: "question" });
  }

  /** The agents that siblings write as; changes. Empty from the first loss on. */
  get writers(): ReadonlySet<AgentId> {
    return this.#writers;
  }

  /** What siblings have open. */
  get documents(): ReadonlySet<DocumentId> {
    return new Set([...this.#open.values()].flatMap((documents) => [...documents.keys()]));
  }

  /** Tells whether `agent` is there, for all that was heard. */
  knows(agent: AgentId): boolean {
    return this.#open.has(agent);
  }

  /** Tells whether any sibling has `document` open. */
  hasOpen(document: DocumentId): boolean {
    return [...this.#open.values()].some((documents) => documents.has(document));
  }

  /** Who has `document` open, and what they show in it. */
  shown(document: DocumentId): ReadonlyMap<AgentId, Uint8Array | null> {
    const shown = new Map<AgentId, Uint8Array | null>();
    for (const [agent, documents] of this.#open) {
      const state = documents.get(document);
      if (state !== undefined) shown.set(agent, state);
    }
    return shown;
  }

  /** Says `word` to all. */
  say(word: SiblingWord): void {
    if (this.#closed) return;
    const { siblings, agent: sender } = this.#parts;
    siblings.post(encodeSiblingMessage({ sender, word }));
  }

  /** Says that the copy has more of `document`, once for all that was appended in this step. */
  sayAppended(document: DocumentId): void {
    this.#due.add(document);
    if (this.#due.size > 1) return;
    void Promise.resolve().then(() => {
      const due = [...this.#due];
      this.#due.clear();
      for (const each of due) this.say({ type: "appended", document: each });
    });
  }

  /** Notes that the copy was lost: writers got other names, which are not known here. */
  lost(): void {
    this.#knowsWriters = false;
    this.#writers.clear();
  }

  /** Forgets siblings that are not there any more. */
  async prune(): Promise<void> {
    // Who is heard of only while the others are counted may have come too late for that.
    const known = [...this.#open.keys()];
    const present = await this.#parts.siblings.present();
    if (this.#closed) return;
    for (const agent of known) if (!present.has(agent)) this.#forget(agent);
  }

  /** Leaves. */
  close(): void {
    this.say({ type: "gone" });
    this.#closed = true;
    this.#stop();
  }

  #hear(bytes: Uint8Array): void {
    let message: SiblingMessage;
    try {
      message = decodeSiblingMessage(bytes);
    } catch (error) {
      // Of another release, or nonsense.
      if (isHoldfastError(error)) return;
      throw error;
    }
    const { sender, word } = message;
    if (sender === this.#parts.agent) return;
    if (word.type === "gone") {
      this.#forget(sender);
      return;
    }
    const documents = this.#documentsOf(sender);
    if (documents === null) return;
    if (word.type === "open") {
      if (documents.size >= documentsPerConnectionMax && !documents.has(word.document)) return;
      documents.set(word.document, word.state);
    }
    if (word.type === "closed" && documents.delete(word.document)) {
      this.#parts.onGone(sender, [word.document]);
    }
    this.#parts.onMessage(message);
  }

  #documentsOf(agent: AgentId): Map<DocumentId, Uint8Array | null> | null {
    const known = this.#open.get(agent);
    if (known !== undefined) return known;
    if (this.#open.size >= siblingsMax) return null;
    const documents = new Map<DocumentId, Uint8Array | null>();
    this.#open.set(agent, documents);
    if (this.#knowsWriters) this.#writers.add(agent);
    return documents;
  }

  #forget(agent: AgentId): void {
    const documents = this.#open.get(agent);
    if (documents === undefined) return;
    this.#open.delete(agent);
    this.#writers.delete(agent);
    this.#parts.onGone(agent, [...documents.keys()]);
  }
}
