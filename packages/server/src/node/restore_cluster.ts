// Making the folder of the first node of a cluster out of a backup. The other nodes begin
// with empty folders, and get from it what it has (see `foundLog` of consensus).
//
//   <folder>/restoring/rows, raft       the draft, until both are whole
//   <folder>/restoring/old-rows, ...    what was there, where it is given up
//
// The folder `raft` goes first and comes last. So where there is one, it is whole and its
// rows are with it: those of before, or the new ones. Where there is none and a draft, no
// server begins (see unfinished_restore.ts), and the same restore begins anew.

import { rm } from "node:fs/promises";
import { membershipOf, type NodeId } from "@holdfast/consensus";
import { HoldfastError, toHex } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import type { Restored } from "@holdfast/store/backup";
import { lmdbRows } from "@holdfast/store/lmdb";
import { restoreRaft } from "@holdfast/store/raft";
import type { Disk, World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { raisedEpoch } from "../store_name.ts";
import type { RestoreFolderOptions } from "./backup_folder.ts";
import { requireNode } from "./cluster.ts";
import { draftName, namesIn } from "./unfinished_restore.ts";

/** What {@link restoreCluster} takes. */
export interface RestoreClusterOptions extends RestoreFolderOptions {
  /** What the cluster was called, or shall be; it gets an id behind it. At most 55 bytes. */
  readonly name: string;
  /** The node whose folder it is; one of {@link nodes}. */
  readonly node: string;
  /** Who decides, and where each listens for the others. */
  readonly nodes: ReadonlyMap<string, string>;
}

/** What {@link restoreCluster} made. */
export interface RestoredCluster extends Restored {
  /** The name of the cluster, which it shares with none before. */
  readonly cluster: string;
}

const idSizeBytes = 4;
const nameSizeBytesMax = 55;
/** In the order in which they take their places. */
const parts = ["rows", "raft"] as const;
const singleStore = "store.mdb";

/**
 * Makes `dataFolder` that of a node which begins a cluster with what a backup holds. The
 * cluster has a name of its own, so that nodes of one before can't join it, and its store
 * another epoch, so that clients see that it may hold less than they know of.
 *
 * @throws {HoldfastError} `invalid_argument` of the names and addresses; where the folder
 *   holds a node and `replace` is not set, or the store of a single server; `locked` where
 *   somebody uses it; as `restoreRaft`. The folder is as it was then, or says that a restore
 *   was cut short.
 */
export async function restoreCluster(
  options: RestoreClusterOptions,
  world: World = nodeWorld(),
): Promise<RestoredCluster> {
  const { name, node, nodes, dataFolder, replace } = options;
  requireNames(name, node, nodes);
  const { disk, random, clock } = world;
  await disk.makeFolder(dataFolder);
  const locks = [await disk.lock(`${dataFolder}/lock`)];
  try {
    for (const part of await partsToReplace(disk, dataFolder, replace)) {
      // No node runs on it, nor begins to meanwhile.
      locks.push(await disk.lock(`${dataFolder}/${part}/lock`));
    }
    const draft = `${dataFolder}/${draftName}`;
    // Whatever an attempt that was cut short left, and what it was about to give up.
    await rm(draft, { recursive: true, force: true });
    await disk.makeFolder(draft);
    const cluster = `${name}~${toHex(random.bytes(idSizeBytes))}`;
    const seats = [...nodes].map(([each, address]) => {
      return { node: each as NodeId, address, disk: null, replaces: null };
    });
    const restored = await restoreRaft({
      ...{ disk, cluster, folder: `${draft}/raft`, node: node as NodeId },
      membership: membershipOf([...nodes.keys()] as NodeId[], [], seats),
      openRows: lmdbRows({ world, folder: `${draft}/rows` }),
      backups: { disk, folder: options.backups },
      version: options.version as CommitVersion | null,
      amend: async (get) => {
        const row = await raisedEpoch(get, clock);
        return row === null ? [] : [row];
      },
    });
    await takePlace(disk, dataFolder);
    return { ...restored, cluster };
  } finally {
    for (const lock of locks) await lock.release();
  }
}

async function takePlace(disk: Disk, dataFolder: string): Promise<void> {
  const draft = `${dataFolder}/${draftName}`;
  const sync = async () => {
    await disk.syncFolder(draft);
    await disk.syncFolder(dataFolder);
  };
  const names = await namesIn(disk, dataFolder);
  for (const part of [...parts].reverse()) {
    if (!names.includes(part)) continue;
    await disk.rename(`${dataFolder}/${part}`, `${draft}/old-${part}`);
    await sync();
  }
  for (const part of parts) {
    await disk.rename(`${draft}/${part}`, `${dataFolder}/${part}`);
    await sync();
  }
  await rm(draft, { recursive: true });
}

async function partsToReplace(
  disk: Disk,
  dataFolder: string,
  replace: boolean,
): Promise<readonly string[]> {
  const names = await namesIn(disk, dataFolder);
  if (names.includes(singleStore)) {
    throw invalid(`${dataFolder} has the store of a single server`);
  }
  const found = parts.filter((part) => names.includes(part));
  // Rows alone, beside a draft, are what a restore was about to replace.
  const isCutShort = names.includes(draftName) && !names.includes("raft");
  if (found.length > 0 && !replace && !isCutShort) {
    throw invalid(`${dataFolder} holds something, and replacing it was not asked for`);
  }
  return found;
}

function requireNames(name: string, node: string, nodes: ReadonlyMap<string, string>): void {
  if (!nodes.has(node)) throw invalid(`node ${node} is none of the cluster's`);
  for (const [each, address] of nodes) requireNode(each, address, true);
  if (!/^[\w.-]+$/.test(name) || name.length > nameSizeBytesMax) {
    throw invalid(`${JSON.stringify(name)} is no name of a cluster`);
  }
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}
