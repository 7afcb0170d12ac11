// The open replicas, as the holdings of a session.

import type { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import type { AppendOutcome, Arrival, HeldBundle, StoreName, WriterHoldings } from "@holdfast/sync";
import type { Replica } from "./replica.ts";

/** Gives a session what is durable here, and takes in what it receives. */
export class ReplicaHoldings implements WriterHoldings {
  readonly #replicas: ReadonlyMap<DocumentId, Replica>;

  /** @param replicas - Those that are open; may change. */
  constructor(replicas: ReadonlyMap<DocumentId, Replica>) {
    this.#replicas = replicas;
  }

  async vector(document: DocumentId): Promise<VersionVector> {
    return this.#replica(document).local;
  }

  async confirmed(document: DocumentId, store: StoreName): Promise<VersionVector> {
    return this.#replica(document).confirmed(store);
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
    const replica = this.#replicas.get(document);
    if (replica === undefined) throw new HoldfastError("closed", `${document} is closed`);
    return replica;
  }
}
