// What keeps a folder from being opened as what it is not: a restore into it that was cut
// short, or a node of a cluster where a single server is meant.

import { readLogOwner } from "@holdfast/consensus";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Disk } from "@holdfast/world";

/** The folder in a data folder in which a restore makes what it makes. */
export const draftName = "restoring";

/**
 * For a folder that has no log of a node.
 *
 * @throws {HoldfastError} `corrupt` where a restore into it was cut short.
 */
export async function requireNoRestore(disk: Disk, dataFolder: string): Promise<void> {
  if (!(await namesIn(disk, dataFolder)).includes(draftName)) return;
  const sentence = `a restore into ${dataFolder} was cut short: run the same holdfast restore again`;
  throw new HoldfastError("corrupt", sentence);
}

/**
 * For a folder that a single server is about to use.
 *
 * @throws {HoldfastError} `invalid_argument` where it is that of a node of a cluster;
 *   `corrupt` where a restore that makes it one was cut short.
 */
export async function requireNoNode(disk: Disk, dataFolder: string): Promise<void> {
  const owner = await readLogOwner(disk, `${dataFolder}/raft`);
  if (owner === null) return requireNoRestore(disk, dataFolder);
  const sentence = `${dataFolder} is that of node ${owner.id} of cluster ${owner.cluster}`;
  throw new HoldfastError("invalid_argument", sentence);
}

/** The names in a folder; none where it is not there. */
export async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder);
  } catch (error) {
    if (isHoldfastError(error, "not_found")) return [];
    throw error;
  }
}
