// The seam between sync and whoever keeps documents: the server on its store,
// the client on its local log. Sync knows neither.

import type { EventRun, VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";

/** Position in the order in which a holder took in the pieces of one document. From 1; 0 is before all. */
export type Arrival = number & { readonly __brand: "Arrival" };

/** A piece of history, and where it stands. */
export interface HeldBundle {
  /** An encoded bundle of at most `bundleSizeBytesMax`. */
  readonly bytes: Uint8Array;
  readonly arrival: Arrival;
}

/** What became of a bundle that was offered. Only `stored` and `known` may be acknowledged. */
export type AppendOutcome =
  /** It is durable now. */
  | { readonly type: "stored"; readonly vector: VersionVector }
  /** Every event of it was held already, with the same content. */
  | { readonly type: "known"; readonly vector: VersionVector }
  /** Nothing was kept: it builds on events that are not held. `vector` says what is. */
  | { readonly type: "missing_dependency"; readonly vector: VersionVector }
  /** Nothing was kept: an id of it is held with another content. */
  | { readonly type: "equivocation"; readonly run: EventRun };

/** One who offers bundles of a document, each made upon those before: a channel of a session. */
export interface Sender {
  /** Events of it that were refused as an equivocation; null where none were. The holdings set it. */
  contradiction: EventRun | null;
}

/** Documents, held durably as bundles. What is held of a document is causally closed. */
export interface Holdings {
  /** What is held of `document`; empty where it is unknown. */
  vector(document: DocumentId): Promise<VersionVector>;
  /**
   * What was taken in after `after`, in order, less what `since` covers. A
   * reader that goes on from the last arrival it was given misses nothing, even
   * if pieces were joined meanwhile; it may be given some events again.
   */
  read(document: DocumentId, since: VersionVector, after: Arrival): AsyncIterable<HeldBundle>;
  /**
   * Takes in one bundle; resolves once it is durable or refused.
   *
   * @param sender - After an equivocation in what it offered, nothing more of it is
   *   taken in: it was made upon another content than is held under the same ids.
   * @throws {HoldfastError} `corrupt`, `wrong_document`, `too_large` for bytes that
   *   are no bundle of `document`; `disk_full`, `io`, `unavailable` where it could
   *   not be made durable: nothing was kept, and nothing may be acknowledged.
   */
  append(document: DocumentId, bytes: Uint8Array, sender?: Sender): Promise<AppendOutcome>;
  /** Calls `onChange` after each append to `document` that stored something, by whomever. Returns the way to stop. */
  subscribe(document: DocumentId, onChange: () => void): () => void;
}
