// Beginning a cluster from a state that is there already, such as one out of a backup.
//
// One node of the cluster gets that state, and a log that says so: it begins after an entry
// that was never written, which stands for the state, and has all members to decide. The
// others begin with nothing, and know of no member. So they can vote, but not campaign,
// until they were given the state, as a snapshot: whoever may lead has it. And what the
// cluster acknowledges is on a majority of its disks from the first entry on.
//
// What was rejected: the same state put on every node by hand. Nothing could tell that it
// was the same on all of them.

import { HoldfastError } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import { isVoter, type Membership } from "../raft/membership.ts";
import type { Index, NodeId, PersistId, Position, Term } from "../raft/types.ts";
import { origin } from "../raft/types.ts";
import { snapshotName } from "../replica/snapshot_reader.ts";
import { readLogOwner } from "./log_owner.ts";
import { ReplicaDisk } from "./replica_disk.ts";

/** The entry that stands for the state a cluster begins from. */
export const founding: Position = { index: 1 as Index, term: 1 as Term };

/** What {@link foundLog} takes. */
export interface FoundLogOptions {
  readonly disk: Disk;
  /** Where the log is to lie; made where it is missing. */
  readonly folder: string;
  /** The node that has the state; a voter of `membership`. */
  readonly node: NodeId;
  /** The name of the cluster: one that no cluster had, so that no node of another is heard. */
  readonly cluster: string;
  /** Who decides. */
  readonly membership: Membership;
}

/**
 * Writes the log of the one node whose state machine holds the state, and says that it is
 * at {@link founding}. O(members).
 *
 * @throws {HoldfastError} `invalid_argument` where the folder has a log, or the node is no
 *   voter; `locked`; `disk_full`; `io`.
 */
export async function foundLog(options: FoundLogOptions): Promise<void> {
  const { disk, folder, node, cluster, membership } = options;
  if (!isVoter(membership, node)) {
    throw new HoldfastError("invalid_argument", `node ${node} is none of those that decide`);
  }
  if ((await readLogOwner(disk, folder)) !== null) {
    throw new HoldfastError("invalid_argument", `there is a log in ${folder} already`);
  }
  const log = await ReplicaDisk.open({
    ...{ disk, folder, cluster, id: node, bootstrap: membership, applied: origin.index },
  });
  try {
    const hard = { term: founding.term, vote: null };
    const install = { ...founding, membership, name: snapshotName(founding.index) };
    const nothing = { entries: [], chunk: null, compact: null, healed: false };
    await log.persist({ id: 1 as PersistId, hard, install, ...nothing });
  } finally {
    await log.close();
  }
}
