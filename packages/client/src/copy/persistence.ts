// What a client needs of the place where it keeps its own copy: a log in a
// folder, the browser's IndexedDB, or memory.

import type { AgentId, VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import type { StoreName } from "@holdfast/sync";

/** What is known of one server's copy of a document. Tied to the store that said so. */
export interface ServerKnowledge {
  readonly store: StoreName;
  /** Events that were handed to the transport. */
  readonly sent: VersionVector;
  /** Events that the server said are durable there. */
  readonly saved: VersionVector;
}

/** Bundles of a document, and where reading goes on. */
export interface AppendedBundles {
  /** Encoded bundles, in the order in which they were appended. */
  readonly bundles: readonly Uint8Array[];
  /** What {@link Persistence.appended} takes to go on behind them. */
  readonly position: number;
}

/** A document as it is kept. */
export interface StoredDocument extends AppendedBundles {
  /** Null where no server has said anything. */
  readonly server: ServerKnowledge | null;
}

/**
 * Keeps documents. Several may have one copy open at once (the tabs of a browser),
 * each as a writer of its own; see siblings.ts for how they hear of each other.
 */
export interface Persistence {
  /**
   * Who writes here, claimed until it is closed. A copy that was not recovered
   * cleanly gets a new one: to go on with the old could give one event id two contents.
   * Another one once what was kept is lost; see {@link onLost}.
   */
  readonly agent: AgentId;
  /**
   * All that ever wrote to this copy, `agent` included. Grows while others open it:
   * it names a writer before {@link load} or {@link appended} gives a bundle of theirs.
   */
  readonly writers: ReadonlySet<AgentId>;
  /**
   * Calls `listener` when all that was kept is gone while it is open, as where a browser
   * gave the room to somebody else or a user cleared it. Returns the way to stop.
   *
   * By then a new, empty copy is there, `agent` is a new one, claimed in it, positions
   * begin anew, and no former agent is ever given out again; those that were known stay
   * among `writers`: what they wrote may not be saved yet. Documents that are open go on
   * under their former agent, and are appended once more, whole.
   * Calls that were under way may end either way. Where there can't be a new copy,
   * `append` fails until there is one, and `listener` is called then.
   */
  onLost(listener: () => void): () => void;
  /** Has a new agent write from the next opening on: somebody else uses this one's name. */
  retireAgent(): Promise<void>;
  /** Documents that have bundles here, sorted. */
  documents(): Promise<readonly DocumentId[]>;
  /**
   * Documents that have bundles here with events of `writers` that are not in the latest
   * `saved` that was remembered, sorted. Reads no bundles.
   */
  unsaved(): Promise<readonly DocumentId[]>;
  /**
   * All that is kept of `document`; nothing where it is unknown.
   *
   * @throws {HoldfastError} `corrupt` where what was kept is damaged.
   */
  load(document: DocumentId): Promise<StoredDocument>;
  /**
   * What was appended to `document` behind `position`, by whoever has the copy open;
   * what was appended here is among it. May repeat what was before `position`, but
   * leaves nothing out: what becomes durable later lies behind the position it gives.
   *
   * @throws {HoldfastError} `corrupt`, `io`, `closed`.
   */
  appended(document: DocumentId, position: number): Promise<AppendedBundles>;
  /**
   * Keeps a bundle; resolves once it would survive a crash. Of several that are
   * under way none is kept before those that were given earlier, unless these fail.
   *
   * @throws {HoldfastError} `disk_full`, `io`, `closed`: it was not kept.
   */
  append(document: DocumentId, bundle: Uint8Array): Promise<void>;
  /**
   * Keeps what is known of the server. To lose the latest of it is harmless:
   * something is sent twice.
   */
  remember(document: DocumentId, knowledge: ServerKnowledge): Promise<void>;
  /** Resolves when all is kept and the claim is given up. Harmless twice. */
  close(): Promise<void>;
}
