// Writes that read nothing, gathered: all that are asked for in one turn of the event loop
// are one commit, with one name, one place in a group and one answer.
//
//   write, write, write --end of the turn--> one commit --> version n: n - 2, n - 1, n
//
// A commit costs the same to name, to pass on and to answer, whatever is in it; that was most
// of what a write of one key cost. Nobody can tell the difference, since what is written in
// one group shows at once and in the order of its versions anyway.
//
// Invariants:
//   GW1  Each write has a version of its own; they ascend in the order of the calls.
//   GW2  Of what several write to one key, the last of them counts.
//   GW3  Only writes whose values are known go together: what changes a value, or holds its
//        version, is a commit by itself.

import { assert } from "@holdfast/std";
import { blindWrites, noVersion } from "./blind_writes.ts";
import type { Request } from "./committer.ts";
import { FreshRows } from "./fresh_rows.ts";
import { ReadSet } from "./read_set.ts";
import { type CommitVersion, transactionSizeBytesMax, type Writes } from "./store.ts";
import { ordinary } from "./transact_options.ts";
import { TransactionWrites } from "./transaction_writes.ts";

type Outcome = CommitVersion | "conflict";

/** Most writes of one commit. */
export const gatheredMax = 1_024;

interface Caller {
  readonly resolve: (version: CommitVersion) => void;
  readonly reject: (error: unknown) => void;
}

interface Gathered {
  readonly writes: FreshRows;
  readonly callers: Caller[];
  /** Has it committed. */
  readonly close: (request: Request) => void;
}

/** See the head of this file. */
export class GatheredWrites {
  readonly #commit: (request: Promise<Request>) => Promise<Outcome>;
  #open: Gathered | null = null;

  /** @param commit - Called once for each commit, when the first of its writes comes. What it is given reads nothing. */
  constructor(commit: (request: Promise<Request>) => Promise<Outcome>) {
    this.#commit = commit;
  }

  /**
   * Resolves to the version at which the writes of `fn` took effect.
   *
   * @throws {HoldfastError} As `commit`; `invalid_argument` where nothing is written; what `fn` throws.
   */
  add(fn: (writes: Writes) => void, keySizeBytesMax: number): Promise<CommitVersion> {
    const own = blindWrites(fn, keySizeBytesMax);
    const { only } = own;
    if (only !== null) {
      const open = this.#withRoom(only.key.length + only.value.length);
      open.writes.set(only.key, only.value);
      return this.#answerOf(open);
    }
    return this.addWrites(own.writes);
  }

  /** The same, of what is written already, and reads nothing. Becomes its own. */
  addWrites(writes: TransactionWrites): Promise<CommitVersion> {
    if (!isKnown(writes)) return this.#alone(writes);
    const open = this.#withRoom(writes.sizeBytes);
    open.writes.absorb(writes.known);
    return this.#answerOf(open);
  }

  #withRoom(sizeBytes: number): Gathered {
    const open = this.#open;
    if (open === null) return this.#begin();
    const isFull = open.callers.length >= gatheredMax;
    if (!isFull && open.writes.sizeBytes + sizeBytes <= transactionSizeBytesMax) return open;
    this.#close();
    return this.#begin();
  }

  #answerOf({ callers }: Gathered): Promise<CommitVersion> {
    return new Promise((resolve, reject) => {
      callers.push({ resolve, reject });
    });
  }

  async #alone(writes: TransactionWrites): Promise<CommitVersion> {
    // Commits are asked for in the order of the calls.
    this.#close();
    return versionOf(await this.#commit(Promise.resolve(requestOf(writes, 1))));
  }

  #begin(): Gathered {
    const callers: Caller[] = [];
    let close: (request: Request) => void = () => {};
    const outcome = this.#commit(new Promise((resolve) => (close = resolve)));
    const gathered = { writes: new FreshRows(), callers, close };
    this.#open = gathered;
    void Promise.resolve().then(() => {
      if (this.#open === gathered) this.#close();
    });
    void outcome.then(
      (found) => answer(callers, found),
      (error: unknown) => {
        for (const { reject } of callers) reject(error);
      },
    );
    return gathered;
  }

  #close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    const writes = new TransactionWrites(noVersion, open.writes.inOrder());
    open.close(requestOf(writes, open.callers.length));
  }
}

function answer(callers: readonly Caller[], outcome: Outcome): void {
  let version = versionOf(outcome) - callers.length;
  for (const { resolve } of callers) {
    version += 1;
    resolve(version as CommitVersion);
  }
}

function isKnown({ changes, stamped }: TransactionWrites): boolean {
  return changes.size === 0 && stamped.keys.length === 0 && stamped.values.size === 0;
}

function requestOf(writes: TransactionWrites, versions: number): Request {
  return { reads: new ReadSet(), writes, since: noVersion, ...ordinary, versions };
}

function versionOf(outcome: Outcome): CommitVersion {
  assert(outcome !== "conflict", "GW3: what reads nothing met a conflict");
  return outcome;
}
