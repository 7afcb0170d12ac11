// Making a cluster of one out of what one node has, where the others are lost for good.
//
// The log is written anew, in another folder and under another name of the cluster: it begins
// where the state machine is, with this node alone to decide, and goes on with all entries
// that this node has. Some of them were perhaps never agreed upon; what others agreed upon
// and this node never heard is given up. Nodes of the cluster before have another name for
// it, and so neither side hears the other.

import { HoldfastError } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import type { Entry, Snapshot } from "../raft/entry.ts";
import { lastOf, logFrom, membershipIn, termAt } from "../raft/log.ts";
import { type Membership, membershipOf, seatOf } from "../raft/membership.ts";
import { type Index, type NodeId, origin, type PersistId, type Term } from "../raft/types.ts";
import { snapshotName } from "../replica/snapshot_reader.ts";
import { readLogOwner } from "./log_owner.ts";
import { ReplicaDisk } from "./replica_disk.ts";

/** What {@link recoverLog} takes. */
export interface RecoverLogOptions {
  readonly disk: Disk;
  /** Where the log lies; stays as it is. */
  readonly folder: string;
  /** Where the new one is to lie; holds nothing. */
  readonly into: string;
  /** The name of the cluster from now on. */
  readonly cluster: string;
  /** Through where the state machine holds everything durably. */
  readonly applied: Index;
  /** One more command, to stand after all others. O(entries). */
  readonly append: (commands: readonly Uint8Array[]) => Promise<Uint8Array | null>;
}

/** What became of a log, and what was given up. */
export interface RecoveredLog {
  readonly node: NodeId;
  /** The name of the cluster before. */
  readonly cluster: string;
  readonly membership: Membership;
  /** The last entry that this node has. */
  readonly last: Index;
  /** Through here the entries are surely what was agreed upon. */
  readonly committed: Index;
  /** Entries that this node had promised to keep, and a damaged disk lost; null where none. */
  readonly lostThrough: Index | null;
}

/**
 * Writes the new log. O(log).
 *
 * @throws {HoldfastError} `not_found` where there is no log; `locked` where a replica runs on
 *   it; `corrupt` where it can't be read, or goes on from later than the state machine is.
 */
export async function recoverLog(options: RecoverLogOptions): Promise<RecoveredLog> {
  const { disk, folder, applied } = options;
  const owner = await readLogOwner(disk, folder);
  if (owner === null) throw new HoldfastError("not_found", `there is no log in ${folder}`);
  const old = await ReplicaDisk.open({
    ...{ disk, folder, ...owner, bootstrap: null, applied: origin.index },
  });
  try {
    const { base, entries, hard, snapshot, unsure } = old.saved;
    if (applied < base.index) {
      throw new HoldfastError(
        "corrupt",
        `the state is of entry ${applied}, and the log goes on from ${base.index}`,
      );
    }
    const log = logFrom(base, entries, base.index);
    const { membership } = membershipIn(log);
    const last = Math.max(lastOf(log).index, applied) as Index;
    const rest = entries.filter(({ index }) => index > applied);
    const term = termAt(log, applied) ?? hard.term;
    await writeLog(options, { node: owner.id, membership, rest, term, hardTerm: hard.term });
    const committed = Math.max(applied, base.index, snapshot?.index ?? 0) as Index;
    return {
      node: owner.id,
      cluster: owner.cluster,
      membership,
      last,
      committed,
      lostThrough: unsure,
    };
  } finally {
    await old.close();
  }
}

interface OldLog {
  readonly node: NodeId;
  readonly membership: Membership;
  /** What is not applied. */
  readonly rest: readonly Entry[];
  /** Of what is applied last. */
  readonly term: Term;
  readonly hardTerm: Term;
}

async function writeLog(options: RecoverLogOptions, old: OldLog): Promise<void> {
  const { disk, into, cluster, applied, append } = options;
  const { node, rest, term } = old;
  const seat = seatOf(old.membership, node);
  const alone = membershipOf([node], [], seat === null ? [] : [{ ...seat, disk: null }]);
  const hard = { term: (old.hardTerm + 1) as Term, vote: null };
  // Who decided is past; that of a membership an entry is left keeps those after it in place.
  const entries = rest.map((entry): Entry => {
    return entry.payload.type === "membership" ? { ...entry, payload: { type: "empty" } } : entry;
  });
  const commands = entries.flatMap(({ payload }) => {
    return payload.type === "command" ? [payload.data] : [];
  });
  const more = await append(commands);
  if (more !== null) {
    const index = ((entries.at(-1)?.index ?? applied) + 1) as Index;
    entries.push({ index, term: hard.term, payload: { type: "command", data: more } });
  }
  const install: Snapshot | null =
    applied === origin.index
      ? null
      : { index: applied, term, membership: alone, name: snapshotName(applied) };
  const log = await ReplicaDisk.open({
    ...{ disk, folder: into, cluster, id: node, bootstrap: alone, applied: origin.index },
  });
  try {
    const nothing = { chunk: null, compact: null, healed: false };
    await log.persist({ id: 1 as PersistId, hard, install, entries, ...nothing });
  } finally {
    await log.close();
  }
}
