// A transaction of a store that stays open while somebody far away works on it: so the
// store's own rules (which snapshot, what conflicts, how old it may get) hold for him too,
// whichever driver the store has.
//
//   open --> fn of `transact` waits --> commit(work): work runs in it, and it ends
//                                  \--> release: it ends, with nothing written
//
// Invariants
//   HT1  It is run once. Where the store would run it again, it was a conflict: whoever
//        read on the first snapshot must read anew.
//   HT2  It ends by itself after `transactionAgeMsMax`; what is asked of it then fails
//        with `too_old`.

import { HoldfastError } from "@holdfast/std";
import type { Committed, CommitVersion, Snapshot, Store, Transaction } from "@holdfast/store";

/** What a commit came to. */
export type Outcome = CommitVersion | "conflict";

/** Does what was asked for in the transaction. */
export type Work = (tx: Transaction) => Promise<void>;

/** Thrown in the second run, which is none. */
class Conflict extends Error {}

/** What a transaction that is held is made of. */
interface Parts {
  readonly snapshot: Snapshot;
  readonly decide: (work: Work | null) => void;
  readonly ended: Promise<Outcome>;
  readonly controller: AbortController;
}

/** See the head of this file. */
export class HeldTransaction {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Opens one. `controller` ends it at any time, this call too.
   *
   * @throws {HoldfastError} As `Store.transact`.
   */
  static async open(store: Store, controller: AbortController): Promise<HeldTransaction> {
    const [opened, open] = promise<Snapshot>();
    const [decided, decide] = promise<Work | null>();
    let isRun = false;
    const run = async (tx: Transaction): Promise<void> => {
      if (isRun) throw new Conflict(); // HT1
      isRun = true;
      open(tx.snapshot);
      await (await decided)?.(tx);
    };
    const ended = outcomeOf(store.transact(run, { signal: controller.signal }));
    // Where it ends before it was open it failed, and that is what this throws.
    const snapshot = await Promise.race([opened, ended.then(() => opened)]);
    return new HeldTransaction({ snapshot, decide, ended, controller });
  }

  /** The rows that it stands on. Reads are no conflict by themselves. */
  get snapshot(): Snapshot {
    return this.#parts.snapshot;
  }

  /** Runs `work` in it, and commits. @throws {HoldfastError} As `Store.transact`, and `work`. */
  commit(work: Work): Promise<Outcome> {
    this.#parts.decide(work);
    return this.#parts.ended;
  }

  /** Ends it, with nothing written. */
  release(): void {
    this.#parts.controller.abort(new HoldfastError("cancelled", "the transaction was released"));
    this.#parts.decide(null);
  }
}

async function outcomeOf(transaction: Promise<Committed<void>>): Promise<Outcome> {
  try {
    return (await transaction).version;
  } catch (error) {
    if (error instanceof Conflict) return "conflict";
    throw error;
  }
}

function promise<T>(): readonly [promise: Promise<T>, resolve: (value: T) => void] {
  let resolve: (value: T) => void = () => {};
  return [new Promise<T>((take) => (resolve = take)), (value) => resolve(value)];
}
