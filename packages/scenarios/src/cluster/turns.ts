// Calls of one turn of the event loop on a node, in the books: writes that read nothing, and
// look-ups of one key.
//
// A store gathers those of one turn into one commit and one barrier (GW3 says which). A gathered
// write must not hold its version in a row, as transactions here do, since that would have it
// go alone. So where nobody is told what came of the writes of one turn, the books find out in
// the end (found_writes.ts).

import { encodeUtf8 } from "@holdfast/std";
import type { Writes } from "@holdfast/store";
import { registerKey, registerValue } from "../store/judged_work.ts";
import { RecordedTransaction } from "../store/recorded_transaction.ts";
import { valueText } from "../store/store_model.ts";
import { requireTimeout, type WorkPlace } from "../store/store_worker.ts";
import { stampOf, writeBlindly } from "../store/store_workload.ts";
import type { ClusterLedger, Gathered } from "./cluster_ledger.ts";
import type { CallOptions, LookUp, TurnCall, TurnOperation } from "./turn_plan.ts";

/** Where calls are made. */
export type TurnPlace = Pick<WorkPlace, "world" | "store" | "nowMs"> & {
  readonly ledger: ClusterLedger;
};

interface HowToWrite {
  readonly call: Exclude<TurnCall, { readonly type: "get" }>;
  /** What it is gathered with; null where it goes alone. */
  readonly gathered: Gathered | null;
  readonly options: CallOptions;
}

/** Makes all calls; the first failure that came, or null. @throws {ViolationError} What the ledger finds; ST25. */
export async function performTurn(
  place: TurnPlace,
  { calls, lookUps, everyMs }: TurnOperation,
): Promise<Error | null> {
  const { clock } = place.world;
  const done = callsOf(place, calls);
  let isWritten = false;
  const written = Promise.all(done.filter((_, index) => calls[index]!.type !== "get")).then(() => {
    isWritten = true;
  });
  for (const work of lookUps) {
    await Promise.race([written, clock.sleep(everyMs)]);
    done.push(lookUp(place, work));
    if (isWritten) break;
  }
  const failures = await Promise.all(done);
  return failures.find((failure) => failure !== null) ?? null;
}

/** Makes the calls of one turn, at once. */
function callsOf(place: TurnPlace, calls: readonly TurnCall[]): Promise<Error | null>[] {
  let gathered: Gathered = [];
  return calls.map((call) => {
    if (call.type === "get") return lookUp(place, call.work);
    if (call.type === "write") return write(place, { call, gathered, options: {} });
    const { options } = call;
    const done = write(place, { call, gathered: null, options });
    // What goes alone, and in the order of the calls, ends what was gathered.
    if (Object.keys(options).length === 0) gathered = [];
    return done;
  });
}

async function lookUp({ store, ledger }: TurnPlace, work: LookUp): Promise<Error | null> {
  const call = ledger.history.call(work);
  try {
    const value = await store.get(encodeUtf8(registerKey(work.register)));
    const answer = registerValue(value === null ? null : valueText(value));
    ledger.history.ok(call, { answer, version: null, wrote: false });
    ledger.count("lookedUp");
    return null;
  } catch (error) {
    ledger.fail(call, null, error);
    return error as Error;
  }
}

async function write(
  { world, store, ledger, nowMs }: TurnPlace,
  { call, gathered, options }: HowToWrite,
): Promise<Error | null> {
  const asked = ledger.history.call(call.work);
  const run = ledger.beginBlindly(asked, gathered);
  const calledMs = world.clock.now();
  try {
    const version = await store.write((writes: Writes) => {
      writeBlindly(call.work, new RecordedTransaction(writes, run.steps), world.clock.wall());
      if (gathered === null) {
        const key = encodeUtf8(stampOf(call.work.id));
        writes.setStampedValue(key, { before: new Uint8Array(0) });
      }
      ledger.handIn(run, undefined);
    }, options);
    ledger.commit(run, version, nowMs());
    if (gathered !== null) ledger.count("gathered");
    return null;
  } catch (error) {
    ledger.fail(asked, run, error);
    requireTimeout(error, world.clock.now() - calledMs, options);
    return error as Error;
  }
}
