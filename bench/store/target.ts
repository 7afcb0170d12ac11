// What is measured: a store, started in a fresh folder and spoken to through one interface.
// A new one is a file in targets/ and a line in targets/index.ts.

import type { Processes } from "./processes.ts";

/** One client of a store; any number of calls may be in flight. Rejects where the store says no. */
export interface Client {
  /** Resolves once the store has acknowledged it as durable. */
  put(key: Uint8Array, value: Uint8Array): Promise<unknown>;
  /** A linearizable read; null where there is no such key. */
  get(key: Uint8Array): Promise<Uint8Array | null>;
  /** A read that may be behind, where the store has such. */
  getStale?(key: Uint8Array): Promise<Uint8Array | null>;
  /** Reads many keys of one snapshot; how many were there. */
  getMany?(keys: readonly Uint8Array[]): Promise<number>;
  /** Reads up to `limit` rows from `start` on; how many there were. */
  scan?(start: Uint8Array, limit: number): Promise<number>;
  /** Sets all of `keys` to `value`, the fastest way there is. At most {@link fillKeysMax}. */
  fill(keys: readonly Uint8Array[], value: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

/** Most keys of one {@link Client.fill}. */
export const fillKeysMax = 1_000;

/** A store that runs. */
export interface Running {
  /** What {@link Target.connect} needs to find it. */
  readonly address: string;
  /** Its processes; none where it runs in the client's. */
  readonly pids: readonly number[];
  /** The process that leads, where one does. */
  leader?(): Promise<number>;
  /** Starts process `pid`, that was killed, again, on its data; the new one. */
  restart?(pid: number): Promise<number>;
  /** A process that follows, where one leads. */
  follower?(): Promise<number>;
  /** Whether process `pid` holds all that was written when this was called. */
  isCaughtUp?(pid: number): Promise<boolean>;
}

/** A kind of store. */
export interface Target {
  readonly name: string;
  /** Whether the client's process is the store's too. */
  readonly inProcess: boolean;
  /** Why it can't run here, and what to do; null where it can. */
  missing(): string | null;
  start(folder: string, processes: Processes): Promise<Running>;
  /** How many connections made it fastest, of those tried: see RESULTS.md. */
  readonly connectionsBest: number;
  /** Called in a process of the client's own. Calls are spread over `connections`. */
  connect(address: string, connections: number): Promise<Client>;
}
