// Watches a cluster from outside, and throws when something that must hold does not.
//
//   S1  At most one leader for a term.
//   S2  Logs that have an entry of one index and term are equal up to it.
//   S3  What is committed is in the log of every later leader.
//   S4  No two nodes apply different entries at one index; a command that was said to
//       stand at an index, in a term, is what is applied there in that term.
//   S5  A read sees all that was applied anywhere before it began.
//   S6  A leader never removes what it has in its log.

import type { Entry, NodeId, Position, RequestId } from "../src/index.ts";
import { type Replica, textOf } from "./replica.ts";

interface Seen {
  readonly text: string;
  /** The key of the entry before. */
  readonly before: string;
}

/** Judges one run. */
export class Judge {
  readonly #leaders = new Map<number, NodeId>();
  #lastTerm = 0;
  // Every entry that was seen on a disk, by its key.
  readonly #entries = new Map<string, Seen>();
  // What was applied first at each index: that is what is agreed upon.
  readonly #agreed: string[] = [];
  // Commands that were said to stand somewhere.
  readonly #placed = new Map<string, string>();
  readonly #reads = new Map<RequestId, number>();
  readonly #leading = new Map<NodeId, { readonly term: number; readonly last: number }>();
  /** How many things of each kind happened: a run in which nothing did proves nothing. */
  readonly counts = { leaders: 0, applied: 0, reads: 0, restarts: 0, restores: 0, memberships: 0 };

  /** Looks at a node after a step. */
  stepped(id: NodeId, { raft }: Replica): void {
    const { role, hard, last } = raft.status;
    if (role !== "leader") {
      this.#leading.delete(id);
      return;
    }
    const known = this.#leaders.get(hard.term);
    if (known === undefined) {
      this.#leaders.set(hard.term, id);
      this.#lastTerm = Math.max(this.#lastTerm, hard.term);
      this.counts.leaders += 1;
    } else if (known !== id) throw new Error(`S1: ${known} and ${id} lead term ${hard.term}`);
    const before = this.#leading.get(id);
    if (before?.term === hard.term && last.index < before.last) {
      throw new Error(`S6: ${id} leads, and its log shrank to ${last.index}`);
    }
    this.#leading.set(id, { term: hard.term, last: last.index });
    if (hard.term === this.#lastTerm && last.index < this.#agreed.length) {
      const [has, all] = [last.index, this.#agreed.length];
      throw new Error(`S3: ${id} leads term ${hard.term} with ${has} of ${all} entries`);
    }
  }

  /** Looks at a disk after a write. */
  written(id: NodeId, { base, entries }: Replica["disk"]): void {
    let before = `${base.index}@${base.term}`;
    for (const entry of entries) {
      const key = `${entry.index}@${entry.term}`;
      const text = textOf(entry);
      const seen = this.#entries.get(key);
      if (seen === undefined) this.#entries.set(key, { text, before });
      else if (seen.text !== text || seen.before !== before) {
        const other = `${seen.text} after ${seen.before}`;
        throw new Error(`S2: ${id} has at ${key} ${text} after ${before}, another ${other}`);
      }
      before = key;
    }
  }

  /** Looks at what a node applied last. */
  applied(id: NodeId, entry: Entry): void {
    const { index } = entry;
    const text = `${entry.term} ${textOf(entry)}`;
    const agreed = this.#agreed[index - 1];
    if (agreed !== undefined && agreed !== text) {
      throw new Error(`S4: at ${index}, ${id} applied ${text}, another ${agreed}`);
    }
    if (agreed !== undefined) return;
    if (index !== this.#agreed.length + 1) throw new Error(`S4: ${id} applied ${index} too early`);
    this.#agreed.push(text);
    this.counts.applied += 1;
    if (entry.payload.type === "membership") this.counts.memberships += 1;
    const placed = this.#placed.get(`${index}@${entry.term}`);
    if (placed !== undefined) this.#compare(index, text, `${entry.term} ${placed}`);
  }

  /** Notes where a command was said to stand. */
  placed(text: string, { index, term }: Position): void {
    this.#placed.set(`${index}@${term}`, text);
    const agreed = this.#agreed[index - 1];
    if (agreed?.startsWith(`${term} `)) this.#compare(index, agreed, `${term} ${text}`);
  }

  /** Notes a restart. */
  restarted(id: NodeId): void {
    this.#leading.delete(id);
    this.counts.restarts += 1;
  }

  /** Notes that a read begins. */
  readBegan(id: RequestId): void {
    this.#reads.set(id, this.#agreed.length);
  }

  /** Looks at what a read saw. */
  readEnded(node: NodeId, id: RequestId, seen: readonly string[]): void {
    const least = this.#reads.get(id);
    if (least === undefined) throw new Error(`S5: a read ${id} that nobody asked for`);
    this.counts.reads += 1;
    if (seen.length < least) {
      throw new Error(`S5: on ${node}, a read saw ${seen.length} of ${least} entries`);
    }
  }

  #compare(index: number, applied: string, promised: string): void {
    if (applied === promised) return;
    throw new Error(`S4: at ${index}, ${applied} was applied, and ${promised} promised`);
  }
}
