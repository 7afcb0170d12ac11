// A tab's hold on the copy: the open database, and the agent claimed in it; and what
// happens when the browser takes the database away while it is open.
//
//   open --closed by the browser, deleted--> lost --opened again--> open
//     |                                       |  the same copy: as if nothing had been
//     |                                       |  another one: a new agent, and `onLost`
//     +--a newer release, a stolen agent------+--> over, until the page is loaded anew
//
// A copy is told from another by its identity (copy_identity.ts). In one that is new
// no former agent is claimed: what it wrote in documents that are not open is gone,
// and to count on from 0 would give one event id two contents.

import type { AgentId } from "@holdfast/causality";
import { type ErrorCode, HoldfastError, isHoldfastError, type Random } from "@holdfast/std";
import type { Clock } from "@holdfast/world";
import { type AgentClaim, claimAgent, claimNewAgent, noteFormer } from "./agent_claim.ts";
import { identifyCopy } from "./copy_identity.ts";
import type { CopyDb } from "./copy_schema.ts";
import { copyDbError, openCopyDb } from "./indexed_db.ts";

/** Options for {@link CopyConnection}. */
export interface CopyConnectionOptions {
  /** What tabs call the copy. */
  readonly database: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears why nothing is kept at present; null once something is again. */
  readonly onPlace: (error: HoldfastError | null) => void;
  /** Hears that what had been kept is gone. */
  readonly onGone: (error: HoldfastError) => void;
}

/** How long to wait before opening a copy that was lost once more, in milliseconds. */
const reopenIntervalMs = 5_000;

const sentences = {
  outdated: "a newer release of this page is open in another tab: reload this one to go on",
  stolen: "another page took this one's place: reload this one to go on",
  lost: "the browser removed what this page keeps, or closed it; a new place for it is being made",
  goneBefore:
    "what had been kept on this device is gone: the browser removed it, or somebody did in its settings; what a server has comes back",
  goneNow:
    "what had been kept on this device was removed while the page was open: what is open is kept again, and what a server has comes back",
} as const;

/** The copy, as this tab has it. */
export class CopyConnection {
  readonly #options: CopyConnectionOptions;
  readonly #closing = new AbortController();
  readonly #claims: AgentClaim[] = [];
  #writers = new Set<AgentId>();
  #identity = "";
  #db: CopyDb | null = null;
  // Why there is no database.
  #reason: HoldfastError = new HoldfastError("closed", "the copy is not open yet");
  #onLost: () => void = () => undefined;

  private constructor(options: CopyConnectionOptions) {
    this.#options = options;
  }

  /**
   * Opens the copy, made where it is absent, and claims an agent in it.
   *
   * @throws {HoldfastError} `unsupported_version` where a newer release has written it;
   *   `disk_full`, `io`.
   */
  static async open(options: CopyConnectionOptions): Promise<CopyConnection> {
    const connection = new CopyConnection(options);
    const { database, random, onGone } = options;
    const { db, identity, replaces } = await connection.#openDb();
    try {
      connection.#claimed(await claimAgent(db, database, random));
      connection.#writers = await readWriters(db);
    } catch (error) {
      db.close();
      await connection.close();
      throw copyDbError(error, "claim an agent");
    }
    connection.#identity = identity;
    connection.#db = db;
    if (replaces) onGone(new HoldfastError("not_found", sentences.goneBefore));
    return connection;
  }

  /** Who writes here, at present. */
  get claim(): AgentClaim {
    return this.#claims.at(-1)!;
  }

  /** All that ever wrote to the copy, as far as was read. */
  get writers(): ReadonlySet<AgentId> {
    return this.#writers;
  }

  /** Notes what was read from `db`. */
  noteWriters(db: CopyDb, agents: readonly string[]): void {
    // Unless the copy was lost meanwhile, and its writers with it.
    if (this.#db === db) for (const agent of agents) this.#writers.add(agent as AgentId);
  }

  /** Why there is no database; undefined while there is one. */
  get reason(): HoldfastError | undefined {
    return this.#db === null ? this.#reason : undefined;
  }

  /** @throws {HoldfastError} {@link reason}. */
  get db(): CopyDb {
    if (this.#db === null) throw this.#reason;
    return this.#db;
  }

  /** Has `listener` called when another, empty copy took the place of this one. */
  set onLost(listener: () => void) {
    this.#onLost = listener;
  }

  /** Gives up the database and all claims. Harmless twice. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#drop(new HoldfastError("closed", "the copy is closed"));
    for (const claim of this.#claims) claim.release();
    await Promise.all(this.#claims.map(({ ended }) => ended));
  }

  async #openDb(): Promise<{ db: CopyDb; identity: string; replaces: boolean }> {
    const { database, random } = this.#options;
    const db: CopyDb = await openCopyDb(`holdfast:${database}`, {
      onOutdated: () => this.#end(db, "unsupported_version", sentences.outdated),
      onDeleted: () => this.#lose(db),
      onTerminated: () => this.#lose(db),
    });
    try {
      return { db, ...(await identifyCopy(db, database, random)) };
    } catch (error) {
      db.close();
      throw error;
    }
  }

  #claimed(claim: AgentClaim): void {
    this.#claims.push(claim);
    void claim.ended.then(() => {
      if (this.claim === claim) this.#end(this.#db, "locked", sentences.stolen);
    });
  }

  #drop(reason: HoldfastError): void {
    this.#db?.close();
    this.#db = null;
    this.#reason = reason;
  }

  // Over, until the page is loaded anew.
  #end(db: CopyDb | null, code: ErrorCode, sentence: string): void {
    if (this.#closing.signal.aborted) return;
    db?.close();
    this.#closing.abort();
    this.#drop(new HoldfastError(code, sentence));
    this.#options.onPlace(this.#reason);
  }

  #lose(db: CopyDb): void {
    db.close();
    if (this.#closing.signal.aborted || this.#db !== db) return;
    this.#drop(new HoldfastError("io", sentences.lost));
    this.#options.onPlace(this.#reason);
    void this.#openAgain();
  }

  async #openAgain(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        return await this.#replace();
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        if (error.code === "unsupported_version") return this.#end(null, error.code, error.message);
        await this.#options.clock.sleep(reopenIntervalMs, signal).catch(() => undefined);
      }
    }
  }

  async #replace(): Promise<void> {
    const { database, random, onPlace, onGone } = this.#options;
    const { db, identity } = await this.#openDb();
    const isAnother = identity !== this.#identity;
    try {
      if (isAnother) {
        await noteFormer(db, this.#writers);
        this.#claimed(await claimNewAgent(db, database, random));
      }
      this.#writers = await readWriters(db);
    } catch (error) {
      db.close();
      throw copyDbError(error, "claim an agent");
    }
    if (this.#closing.signal.aborted) return db.close();
    this.#identity = identity;
    this.#db = db;
    onPlace(null);
    if (!isAnother) return;
    onGone(new HoldfastError("not_found", sentences.goneNow));
    this.#onLost();
  }
}

async function readWriters(db: CopyDb): Promise<Set<AgentId>> {
  return new Set((await db.getAllKeys("agents")) as AgentId[]);
}
