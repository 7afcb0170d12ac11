// The open replicas, as the holdings of a session.

import type { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import type { AppendOutcome, Arrival, HeldBundle, StoreName, WriterHoldings } from "@holdfast/sync";
import type { Replica } from "../replica/replica.ts";

/** Gives a session what is durable here, and takes in what it receives. */
export class ReplicaHoldings implements WriterHoldings {
  readonly #find: (document: DocumentId) => Replica | null;

  /** @param find - Gives those that are open. */
  constructor(find: (document: DocumentId) => Replica | null) {
    this.#find = find;
  }

  async vector(document: DocumentId): Promise<VersionVector> {
    return this.#replica(document).local;
  }

  async confirmed(document: DocumentId, store: StoreName): Promise<VersionVector> {
    const replica = this.#replica(document);
    // What a sibling that led before sent is in the copy, and nothing newer at the server.
    await replica.catchUp();
    return replica.confirmed(store);
  }

  read(document: DocumentId, since: VersionVector, after: Arrival): AsyncIterable<HeldBundle> {
    return this.#replica(document).read(since, after);
  }

  async append(document: DocumentId, bytes: Uint8Array): Promise<AppendOutcome> {
    return this.#replica(document).receive(bytes);
  }

  subscribe(document: DocumentId, onChange: () => void): () => void {
    return this.#replica(document).onPiece(onChange);
  }

  #replica(document: DocumentId): Replica {
    const replica = this.#find(document);
    if (replica === null) throw new HoldfastError("closed", `${document} is closed`);
    return replica;
  }
}
