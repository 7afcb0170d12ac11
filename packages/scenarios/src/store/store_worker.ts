// One operation of a worker on a store: its transaction, run by run, in the books.

import type { MachineWorld } from "@holdfast/sim";
import { ViolationError } from "@holdfast/sim";
import { encodeUtf8, isHoldfastError } from "@holdfast/std";
import {
  type CommitVersion,
  type Snapshot,
  type Store,
  type Transaction,
  type TransactOptions,
  transactionAgeMsMax,
} from "@holdfast/store";
import type { Timer } from "@holdfast/world";
import type { Answer } from "./judged_work.ts";
import type { RecordedRun } from "./recorded_run.ts";
import { RecordedTransaction } from "./recorded_transaction.ts";
import type { Call, StoreHistory } from "./store_history.ts";
import { perform, stampOf, type Work } from "./store_workload.ts";

/** Books of what workers do; see `store_ledger.ts`. */
export interface WorkLedger {
  readonly history: StoreHistory;
  begin(call: Call, snapshotVersion: CommitVersion): RecordedRun;
  handIn(run: RecordedRun, answer: Answer): void;
  drop(run: RecordedRun): void;
  commit(run: RecordedRun, version: CommitVersion, atMs: number): void;
  fail(call: Call, run: RecordedRun | null, error: unknown): void;
}

/** What {@link performWork} works on. */
export interface WorkPlace {
  readonly world: MachineWorld;
  readonly store: Store;
  readonly ledger: WorkLedger;
  /** Those who think; when the store is closed, their transactions are too old. */
  readonly thinking: Set<Timer>;
  /** True time. */
  readonly nowMs: () => number;
  /** Whether each that writes also writes its own version, in a row that no judge reads. */
  readonly stamps: boolean;
  /** How transactions are run; nothing said where it is absent. */
  readonly options?: TransactOptions;
}

/** The alarm that ends a transaction rings late on a clock that runs faster than when it was set: from 0.9 to 1.1 at most. */
const committedThinkMsMax = transactionAgeMsMax * 1.25;

/** The run that took effect, and its version; or why none did. @throws {ViolationError} What the ledger finds; ST13, ST25. */
export async function performWork(
  { world, store, ledger, thinking, nowMs, stamps, options = {} }: WorkPlace,
  work: Work,
): Promise<{ readonly run: RecordedRun; readonly version: CommitVersion } | Error> {
  const call = ledger.history.call(work);
  const think = async (): Promise<void> => {
    if (work.thinkMs === 0) return;
    await new Promise<void>((resolve) => {
      thinking.add(world.clock.timer(work.thinkMs, resolve));
    });
  };
  const cancelling = new AbortController();
  const timer =
    work.type === "cancel" ? world.clock.timer(work.cancelMs, () => cancelling.abort()) : null;
  const calledMs = world.clock.now();
  let last: RecordedRun | null = null;
  let beganMs = 0;
  try {
    const body = async (tx: Transaction | Snapshot): Promise<CommitVersion> => {
      if (last !== null) ledger.drop(last);
      const run = ledger.begin(call, tx.version);
      last = run;
      beganMs = world.clock.now();
      const time = { think, wall: () => world.clock.wall() };
      const recorded = new RecordedTransaction(tx, run.steps);
      ledger.handIn(run, await perform(work, recorded, time));
      if (stamps && recorded.hasWritten) {
        const key = encodeUtf8(stampOf(work.id));
        (tx as Transaction).setStampedValue(key, { before: new Uint8Array(0) });
      }
      return tx.version;
    };
    const isRead = work.type === "register" && work.does === "read";
    const version = isRead
      ? await store.read(body)
      : (await store.transact(body, { ...options, signal: cancelling.signal })).version;
    ledger.commit(last!, version, nowMs());
    // Not by the clock: who stands still for long, and then goes on at once, is in time.
    requireAge(work.thinkMs <= committedThinkMsMax, work.thinkMs, "committed");
    return { run: last!, version };
  } catch (error) {
    if (error instanceof ViolationError) throw error;
    ledger.fail(call, last, error);
    if (isHoldfastError(error, "too_old")) {
      const ranMs = world.clock.now() - beganMs;
      requireAge(ranMs >= transactionAgeMsMax, ranMs, "was too old");
    }
    requireTimeout(error, world.clock.now() - calledMs, options);
    return error as Error;
  } finally {
    timer?.cancel();
  }
}

/** Where `error` is a `timeout`, the time was over. @throws {ViolationError} ST25. */
export function requireTimeout(
  error: unknown,
  ranMs: number,
  { timeoutMs = Number.POSITIVE_INFINITY }: TransactOptions,
): void {
  if (!isHoldfastError(error, "timeout") || ranMs >= timeoutMs) return;
  throw new ViolationError("ST25", `a call of ${timeoutMs} ms ended after ${ranMs} ms: too late`);
}

/** @throws {ViolationError} ST13. */
function requireAge(isRight: boolean, ranMs: number, fate: string): void {
  if (isRight) return;
  throw new ViolationError("ST13", `a transaction that ran for ${ranMs} ms ${fate}`);
}
