// A database: documents that are kept here, and synced with a server when there is one.

import type { AgentId } from "@holdfast/causality";
import { type DocumentId, parseDocumentId } from "@holdfast/doc";
import { encodeUtf8, HoldfastError, isHoldfastError, unreachable } from "@holdfast/std";
import { type InitiatorEvent, type StoreName, softwareSizeBytesMax } from "@holdfast/sync";
import { Scope, type World } from "@holdfast/world";
import { ConnectionKeeper, type ConnectionState } from "./connection_keeper.ts";
import { type DocumentEvent, DocumentHandle } from "./document_handle.ts";
import type { Persistence } from "./persistence.ts";
import { Presence } from "./presence.ts";
import { Replica } from "./replica.ts";
import { ReplicaHoldings } from "./replica_holdings.ts";
import { tellAll } from "./tell_all.ts";

/** Options for {@link open}. */
export interface DatabaseOptions {
  readonly world: Omit<World, "disk">;
  /** What to call the database; shown to the server. */
  readonly name: string;
  /** Where its documents are kept. Becomes the database's own. */
  readonly persistence: Persistence;
  /** The server, as `ws://host:port/sync`. Without one, everything stays here. */
  readonly url?: string;
  /** Presented to the server; at most `credentialSizeBytesMax` bytes. A string is sent as UTF-8. */
  readonly credential?: Uint8Array | string;
}

/** The connection to the server, for an application to show. */
export interface DatabaseConnection extends ConnectionState {
  /** Calls `listener` when it changed; what it throws is dropped. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/** How often what is known of the server is written down, and a failing disk is tried again. */
const upkeepIntervalMs = 5_000;

interface OpenDocument {
  readonly replica: Replica;
  readonly presence: Presence;
  readonly handles: Set<DocumentHandle>;
}

/**
 * Opens a database. Works at once, with or without a server: documents are read
 * from where they are kept, and synced whenever the server can be reached. Whatever
 * the server or the address is found wanting shows in `connection`.
 */
export function open(options: DatabaseOptions): Database {
  return new Database(options);
}

/** An open database. Close it before the process ends. */
export class Database {
  /** Who writes here. Not a user: a user has many. */
  readonly agent: AgentId;
  readonly #world: Omit<World, "disk">;
  readonly #persistence: Persistence;
  readonly #scope: Scope;
  readonly #keeper: ConnectionKeeper | null;
  // Documents that are open or being opened, and those being closed.
  readonly #documents = new Map<DocumentId, Promise<OpenDocument>>();
  readonly #leaving = new Map<DocumentId, Promise<void>>();
  readonly #open = new Map<DocumentId, OpenDocument>();
  readonly #replicas = new Map<DocumentId, Replica>();
  readonly #connectionListeners = new Set<() => void>();
  #store: StoreName | null = null;
  #retired = false;
  #closing: Promise<void> | null = null;

  /** Use {@link open}. */
  constructor(options: DatabaseOptions) {
    const { world, name, persistence, url } = options;
    this.#world = world;
    this.#persistence = persistence;
    this.agent = persistence.agent;
    this.#scope = Scope.open(world.clock, { name: `database ${name}` });
    this.#keeper = url === undefined ? null : this.#connect(url, options);
    this.#scope.daemon("upkeep", (signal) => this.#upkeep(signal));
  }

  /** What the connection to the server is doing. */
  get connection(): DatabaseConnection {
    const state = this.#keeper?.state ?? { state: "offline", reason: null, retryAtMs: null };
    return {
      ...state,
      subscribe: (listener) => {
        this.#connectionListeners.add(listener);
        return () => void this.#connectionListeners.delete(listener);
      },
    };
  }

  /** Documents of which something is kept here, sorted. */
  documents(): Promise<readonly DocumentId[]> {
    return this.#persistence.documents();
  }

  /**
   * Opens a document, empty where it is new. Handles of one document share it.
   *
   * @throws {HoldfastError} `invalid_argument` for a name that can't be; `corrupt`
   *   or `io` where what is kept can't be read; `closed`.
   */
  async doc(name: string): Promise<DocumentHandle> {
    const document = parseDocumentId(name);
    for (;;) {
      if (this.#closing !== null) throw new HoldfastError("closed", "the database is closed");
      await this.#leaving.get(document);
      const open = await this.#opening(document);
      // It may have been closed by its last handle meanwhile.
      if (this.#open.get(document) !== open) continue;
      const { replica, presence } = open;
      const release = (): Promise<void> => this.#release(document, open, handle);
      const handle = new DocumentHandle({ replica, presence, release });
      open.handles.add(handle);
      return handle;
    }
  }

  /** Tries to connect at once, where it waits before it tries again. */
  reconnect(): void {
    this.#keeper?.reconnect();
  }

  /** Leaves the server, makes sure that all is kept, and gives up the place. Harmless twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #connect(url: string, { name, credential = "" }: DatabaseOptions): ConnectionKeeper {
    const keeper = new ConnectionKeeper(this.#world, {
      url,
      credential: typeof credential === "string" ? encodeUtf8(credential) : credential,
      software: clip(`holdfast client ${name}`, softwareSizeBytesMax),
      holdings: new ReplicaHoldings(this.#replicas),
      onEvent: (event) => this.#onEvent(event),
      onState: () => this.#onState(),
    });
    this.#scope.spawn("connection", (signal) => keeper.run(signal));
    return keeper;
  }

  #opening(document: DocumentId): Promise<OpenDocument> {
    const known = this.#documents.get(document);
    if (known !== undefined) return known;
    const opening = this.#load(document);
    this.#documents.set(document, opening);
    opening.catch(() => this.#documents.delete(document));
    return opening;
  }

  async #load(document: DocumentId): Promise<OpenDocument> {
    const replica = await Replica.load(document, this.#persistence);
    if (this.#closing !== null) throw new HoldfastError("closed", "the database is closed");
    const presence = new Presence(this.#world.clock, (state) =>
      this.#keeper?.present(document, state),
    );
    const open = { replica, presence, handles: new Set<DocumentHandle>() };
    this.#open.set(document, open);
    this.#replicas.set(document, replica);
    this.#keeper?.open(document);
    return open;
  }

  async #release(document: DocumentId, open: OpenDocument, handle: DocumentHandle): Promise<void> {
    open.handles.delete(handle);
    if (open.handles.size > 0 || this.#open.get(document) !== open) return;
    this.#open.delete(document);
    this.#documents.delete(document);
    open.presence.close();
    this.#keeper?.close(document);
    this.#replicas.delete(document);
    const leaving = open.replica.close();
    this.#leaving.set(document, leaving);
    await leaving;
    this.#leaving.delete(document);
  }

  async #close(): Promise<void> {
    try {
      await this.#scope.close();
    } finally {
      for (const { replica, presence } of this.#open.values()) {
        presence.close();
        await replica.close();
      }
      this.#open.clear();
      this.#replicas.clear();
      await Promise.all(this.#leaving.values());
      await this.#persistence.close();
    }
  }

  async #upkeep(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#world.clock.sleep(upkeepIntervalMs, signal);
      for (const replica of [...this.#replicas.values()]) {
        await replica.keepMissing();
        try {
          await replica.remember();
        } catch (error) {
          // What is known of the server is written again next time.
          if (!isHoldfastError(error)) throw error;
        }
      }
    }
  }

  #onState(): void {
    if (this.#keeper?.state.state !== "online") {
      for (const { presence } of this.#open.values()) presence.disconnected();
    }
    tellAll(this.#connectionListeners, undefined);
  }

  #onEvent(event: InitiatorEvent): void {
    if (event.type === "welcomed") {
      this.#store = event.store;
      return;
    }
    const open = this.#open.get(event.document);
    if (open === undefined) return;
    const { replica, presence } = open;
    switch (event.type) {
      case "opened":
        replica.opened(this.#store!, event.saved);
        presence.connected();
        break;
      case "sent":
        replica.sent(event.vector);
        break;
      case "saved":
        replica.saved(event.vector);
        break;
      case "refused":
        this.#onRefused(open, event);
        break;
      case "presence":
        presence.receive(event.peer, event.state);
        break;
      default:
        unreachable(event);
    }
  }

  #onRefused(
    { replica, handles }: OpenDocument,
    { refusal, effect }: Extract<InitiatorEvent, { type: "refused" }>,
  ): void {
    const error = new HoldfastError(refusal.code, refusal.sentence);
    const final = effect === "closed" || effect === "upload_ended";
    if (effect !== "skipped") replica.refused(error, final);
    // Somebody else uses this copy's name: from the next run on it has another.
    if (refusal.code === "equivocation") void this.#retire();
    const event: DocumentEvent = { type: "problem", error, effect };
    for (const handle of [...handles]) handle.tell(event);
  }

  async #retire(): Promise<void> {
    if (this.#retired) return;
    this.#retired = true;
    try {
      await this.#persistence.retireAgent();
    } catch (error) {
      // Where the disk fails, the next run gets told again.
      if (!isHoldfastError(error)) throw error;
    }
  }
}

function clip(text: string, sizeBytesMax: number): string {
  let clipped = text.slice(0, sizeBytesMax);
  while (encodeUtf8(clipped).length > sizeBytesMax) clipped = clipped.slice(0, -1);
  return clipped;
}
