// A database: documents that are kept here, and synced with a server when there is one.

import type { AgentId } from "@holdfast/causality";
import { type DocumentId, parseDocumentId } from "@holdfast/doc";
import { encodeUtf8, HoldfastError, isHoldfastError } from "@holdfast/std";
import { softwareSizeBytesMax } from "@holdfast/sync";
import { Scope, type World } from "@holdfast/world";
import type { Persistence } from "./copy/persistence.ts";
import type { DatabaseEvent } from "./documents/database_event.ts";
import { DocumentHandle } from "./documents/document_handle.ts";
import { type OpenDocument, OpenDocuments } from "./documents/open_documents.ts";
import { Presence } from "./documents/presence.ts";
import { tellAll } from "./documents/tell_all.ts";
import type { ConnectionState } from "./link/connection_keeper.ts";
import { Link, type ServerAddress } from "./link/link.ts";
import { Replica } from "./replica/replica.ts";
import type { Siblings } from "./siblings/siblings.ts";

/** Options for {@link open}. */
export interface DatabaseOptions {
  readonly world: Omit<World, "disk">;
  /** What to call the database; shown to the server. */
  readonly name: string;
  /** Where its documents are kept. Becomes the database's own. */
  readonly persistence: Persistence;
  /**
   * The server, as `ws://host:port/sync`; of a cluster, those of several of its nodes: where
   * one fails, or can't serve, the next is taken. Without one, everything stays here.
   */
  readonly url?: string | readonly string[];
  /** Presented to the server; at most `credentialSizeBytesMax` bytes. A string is sent as UTF-8. */
  readonly credential?: Uint8Array | string;
  /** Others that have the same copy open, as the tabs of a browser: one of them connects, for all. */
  readonly siblings?: Siblings;
}

/** The connection to the server, for an application to show. */
export interface DatabaseConnection extends ConnectionState {
  /** Calls `listener` when it changed; what it throws is dropped. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/** How often what is known of the server is written down, and a failing disk is tried again. */
const upkeepIntervalMs = 5_000;

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
  /** Who writes here, until what was kept is lost. Not a user: a user has many. */
  readonly agent: AgentId;
  readonly #world: Omit<World, "disk">;
  readonly #persistence: Persistence;
  readonly #scope: Scope;
  readonly #documents: OpenDocuments;
  readonly #link: Link;
  readonly #connectionListeners = new Set<() => void>();
  readonly #listeners = new Set<(event: DatabaseEvent) => void>();
  readonly #stopListening: () => void;
  #retired = false;
  #closing: Promise<void> | null = null;

  /** Use {@link open}, unless for a class that extends this one. */
  constructor(options: DatabaseOptions) {
    const { world, name, persistence, siblings = null } = options;
    this.#world = world;
    this.#persistence = persistence;
    this.agent = persistence.agent;
    this.#documents = new OpenDocuments({
      load: (document) => this.#load(document),
      onOpened: (open) => this.#link.opened(open),
      onClosing: (open) => this.#link.closing(open),
    });
    this.#link = new Link({
      world,
      agent: this.agent,
      server: addressOf(options),
      siblings,
      documents: this.#documents,
      unsaved: () => persistence.unsaved(),
      onState: () => tellAll(this.#connectionListeners, undefined),
      onEvent: (event) => tellAll(this.#listeners, event),
      onDouble: () => void this.#retire(),
    });
    this.#stopListening = persistence.onLost(() => {
      // The name that is being retired is gone already.
      this.#retired = false;
      this.#link.lost();
    });
    this.#scope = Scope.open(world.clock, { name: `database ${name}` });
    this.#scope.spawn("connection", (signal) => this.#link.run(signal));
    this.#scope.daemon("backlog", (signal) => this.#link.sendBacklog(signal));
    this.#scope.daemon("upkeep", (signal) => this.#upkeep(signal));
  }

  /** What the connection to the server is doing, whichever sibling holds it. */
  get connection(): DatabaseConnection {
    return {
      ...this.#link.state,
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
   * Documents with writes of this copy that no server is known to have, sorted: open ones,
   * and those that were left in an earlier visit. Once the database is connected, it sends
   * them, open or not. O(documents that are open, and that it names).
   *
   * @throws {HoldfastError} `io`, `closed`.
   */
  async unsaved(): Promise<readonly DocumentId[]> {
    const kept = await this.#persistence.unsaved();
    // What is known of the server is written down later, for those that are open.
    const open = this.#documents.all().filter(({ replica }) => replica.status().state !== "saved");
    const closed = kept.filter((document) => this.#documents.get(document) === null);
    return [...closed, ...open.map(({ document }) => document)].sort();
  }

  /**
   * Calls `listener` with what happens to documents that nobody has open; what it throws
   * is dropped. Returns the way to stop.
   */
  subscribe(listener: (event: DatabaseEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Opens a document, empty where it is new. Handles of one document share it.
   *
   * @throws {HoldfastError} `invalid_argument` for a name that can't be; `corrupt`
   *   or `io` where what is kept can't be read; `closed`.
   */
  async doc(name: string): Promise<DocumentHandle> {
    if (this.#closing !== null) throw new HoldfastError("closed", "the database is closed");
    return this.#documents.with(parseDocumentId(name), (open) => {
      const { replica, presence, handles } = open;
      const release = (): Promise<void> => this.#release(open, handle);
      const handle = new DocumentHandle({ replica, presence, release });
      handles.add(handle);
      if (handles.size === 1) this.#link.taken(open);
      return handle;
    });
  }

  /** Tries to connect at once, where it waits before it tries again; through whichever sibling connects. */
  reconnect(): void {
    this.#link.reconnect();
  }

  /** Leaves the server, makes sure that all is kept, and gives up the place. Harmless twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Leaves the connection to siblings for good: for who can keep nothing any more. */
  protected follow(): void {
    this.#link.follow();
  }

  /** Finds out whether the server is still there: the device says that it has no network. */
  protected doubt(): void {
    this.#link.doubt();
  }

  /** Leaves the connection to siblings, at once, until {@link resume}. */
  protected suspend(): void {
    this.#link.suspend();
  }

  /** Takes part in holding the connection again. */
  protected resume(): void {
    this.#link.resume();
  }

  async #load(document: DocumentId): Promise<OpenDocument> {
    const persistence = this.#persistence;
    const siblings = this.#link.writers;
    const replica = await Replica.load({ document, persistence, siblings });
    const presence = new Presence({
      clock: this.#world.clock,
      agent: this.agent,
      tellSiblings: (state) => this.#link.showSiblings(document, state),
      tellServer: (pack) => this.#link.showServer(document, pack),
    });
    return { document, replica, presence, handles: new Set() };
  }

  async #release(open: OpenDocument, handle: DocumentHandle): Promise<void> {
    const { handles, presence, replica } = open;
    if (!handles.delete(handle) || handles.size > 0) return;
    if (!this.#link.released(open)) return this.#documents.giveUp(open);
    presence.close();
    try {
      await replica.whenLocal();
    } catch (error) {
      // Whoever waits for a write was told.
      if (!isHoldfastError(error)) throw error;
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#scope.close();
    } finally {
      await this.#documents.close();
      this.#link.end();
      this.#stopListening();
      await this.#persistence.close();
    }
  }

  async #upkeep(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#world.clock.sleep(upkeepIntervalMs, signal);
      for (const { replica } of this.#documents.all()) {
        await replica.keepMissing();
        await tolerate(replica.remember());
      }
      await tolerate(this.#link.keepUp());
    }
  }

  async #retire(): Promise<void> {
    if (this.#retired) return;
    this.#retired = true;
    // Where the disk fails, the next run gets told again.
    await tolerate(this.#persistence.retireAgent());
  }
}

// What fails now is tried again next time.
async function tolerate(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
  }
}

function addressOf({ name, url, credential = "" }: DatabaseOptions): ServerAddress | null {
  const urls = typeof url === "string" ? [url] : (url ?? []);
  if (urls.length === 0) return null;
  return {
    urls,
    credential: typeof credential === "string" ? encodeUtf8(credential) : credential,
    software: clip(`holdfast client ${name}`, softwareSizeBytesMax),
  };
}

function clip(text: string, sizeBytesMax: number): string {
  let clipped = text.slice(0, sizeBytesMax);
  while (encodeUtf8(clipped).length > sizeBytesMax) clipped = clipped.slice(0, -1);
  return clipped;
}
