// Who writes in this tab: an agent of the copy that no other tab has, held under a
// Web Lock until the tab ends, however it ends.
//
// The lock is the browser's, and so are tabs: a tab that is duplicated, or comes back
// from a crash, asks like any other; one that is put aside to be returned to keeps it. An agent is kept durably before it is first
// used, and taken again by the next tab that finds it free: nothing was sent in its
// name that is not kept here, so it can go on counting. One that was retired is never
// taken.

import { type AgentId, agentFromBytes, agentSizeBytes } from "@holdfast/causality";
import type { Random } from "@holdfast/std";
import type { CopyDb } from "./copy_schema.ts";
import { copyDbError } from "./indexed_db.ts";

/** A claim on an agent. */
export interface AgentClaim {
  readonly agent: AgentId;
  /** Gives it up. Harmless twice. */
  release(): void;
  /** Resolves when it is given up, or was taken away. */
  readonly ended: Promise<void>;
}

/** The beginning of the names of the locks under which the agents of the copy `database` are held. */
export function agentLockPrefix(database: string): string {
  return `holdfast:${database}:agent:`;
}

/**
 * Claims a free agent of the copy, or a new one.
 *
 * @throws {HoldfastError} `disk_full`, `io` where a new one could not be kept.
 */
export async function claimAgent(
  db: CopyDb,
  database: string,
  random: Random,
): Promise<AgentClaim> {
  for (const agent of await db.getAllKeys("agents")) {
    const claim = await take(database, agent as AgentId);
    if (claim === null) continue;
    // Looked at only now: whoever held it may have retired it last.
    if ((await db.get("agents", agent))?.retired === false) return claim;
    claim.release();
  }
  return await claimNewAgent(db, database, random);
}

/**
 * Claims an agent that nobody had.
 *
 * @throws {HoldfastError} `disk_full`, `io` where it could not be kept.
 */
export async function claimNewAgent(
  db: CopyDb,
  database: string,
  random: Random,
): Promise<AgentClaim> {
  for (;;) {
    const agent = agentFromBytes(random.bytes(agentSizeBytes));
    const claim = await take(database, agent);
    if (claim === null) continue;
    try {
      const transaction = db.transaction("agents", "readwrite", { durability: "strict" });
      await Promise.all([transaction.store.add({ agent, retired: false }), transaction.done]);
      return claim;
    } catch (error) {
      claim.release();
      throw copyDbError(error, "keep a new agent");
    }
  }
}

/**
 * Notes who wrote to a copy that is gone, so that nobody ever writes as one of them again,
 * and what is kept here once more counts as theirs.
 *
 * @throws {HoldfastError} `disk_full`, `io` where it could not be kept.
 */
export async function noteFormer(db: CopyDb, agents: Iterable<AgentId>): Promise<void> {
  try {
    const transaction = db.transaction("agents", "readwrite", { durability: "strict" });
    const put = [...agents].map((agent) => transaction.store.put({ agent, retired: true }));
    await Promise.all([...put, transaction.done]);
  } catch (error) {
    throw copyDbError(error, "keep the former agents");
  }
}

function take(database: string, agent: AgentId): Promise<AgentClaim | null> {
  return new Promise((resolve, reject) => {
    const ended = navigator.locks
      .request(agentLockPrefix(database) + agent, { ifAvailable: true }, async (lock) => {
        if (lock === null) return resolve(null);
        await new Promise<void>((release) => resolve({ agent, ended, release }));
      })
      // It was refused, or stolen later.
      .catch((error) => reject(copyDbError(error, "claim an agent")));
  });
}
