// Serves a store to clients on the wire: takes their connections, has each say who it is,
// and gives it a session.
//
// Invariants
//   SG1  Nothing of the store is told or done before the client was let in.
//   SG2  When `close` resolves, no session, snapshot, watch or timer is left.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import {
  decodeClientFrame,
  encodeServerFrame,
  frameOf,
  greetingMsMax,
  messageOf,
  protocolVersion,
} from "@holdfast/store/remote";
import type { Access } from "@holdfast/sync";
import { type Connection, type Listener, Scope, type Timer, type World } from "@holdfast/world";
import { sweepNotes } from "./commit_notes.ts";
import { KeyArea } from "./key_area.ts";
import type { RequestBudget, SnapshotKind } from "./session_options.ts";
import { StoreSession } from "./store_session.ts";

/** Most clients at once. */
export const storeClientsMax = 10_000;
/** Most snapshots that all clients together hold. */
export const heldSnapshotsMax = 2_048;
/** Most of the past among them: each may have as much in memory as there is history. */
export const heldPastsMax = 16;
/** Bytes of requests that are on their way, of all clients together. */
const requestsSizeBytesMax = 256 * 1_048_576;
/** How often old notes of commits are removed. */
const sweepMs = 6 * 3_600_000;

/** What {@link serveStore} takes. */
export interface StoreGatewayOptions {
  readonly world: Pick<World, "clock">;
  /** Stays the caller's, to close after the gateway. Its driver has version stamps. */
  readonly store: Store;
  /** 16 bytes that name the store. */
  readonly identity: Uint8Array;
  /** Becomes the gateway's. */
  readonly listener: Listener;
  /** Who may: whoever presents what this takes; everybody; nobody. */
  readonly credentials: Pick<Access<unknown>, "authenticate"> | "open" | "closed";
  /** Hears of a session that failed for a reason that lies here. Must not throw. */
  readonly onFailed: (error: unknown) => void;
}

/** A store, served on the wire. */
export interface StoreGateway {
  /** How many clients are connected. */
  readonly clients: number;
  /** How many snapshots are held for them. */
  readonly snapshots: number;
  /** Ends all sessions. */
  close(): Promise<void>;
}

/** @throws {HoldfastError} `invalid_argument` where the store's driver has no version stamps. */
export function serveStore(options: StoreGatewayOptions): StoreGateway {
  const { driver, versionStamps } = options.store.capabilities;
  if (!versionStamps) {
    throw new HoldfastError("invalid_argument", `the driver ${driver} has no version stamps`);
  }
  return new RunningGateway(options);
}

class RunningGateway implements StoreGateway {
  readonly #options: StoreGatewayOptions;
  readonly #area: KeyArea;
  readonly #scope: Scope;
  readonly #connections = new Set<Connection>();
  readonly #budget: RequestBudget = { sizeBytes: requestsSizeBytesMax };
  #snapshots = 0;
  #pasts = 0;
  #timer: Timer | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: StoreGatewayOptions) {
    this.#options = options;
    this.#area = new KeyArea(options.store);
    this.#scope = Scope.open(options.world.clock, { name: "store gateway" });
    this.#scope.spawn("accept", () => this.#accept());
    this.#sweep();
  }

  get clients(): number {
    return this.#connections.size;
  }

  get snapshots(): number {
    return this.#snapshots;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#timer?.cancel();
    await this.#options.listener.close();
    for (const connection of this.#connections) leave(connection, closing());
    await this.#scope.close();
  }

  async #accept(): Promise<void> {
    for (;;) {
      const connection = await this.#options.listener.accept();
      if (connection === null) return;
      if (this.#closing !== null) leave(connection, closing());
      else if (this.#connections.size >= storeClientsMax) {
        leave(connection, new HoldfastError("overloaded", "too many clients are connected"));
      } else {
        this.#connections.add(connection);
        this.#scope.spawn("session", () => this.#serve(connection));
      }
    }
  }

  async #serve(connection: Connection): Promise<void> {
    try {
      const session = await this.#greet(connection);
      if (session === null) return;
      await new StoreSession({
        ...{ clock: this.#options.world.clock, store: this.#options.store },
        ...{ area: this.#area, budget: this.#budget, connection, session },
        takeSnapshot: (kind) => this.#takeSnapshot(kind),
        giveSnapshot: (kind) => {
          this.#snapshots -= 1;
          if (kind === "past") this.#pasts -= 1;
        },
        onFailed: (error) => this.#options.onFailed(error),
      }).run();
    } catch (error) {
      if (isHoldfastError(error)) leave(connection, error);
      else {
        this.#options.onFailed(error);
        leave(connection, new HoldfastError("io", "the server failed"));
      }
    } finally {
      this.#connections.delete(connection);
      connection.close("the session is over");
    }
  }

  /** The client's name for itself; null where it left. @throws {HoldfastError} Why it may not enter. */
  async #greet(connection: Connection): Promise<Uint8Array | null> {
    const { world, credentials, store, identity } = this.#options;
    const timer = world.clock.timer(greetingMsMax, () => connection.close("no greeting came"));
    try {
      const bytes = await connection.receive();
      if (bytes === null) return null;
      const hello = decodeClientFrame(frameOf(bytes));
      if (hello.type !== "hello") throw new HoldfastError("protocol", "no hello came first");
      const [lowest, highest] = hello.protocols;
      if (lowest > protocolVersion || highest < protocolVersion) {
        const sentence = `this server speaks protocol ${protocolVersion}`;
        throw new HoldfastError("unsupported_version", sentence);
      }
      if (credentials === "closed") {
        const sentence = "this server decides by documents who may do what, and serves no store";
        throw new HoldfastError("forbidden", sentence);
      }
      if (credentials !== "open") await credentials.authenticate(hello.credential);
      const { durable, staleReads, history } = store.capabilities;
      const { keySizeBytesMax } = this.#area;
      const promised = { durable, staleReads, history, keySizeBytesMax };
      const own = { protocol: protocolVersion, identity, ...promised };
      connection.send(messageOf(encodeServerFrame({ type: "welcome", ...own })));
      return hello.session;
    } finally {
      timer.cancel();
    }
  }

  #takeSnapshot(kind: SnapshotKind): void {
    if (this.#snapshots >= heldSnapshotsMax) {
      throw new HoldfastError("overloaded", `${heldSnapshotsMax} snapshots are held`);
    }
    if (kind === "past" && this.#pasts >= heldPastsMax) {
      throw new HoldfastError("overloaded", `${heldPastsMax} snapshots of the past are held`);
    }
    this.#snapshots += 1;
    if (kind === "past") this.#pasts += 1;
  }

  /** Now, and again and again. What fails, as a store that can't write now, is tried again then. */
  #sweep(): void {
    const { world, store, onFailed } = this.#options;
    this.#timer = world.clock.timer(sweepMs, () => this.#sweep());
    this.#scope.spawn("sweep", async () => {
      try {
        await sweepNotes(store, world.clock.wall());
      } catch (error) {
        if (!isHoldfastError(error)) onFailed(error);
      }
    });
  }
}

function leave(connection: Connection, { code, message }: HoldfastError): void {
  connection.send(messageOf(encodeServerFrame({ type: "bye", code, sentence: message })));
  connection.close(message);
}

function closing(): HoldfastError {
  return new HoldfastError("closed", "the server is closing");
}
