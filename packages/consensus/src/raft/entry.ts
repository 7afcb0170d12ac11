// What a log is made of, and what stands for a log that was dropped.

import type { Membership } from "./membership.ts";
import type { Position } from "./types.ts";

/** What an entry carries. */
export type Payload =
  /** Nothing: what a leader begins its term with. */
  | { readonly type: "empty" }
  /** What the state machine is told; opaque here. */
  | { readonly type: "command"; readonly data: Uint8Array }
  /** Who decides from this entry on. The whole membership, not a difference. */
  | { readonly type: "membership"; readonly membership: Membership };

/** One agreed step, once it is committed. Never changes. */
export interface Entry extends Position {
  readonly payload: Payload;
}

/** Where a log begins: the last entry that was dropped from it, and who decided there. */
export interface Base extends Position {
  readonly membership: Membership;
}

/** What is known of a copy of the state machine; its bytes are the driver's. */
export interface Snapshot extends Base {
  /** Names the bytes: two snapshots of one name are equal to the byte, whoever made them. */
  readonly name: string;
}

/** A snapshot of which this node holds the first `offset` bytes. */
export interface PartialSnapshot {
  readonly snapshot: Snapshot;
  readonly offset: number;
}

/** Bytes that each entry counts for beside its payload: its place, its kind, its frame. */
const entryOverheadBytes = 32;

/** About how many bytes an entry takes in memory, on disk and on the wire. O(members). */
export function entrySizeBytes({ payload }: Entry): number {
  switch (payload.type) {
    case "empty":
      return entryOverheadBytes;
    case "command":
      return entryOverheadBytes + payload.data.length;
    case "membership": {
      const { voters, outgoing, learners, learnersNext, seats } = payload.membership;
      const known = seats.flatMap(({ node, address, disk }) => [node, address ?? "", disk ?? ""]);
      const texts = [...voters, ...outgoing, ...learners, ...learnersNext, ...known];
      return texts.reduce((sum, text) => sum + text.length, entryOverheadBytes);
    }
  }
}
