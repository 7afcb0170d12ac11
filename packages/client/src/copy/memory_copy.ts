// A client's copy in memory, which several may have open at once: what the tabs of a
// browser share, for tests and simulations.

import { type AgentId, agentFromBytes, agentSizeBytes, VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import type { Random } from "@holdfast/std";
import { ownRuns } from "./own_runs.ts";
import type { ServerKnowledge } from "./persistence.ts";

/** A document as it lies in a copy. */
interface CopiedDocument {
  readonly bundles: Uint8Array[];
  /** Up to where writers of the copy have events among them. */
  readonly own: VersionVector;
  server: ServerKnowledge | null;
}

/** What {@link MemoryPersistence} opens. Lives as long as somebody refers to it. */
export class MemoryCopy {
  #documents = new Map<DocumentId, CopiedDocument>();
  readonly #writers = new Set<AgentId>();
  // Agents whose copy was closed cleanly, for the next to take.
  #free: AgentId[] = [];
  readonly #onLost = new Set<() => void>();

  /** All that wrote here, before it was lost too. */
  get writers(): ReadonlySet<AgentId> {
    return this.#writers;
  }

  /** Documents that have bundles here, sorted. */
  get documents(): readonly DocumentId[] {
    return [...this.#documents]
      .filter(([, { bundles }]) => bundles.length > 0)
      .map(([document]) => document)
      .sort();
  }

  /** Documents with events that were written here and are not known to be saved, sorted. */
  get unsaved(): readonly DocumentId[] {
    return [...this.#documents]
      .filter(([, { own, server }]) => !(server?.saved ?? new VersionVector()).covers(own))
      .map(([document]) => document)
      .sort();
  }

  /** Adds a bundle. */
  append(document: DocumentId, bundle: Uint8Array): void {
    const { bundles, own } = this.document(document);
    bundles.push(bundle);
    for (const { agent, to } of ownRuns(bundle, this.#writers)) own.advance(agent, to);
  }

  /** What lies here of `document`; made when absent. */
  document(document: DocumentId): CopiedDocument {
    const known = this.#documents.get(document);
    if (known !== undefined) return known;
    const made = { bundles: [], own: new VersionVector(), server: null };
    this.#documents.set(document, made);
    return made;
  }

  /** Gives out an agent that nobody writes as: one that was given back, or one drawn from `random`. */
  claim(random: Random): AgentId {
    const agent = this.#free.shift() ?? agentFromBytes(random.bytes(agentSizeBytes));
    this.#writers.add(agent);
    return agent;
  }

  /** Takes an agent back whose writer ended well. */
  giveBack(agent: AgentId): void {
    if (this.#writers.has(agent)) this.#free.push(agent);
  }

  /** Calls `listener` when all was lost. Returns the way to stop. */
  onLost(listener: () => void): () => void {
    this.#onLost.add(listener);
    return () => void this.#onLost.delete(listener);
  }

  /** Loses all that is kept, as a browser does that runs out of room. Who has it open is told. */
  lose(): void {
    this.#documents = new Map();
    this.#free = [];
    for (const listener of [...this.#onLost]) listener();
  }
}
