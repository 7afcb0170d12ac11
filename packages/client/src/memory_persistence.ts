// A client's copy in memory: for tests, and for clients that keep nothing.

import { type AgentId, agentFromBytes, agentSizeBytes } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import type { Random } from "@holdfast/std";
import type { Persistence, ServerKnowledge, StoredDocument } from "./persistence.ts";

/** Keeps documents until the process ends. Durable in name only. */
export class MemoryPersistence implements Persistence {
  readonly agent: AgentId;
  readonly writers: ReadonlySet<AgentId>;
  readonly #documents = new Map<
    DocumentId,
    { readonly bundles: Uint8Array[]; server: ServerKnowledge | null }
  >();

  /** @param random - Draws the agent. */
  constructor(random: Random) {
    this.agent = agentFromBytes(random.bytes(agentSizeBytes));
    this.writers = new Set([this.agent]);
  }

  // It is never opened again.
  async retireAgent(): Promise<void> {}

  async documents(): Promise<readonly DocumentId[]> {
    return [...this.#documents]
      .filter(([, { bundles }]) => bundles.length > 0)
      .map(([id]) => id)
      .sort();
  }

  async load(document: DocumentId): Promise<StoredDocument> {
    const { bundles, server } = this.#entry(document);
    return { bundles: [...bundles], server };
  }

  async append(document: DocumentId, bundle: Uint8Array): Promise<void> {
    this.#entry(document).bundles.push(bundle);
  }

  async remember(document: DocumentId, knowledge: ServerKnowledge): Promise<void> {
    this.#entry(document).server = knowledge;
  }

  async close(): Promise<void> {}

  #entry(document: DocumentId): { bundles: Uint8Array[]; server: ServerKnowledge | null } {
    const known = this.#documents.get(document);
    if (known !== undefined) return known;
    const entry = { bundles: [], server: null };
    this.#documents.set(document, entry);
    return entry;
  }
}
