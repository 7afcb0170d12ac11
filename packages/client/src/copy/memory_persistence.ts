// A client's place in a copy in memory: for tests, and for clients that keep nothing.

import type { AgentId } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { HoldfastError, type Random } from "@holdfast/std";
import { MemoryCopy } from "./memory_copy.ts";
import type {
  AppendedBundles,
  Persistence,
  ServerKnowledge,
  StoredDocument,
} from "./persistence.ts";

/** Keeps documents as long as its copy is referred to. Durable in name only. */
export class MemoryPersistence implements Persistence {
  readonly #copy: MemoryCopy;
  readonly #stopListening: () => void;
  readonly #onLost = new Set<() => void>();
  #agent: AgentId;
  #retired = false;
  #closed = false;

  /**
   * @param random - Draws the agent.
   * @param copy - Shared with others that open it; one of its own by default.
   */
  constructor(random: Random, copy: MemoryCopy = new MemoryCopy()) {
    this.#copy = copy;
    this.#agent = copy.claim(random);
    this.#stopListening = copy.onLost(() => {
      this.#agent = copy.claim(random);
      this.#retired = false;
      for (const listener of [...this.#onLost]) listener();
    });
  }

  get agent(): AgentId {
    return this.#agent;
  }

  get writers(): ReadonlySet<AgentId> {
    return this.#copy.writers;
  }

  onLost(listener: () => void): () => void {
    this.#onLost.add(listener);
    return () => void this.#onLost.delete(listener);
  }

  async retireAgent(): Promise<void> {
    this.#requireOpen();
    this.#retired = true;
  }

  async documents(): Promise<readonly DocumentId[]> {
    this.#requireOpen();
    return this.#copy.documents;
  }

  async unsaved(): Promise<readonly DocumentId[]> {
    this.#requireOpen();
    return this.#copy.unsaved;
  }

  async load(document: DocumentId): Promise<StoredDocument> {
    const { server } = this.#copy.document(document);
    return { ...(await this.appended(document, 0)), server };
  }

  // A position is a number of bundles.
  async appended(document: DocumentId, position: number): Promise<AppendedBundles> {
    this.#requireOpen();
    const { bundles } = this.#copy.document(document);
    return { bundles: bundles.slice(position), position: Math.max(position, bundles.length) };
  }

  async append(document: DocumentId, bundle: Uint8Array): Promise<void> {
    this.#requireOpen();
    this.#copy.append(document, bundle);
  }

  async remember(document: DocumentId, knowledge: ServerKnowledge): Promise<void> {
    this.#requireOpen();
    this.#copy.document(document).server = knowledge;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.abandon();
    if (!this.#retired) this.#copy.giveBack(this.#agent);
  }

  /** Ends as a process does that is killed: nothing more is kept, and nobody gets its agent. */
  abandon(): void {
    this.#closed = true;
    this.#stopListening();
  }

  #requireOpen(): void {
    if (this.#closed) throw new HoldfastError("closed", "the copy was closed");
  }
}
