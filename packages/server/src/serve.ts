// A server without a process around it: takes connections from a listener, and
// gives each a session with the documents of a store.
//
//   listener --connection--> session --append, read--> holdings --> store
//                               |
//                            presence
//
// Invariants
//   SV1  A session that fails, whatever its peer did, takes no other with it.
//   SV2  When `close` resolves, every append that was under way has been answered
//        or its connection has ended, and no task, timer or watch is left, but for
//        sessions that wait for a hook which has not answered in `closeMsMax`.

import type { Store } from "@holdfast/store";
import {
  type Access,
  PresenceHub,
  type ResponderEvent,
  runResponder,
  type SessionEnd,
  type SessionId,
  type StoreName,
} from "@holdfast/sync";
import { type Connection, type Listener, Scope, type World } from "@holdfast/world";
import { DocumentHoldings } from "./document_holdings.ts";
import { openStoreName } from "./store_name.ts";

/** Most connections at once unless told otherwise; more are closed with a reason. */
export const connectionsMaxDefault = 10_000;

/** How long sessions may take to end in good order when the server closes. */
export const closeMsMax = 5_000;

/** Something worth logging. */
export type ServerEvent =
  | { readonly type: "connected"; readonly session: SessionId; readonly remote: string }
  | {
      readonly type: "disconnected";
      readonly session: SessionId;
      readonly remote: string;
      readonly end: SessionEnd;
    }
  /** Turned away: there are too many. */
  | { readonly type: "crowded"; readonly remote: string }
  /** What a session says of itself. */
  | { readonly type: "session"; readonly session: SessionId; readonly event: ResponderEvent }
  /** A defect: a session ended by an error that is not its peer's. */
  | { readonly type: "session_failed"; readonly session: SessionId; readonly error: unknown }
  /** A document could not be compacted; it is tried again when it has grown. */
  | { readonly type: "compaction_failed"; readonly document: string; readonly error: unknown };

/** Options for {@link serve}. */
export interface ServeOptions<Principal> {
  readonly world: Pick<World, "clock" | "random">;
  /** Stays the caller's, to close after the server. */
  readonly store: Store;
  /** Becomes the server's. */
  readonly listener: Listener;
  readonly access: Access<Principal>;
  /** {@link connectionsMaxDefault} unless given. */
  readonly connectionsMax?: number;
  /** Hears of each {@link ServerEvent}, at once. Must not throw. */
  readonly onEvent?: (event: ServerEvent) => void;
}

/** What a server is doing, and did since it started. */
export interface ServerStatus {
  readonly connections: number;
  /** Documents that somebody has open now. */
  readonly documentsOpen: number;
  /** Bundles that were offered by clients. */
  readonly bundles: number;
  readonly bundleBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Bundles and documents that were refused. */
  readonly refusals: number;
}

/** Documents, served. */
export interface Server {
  readonly store: StoreName;
  status(): ServerStatus;
  /** Takes no more connections, answers what is under way, says bye to all, and ends. */
  close(): Promise<void>;
}

/**
 * Serves the documents of `store` to whoever connects.
 *
 * @throws {HoldfastError} `unsupported_version` or `corrupt` where the store is not
 *   one of this release's.
 */
export async function serve<Principal>(options: ServeOptions<Principal>): Promise<Server> {
  const name = await openStoreName(options.store, options.world.random);
  return new RunningServer(options, name);
}

class RunningServer<Principal> implements Server {
  readonly store: StoreName;
  readonly #options: ServeOptions<Principal>;
  readonly #scope: Scope;
  readonly #holdings: DocumentHoldings;
  readonly #presence: PresenceHub;
  // Each with its own way to be told to stop: a signal shared by thousands of
  // sessions would carry thousands of listeners, of which Node warns as of a leak.
  readonly #connections = new Map<Connection, AbortController>();
  readonly #onEvent: (event: ServerEvent) => void;
  #sessions = 0;
  #counts = { bundles: 0, bundleBytes: 0, receivedBytes: 0, sentBytes: 0, refusals: 0 };
  #closing: Promise<void> | null = null;

  constructor(options: ServeOptions<Principal>, store: StoreName) {
    const { world } = options;
    this.#options = options;
    this.store = store;
    this.#onEvent = options.onEvent ?? (() => {});
    this.#holdings = new DocumentHoldings(options.store, (document, error) =>
      this.#onEvent({ type: "compaction_failed", document, error }),
    );
    this.#presence = new PresenceHub(world.clock);
    this.#scope = Scope.open(world.clock, { name: "server" });
    this.#scope.spawn("accept", () => this.#accept());
  }

  status(): ServerStatus {
    return {
      connections: this.#connections.size,
      documentsOpen: this.#holdings.documentsOpen,
      ...this.#counts,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { listener, world } = this.#options;
    await listener.close();
    for (const stopping of this.#connections.values()) stopping.abort();
    const sessions = this.#endSessions();
    // A hook of `access` that never answers must not hold us up for ever.
    const overdue = new Promise<void>((resolve) => {
      const timer = world.clock.timer(closeMsMax, () => {
        for (const connection of this.#connections.keys())
          connection.close("the server is closing");
        resolve();
      });
      const cancel = (): void => timer.cancel();
      void sessions.then(cancel, cancel);
    });
    await Promise.race([sessions, overdue]);
    await this.#holdings.close();
  }

  async #endSessions(): Promise<void> {
    await Promise.all([...this.#connections.keys()].map((connection) => connection.closed));
    await this.#scope.close();
  }

  async #accept(): Promise<void> {
    const { listener, connectionsMax = connectionsMaxDefault } = this.#options;
    for (;;) {
      const connection = await listener.accept();
      if (connection === null) return;
      if (this.#connections.size >= connectionsMax) {
        this.#onEvent({ type: "crowded", remote: connection.remote });
        connection.close("overloaded: too many connections");
        continue;
      }
      this.#sessions += 1;
      const session = this.#sessions as SessionId;
      const stopping = new AbortController();
      this.#connections.set(connection, stopping);
      // Taken in the moment in which the server began to close.
      if (this.#closing !== null) stopping.abort();
      const { signal } = stopping;
      this.#scope.spawn(`session ${session}`, () => this.#serveOne(connection, session, signal));
    }
  }

  async #serveOne(connection: Connection, session: SessionId, signal: AbortSignal): Promise<void> {
    const { remote } = connection;
    this.#onEvent({ type: "connected", session, remote });
    try {
      const end = await runResponder({
        clock: this.#options.world.clock,
        connection,
        holdings: this.#holdings,
        access: this.#options.access,
        presence: this.#presence,
        store: this.store,
        session,
        signal,
        onEvent: (event) => this.#hear(session, event),
      });
      this.#onEvent({ type: "disconnected", session, remote, end });
    } catch (error) {
      this.#onEvent({ type: "session_failed", session, error });
      connection.close("a defect of the server");
    } finally {
      this.#connections.delete(connection);
    }
  }

  #hear(session: SessionId, event: ResponderEvent): void {
    const counts = this.#counts;
    if (event.type === "received") counts.receivedBytes += event.sizeBytes;
    else if (event.type === "sent") counts.sentBytes += event.sizeBytes;
    else if (event.type === "offered") {
      counts.bundles += 1;
      counts.bundleBytes += event.sizeBytes;
    } else {
      if (event.type === "refused") counts.refusals += 1;
      this.#onEvent({ type: "session", session, event });
    }
  }
}
