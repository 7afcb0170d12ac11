// Calls of one turn of the event loop on a node, in the books: writes that read nothing, and
// look-ups of one key.
//
// A store gathers those of one turn into one commit and one barrier. A gathered write must not
// hold its version in a row, as transactions here do, since that would have it go alone. So
// where nobody is told what came of the writes of one turn, the books find out in the end
// (found_writes.ts).

import { encodeUtf8 } from "@holdfast/std";
import type { Writes } from "@holdfast/store";
import { registerKey, registerValue } from "../store/judged_work.ts";
import { RecordedTransaction } from "../store/recorded_transaction.ts";
import type { Call } from "../store/store_history.ts";
import { valueText } from "../store/store_model.ts";
import { requireTimeout, type WorkPlace } from "../store/store_worker.ts";
import { stampOf, writeBlindly } from "../store/store_workload.ts";
import type { ClusterLedger, Gathered } from "./cluster_ledger.ts";
import type { CallOptions, TurnCall, TurnOperation } from "./turn_plan.ts";

/** Where calls are made. */
export type TurnPlace = Pick<WorkPlace, "world" | "store" | "nowMs"> & {
  readonly ledger: ClusterLedger;
};

type WriteCall = Exclude<TurnCall, { readonly type: "get" }>;

/** Makes all calls; the first failure that came, or null. @throws {ViolationError} What the ledger finds; ST25. */
export async function performTurns(
  place: TurnPlace,
  { turns }: TurnOperation,
): Promise<Error | null> {
  let first: Error | null = null;
  for (const calls of turns) {
    for (const failure of await Promise.all(callsOf(place, calls))) first ??= failure;
  }
  return first;
}

/** Makes the calls of one turn, at once. */
function callsOf(place: TurnPlace, calls: readonly TurnCall[]): Promise<Error | null>[] {
  let gathered: Gathered = [];
  return calls.map((call) => {
    const asked = place.ledger.history.call(call.work);
    if (call.type === "get") return lookUp(place, asked);
    if (call.type === "write") return write(place, asked, { call, gathered, options: {} });
    const { options } = call;
    const done = write(place, asked, { call, gathered: null, options });
    // What goes alone, and in the order of the calls, ends what was gathered.
    if (Object.keys(options).length === 0) gathered = [];
    return done;
  });
}

async function lookUp({ store, ledger }: TurnPlace, call: Call): Promise<Error | null> {
  const { work } = call;
  if (work.type !== "register") return null;
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
  asked: Call,
  how: {
    readonly call: WriteCall;
    readonly gathered: Gathered | null;
    readonly options: CallOptions;
  },
): Promise<Error | null> {
  const { call, gathered, options } = how;
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
