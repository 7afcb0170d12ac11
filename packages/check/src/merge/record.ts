// The records of a merge log: what replicas of merged data did and showed, in the order in
// which each of them did it. docs/formats/merge-log.md says what each means.
//
// One way of naming serves events, elements of lists and nodes of trees: an id is a writer
// and a sequence number of it, from 0 without gaps. So what a replica holds is a version
// vector, a thousand keystrokes are one record, and a text is shown by a few runs. What
// has a name and no sequence, such as a hash, is the only event of a writer of that name.

/** A writer and a sequence number from 0; a text is number 0 of the writer of this name. */
export type MergeId = string | readonly [agent: string, sequence: number];

/** One id, or those of a writer from `from` up to, not including, `to`. */
export type MergeIds = MergeId | readonly [agent: string, from: number, to: number];

/**
 * A replica applied events, its own or another's. The replica that made them says what they
 * do; others may repeat that. `insert`, `delete` and `move` name as many elements as
 * there are events, one for each, or any number for a single event.
 */
export interface MergeEventRecord {
  readonly type: "event";
  readonly replica: string;
  readonly id: MergeIds;
  /** What the first of the events builds on, besides the one of its writer before it. */
  readonly parents?: readonly MergeId[];
  /** Which list or tree it changes; the one without a name where this is left out. */
  readonly object?: string;
  readonly insert?: readonly MergeIds[];
  /** For a list: what its author saw directly before what was inserted; null is the beginning. */
  readonly after?: MergeId | null;
  /** For a list: what its author saw directly behind it; null is the end. */
  readonly before?: MergeId | null;
  /** For a tree: below which node it was inserted or moved; null is the top. */
  readonly parent?: MergeId | null;
  readonly move?: readonly MergeIds[];
  readonly delete?: readonly MergeIds[];
}

/** What a replica holds now. What it did not apply by a record before, it applied by this one. */
export interface MergeVersionRecord {
  readonly type: "version";
  readonly replica: string;
  readonly events: readonly MergeIds[];
}

/** What an object looks like at a replica now: one of `list`, `tree`, `value` and `digest`. */
export interface MergeStateRecord {
  readonly type: "state";
  readonly replica: string;
  readonly object?: string;
  /** The elements that are shown, in order. */
  readonly list?: readonly MergeIds[];
  /** The nodes that are shown, each with its parent; those of one parent in their order. */
  readonly tree?: readonly (readonly [node: MergeId, parent: MergeId | null])[];
  /** Any JSON. */
  readonly value?: unknown;
  /** A text that is the same for the same state. */
  readonly digest?: string;
}

/** From now on the replica may not lose these events; all that it holds where none are named. */
export interface MergeDurableRecord {
  readonly type: "durable";
  readonly replica: string;
  readonly events?: readonly MergeIds[];
}

/** The replica begins again, and holds these events. */
export interface MergeRestartRecord {
  readonly type: "restart";
  readonly replica: string;
  readonly events: readonly MergeIds[];
}

/** Everything was delivered: these replicas hold the same; all that came before it where none are named. */
export interface MergeSettledRecord {
  readonly type: "settled";
  readonly replicas?: readonly string[];
}

/** One line of a merge log. */
export type MergeRecord =
  | MergeEventRecord
  | MergeVersionRecord
  | MergeStateRecord
  | MergeDurableRecord
  | MergeRestartRecord
  | MergeSettledRecord;

/** A run of ids: those of `agent` from `from` up to, not including, `to`. */
export interface IdRun {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

/** The run that some ids are. */
export function runOf(ids: MergeIds): IdRun {
  if (typeof ids === "string") return { agent: ids, from: 0, to: 1 };
  const [agent, from, to = from + 1] = ids as readonly [string, number, number?];
  return { agent, from, to };
}

/** How many ids some runs hold. */
export function countOf(ids: readonly MergeIds[]): number {
  return ids.reduce((count, each) => {
    const { from, to } = runOf(each);
    return count + to - from;
  }, 0);
}

/** Sequence numbers are below this. */
export const sequenceBound = 2 ** 31 - 1;
/** Characters in the name of a writer, a replica or an object. */
export const nameCharactersMax = 65_536;
/** Ids, runs counted one by one, in an insertion, a deletion, a move, or a list or tree that is shown. */
export const elementsInRecordMax = 1_000_000;
