// Making a cluster of one out of the folder of a node, where the others are lost for good.
//
//   raft             what the node had
//   raft.recovering  the new log, until it is whole; then it takes the name of the old one
//   raft.lost-<id>   what the node had, kept for whoever wants to look
//
// A crash between the two renamings leaves no folder `raft`. No server begins then; to
// recover again carries on.

import { readLogOwner } from "@holdfast/consensus";
import { HoldfastError, isHoldfastError, toHex } from "@holdfast/std";
import { lmdbRows } from "@holdfast/store/lmdb";
import { recoverRaft } from "@holdfast/store/raft";
import type { Disk } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { raisedEpoch } from "../store_name.ts";

/** What {@link recoverCluster} made, and what it gave up. */
export interface RecoveredCluster {
  /** This node, which decides alone from now on. */
  readonly node: string;
  /** The names of the cluster, before and from now on. */
  readonly before: string;
  readonly cluster: string;
  /** Where this node is to listen; null where that is not known. */
  readonly address: string | null;
  /** Members that are given up. */
  readonly others: readonly string[];
  /** Through here the entries are what was agreed upon; through `last`, what this node had heard. */
  readonly committed: number;
  readonly last: number;
  /** Entries through here were lost by a damaged disk; null where none were. */
  readonly lostThrough: number | null;
  /** Where the old log is kept. */
  readonly kept: string;
}

const idSizeBytes = 4;
const draftName = "raft.recovering";

/**
 * Makes the node in `dataFolder` the only one of a cluster of its own. Clients see another
 * epoch, and send again what the store lacks.
 *
 * @throws {HoldfastError} `not_found` where there is no node; `locked` where one runs on it;
 *   `corrupt`; `disk_full`; `io`. The folder is as it was then.
 */
export async function recoverCluster(dataFolder: string): Promise<RecoveredCluster> {
  const world = nodeWorld();
  const { disk } = world;
  const [folder, into] = [`${dataFolder}/raft`, `${dataFolder}/${draftName}`];
  await carryOn(disk, folder, into);
  const owner = await readLogOwner(disk, folder);
  if (owner === null) {
    throw new HoldfastError("not_found", `there is no node of a cluster in ${dataFolder}`);
  }
  const id = toHex(world.random.bytes(idSizeBytes));
  const cluster = `${nameOf(owner.cluster)}~${id}`;
  await empty(disk, into);
  const log = await recoverRaft({
    ...{ disk, folder, into, cluster, clock: world.clock },
    openRows: lmdbRows({ world, folder: `${dataFolder}/rows`, create: false }),
    amend: async (get) => {
      const row = await raisedEpoch(get, world.clock);
      return row === null ? [] : [row];
    },
  });
  const kept = `${dataFolder}/raft.lost-${id}`;
  await disk.rename(folder, kept);
  await disk.rename(into, folder);
  await disk.syncFolder(dataFolder);
  const { node, membership, committed, last, lostThrough } = log;
  const { voters, outgoing, learners, seats } = membership;
  const members = [...new Set([...voters, ...outgoing, ...learners])].sort();
  return {
    ...{ node, before: owner.cluster, cluster, committed, last, lostThrough, kept },
    address: seats.find((seat) => seat.node === node)?.address ?? null,
    others: members.filter((member) => member !== node),
  };
}

/** @throws {HoldfastError} `corrupt` where a recovery of a folder that has no log any more was cut short. */
export async function requireNoRecovery(disk: Disk, dataFolder: string): Promise<void> {
  if ((await readLogOwner(disk, `${dataFolder}/${draftName}`)) === null) return;
  const sentence = `the recovery of ${dataFolder} was cut short: run holdfast cluster recover again`;
  throw new HoldfastError("corrupt", sentence);
}

/** The name of a cluster, whatever was recovered of it. */
export function nameOf(cluster: string): string {
  return cluster.replace(/~[0-9a-f]{8}$/, "");
}

/** Where the old log has lost its name, the new one is whole. */
async function carryOn(disk: Disk, folder: string, into: string): Promise<void> {
  if ((await readLogOwner(disk, folder)) !== null) return;
  if ((await readLogOwner(disk, into)) !== null) await disk.rename(into, folder);
}

/** What an attempt that was cut short left. */
async function empty(disk: Disk, folder: string): Promise<void> {
  try {
    for (const name of await disk.list(folder)) await disk.remove(`${folder}/${name}`);
  } catch (error) {
    if (!isHoldfastError(error, "not_found")) throw error;
  }
}
