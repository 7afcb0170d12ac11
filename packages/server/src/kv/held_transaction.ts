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
import type {
  CommitVersion,
  Consistency,
  Priority,
  Snapshot,
  Store,
  Transaction,
  TransactOptions,
} from "@holdfast/store";
import { type AsOf, isAsOf } from "@holdfast/store/remote";
import { pastOf } from "./told_page.ts";

/** What a commit came to. */
export type Outcome = CommitVersion | "conflict";

/** Does what was asked for in the transaction. */
export type Work = (tx: Transaction) => Promise<void>;

/** Thrown in the second run, which is none. */
class Conflict extends Error {}

/** The rows of a transaction, and how old they may be. */
interface Opened {
  readonly snapshot: Snapshot;
  readonly staleMsMax: number;
}

/** Which rows, and for whom. */
interface Wanted {
  readonly consistency: Consistency | AsOf;
  readonly priority: Priority;
}

/** What a transaction that is held is made of. */
interface Parts extends Opened {
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
   * Opens one; a read alone where `consistency` lets it be older, or wants the past. `controller`
   * ends it at any time, this call too. Where it fails the store holds nothing for it.
   *
   * @throws {HoldfastError} As `Store.transact`, and as `Store.read`.
   */
  static async open(
    store: Store,
    { consistency, priority }: Wanted,
    controller: AbortController,
  ): Promise<HeldTransaction> {
    const [opened, open] = promise<Opened>();
    const [decided, decide] = promise<Work | null>();
    controller.signal.addEventListener("abort", () => decide(null), { once: true });
    const call = { open, decided };
    const ended =
      consistency === "linearizable"
        ? transact(store, { signal: controller.signal, priority }, call)
        : isAsOf(consistency)
          ? lookBack(store, consistency, { ...call, signal: controller.signal })
          : read(store, consistency, call);
    // Where it ends before it was open it failed, and that is what this throws.
    const { snapshot, staleMsMax } = await Promise.race([opened, ended.then(() => opened)]);
    return new HeldTransaction({ snapshot, staleMsMax, decide, ended, controller });
  }

  /** The rows that it stands on. Reads are no conflict by themselves. */
  get snapshot(): Snapshot {
    return this.#parts.snapshot;
  }

  /** As of a `ReadSnapshot`. */
  get staleMsMax(): number {
    return this.#parts.staleMsMax;
  }

  /** Runs `work` in it, and commits. @throws {HoldfastError} As `Store.transact`, and `work`. */
  commit(work: Work): Promise<Outcome> {
    this.#parts.decide(work);
    return this.#parts.ended;
  }

  /** Resolves once the store holds nothing for it any more. Never rejects. */
  get ended(): Promise<unknown> {
    return this.#parts.ended.catch(() => null);
  }

  /** Ends it, with nothing written. */
  release(): void {
    this.#parts.controller.abort(new HoldfastError("cancelled", "the transaction was released"));
    this.#parts.decide(null);
  }
}

/** How the store's function tells that it runs, and learns what to do. */
interface Call {
  readonly open: (opened: Opened) => void;
  readonly decided: Promise<Work | null>;
}

async function transact(
  store: Store,
  options: TransactOptions,
  { open, decided }: Call,
): Promise<Outcome> {
  let isRun = false;
  const run = async (tx: Transaction): Promise<void> => {
    if (isRun) throw new Conflict(); // HT1
    isRun = true;
    open({ snapshot: tx.snapshot, staleMsMax: 0 });
    await (await decided)?.(tx);
  };
  try {
    return (await store.transact(run, options)).version;
  } catch (error) {
    if (error instanceof Conflict) return "conflict";
    throw error;
  }
}

function read(store: Store, consistency: Consistency, call: Call): Promise<Outcome> {
  return store.read((snapshot) => onlyRead(snapshot, snapshot.staleMsMax, call), { consistency });
}

async function lookBack(
  store: Store,
  { asOf }: AsOf,
  call: Call & { readonly signal: AbortSignal },
): Promise<Outcome> {
  const { signal } = call;
  return pastOf(store).asOf(asOf, (snapshot) => onlyRead(snapshot, 0, call), { signal });
}

async function onlyRead(
  snapshot: Snapshot,
  staleMsMax: number,
  { open, decided }: Call,
): Promise<Outcome> {
  open({ snapshot, staleMsMax });
  if ((await decided) === null) return snapshot.version;
  throw new HoldfastError("invalid_argument", "a read that may be older commits nothing");
}

function promise<T>(): readonly [promise: Promise<T>, resolve: (value: T) => void] {
  let resolve: (value: T) => void = () => {};
  return [new Promise<T>((take) => (resolve = take)), (value) => resolve(value)];
}
