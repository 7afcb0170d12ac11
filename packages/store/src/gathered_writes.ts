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
//   GW3  Only keys that are set or cleared go together: what clears a range, changes a value,
//        or holds its version, is a commit by itself.

import { assert } from "@holdfast/std";
import { blindWrites, noVersion } from "./blind_writes.ts";
import type { OneSet } from "./checked_writes.ts";
import type { Request } from "./committer.ts";
import type { KeyText } from "./key.ts";
import { OrderedMap } from "./ordered_map.ts";
import { ReadSet } from "./read_set.ts";
import { type CommitVersion, transactionSizeBytesMax, type Writes } from "./store.ts";
import { ordinary } from "./transact_options.ts";
import { TransactionWrites } from "./transaction_writes.ts";
import { WriteSet } from "./write_set.ts";

type Outcome = CommitVersion | "conflict";

/** Most writes of one commit. */
export const gatheredMax = 1_024;

interface Caller {
  readonly resolve: (version: CommitVersion) => void;
  readonly reject: (error: unknown) => void;
}

/** A key that is set, or cleared. */
interface One {
  readonly key: KeyText;
  readonly value: Uint8Array | null;
}

interface Gathered {
  /** In the order of the calls; one key may be there several times. */
  readonly ones: One[];
  sizeBytes: number;
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
    return own.only === null ? this.#addWrites(own.writes) : this.addOne(own.only);
  }

  /** The same, of a key that is set. */
  addOne(one: OneSet): Promise<CommitVersion> {
    const open = this.#withRoom(one.key.length + one.value.length);
    open.ones.push(one);
    return this.#answerOf(open);
  }

  /** The same, of whatever is written. */
  #addWrites(writes: TransactionWrites): Promise<CommitVersion> {
    if (!isKnown(writes)) return this.#alone(writes);
    const open = this.#withRoom(writes.sizeBytes);
    writes.known.points.visitAll((key, value) => {
      open.ones.push({ key, value });
      return true;
    });
    return this.#answerOf(open);
  }

  #withRoom(sizeBytes: number): Gathered {
    let open = this.#open;
    const isFull = open !== null && open.callers.length >= gatheredMax;
    if (open !== null && (isFull || open.sizeBytes + sizeBytes > transactionSizeBytesMax)) {
      this.#close();
      open = null;
    }
    open ??= this.#begin();
    open.sizeBytes += sizeBytes;
    return open;
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
    const gathered: Gathered = { ones: [], sizeBytes: 0, callers, close };
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
    const writes = new TransactionWrites(noVersion, addedUp(open.ones));
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

/** What `ones` come to; of those with one key, the last counts. Puts them in order. O(n log n). */
function addedUp(ones: One[]): WriteSet {
  ones.sort(byKey);
  const keys: KeyText[] = [];
  const values: (Uint8Array | null)[] = [];
  for (let index = 0; index < ones.length; index += 1) {
    const { key, value } = ones[index]!;
    if (index + 1 < ones.length && ones[index + 1]!.key === key) continue;
    keys.push(key);
    values.push(value);
  }
  return new WriteSet(OrderedMap.ofSorted(keys, values));
}

// Keeps those with one key as they came: `sort` is stable.
function byKey({ key: one }: One, { key: other }: One): number {
  if (one < other) return -1;
  return one === other ? 0 : 1;
}

function isKnown({ known, changes, stamped }: TransactionWrites): boolean {
  const spans = known.cleared.size + known.declared.size;
  return spans + changes.size + stamped.keys.length + stamped.values.size === 0;
}

function requestOf(writes: TransactionWrites, versions: number): Request {
  return { reads: new ReadSet(), writes, since: noVersion, ...ordinary, versions };
}

function versionOf(outcome: Outcome): CommitVersion {
  assert(outcome !== "conflict", "GW3: what reads nothing met a conflict");
  return outcome;
}
