// Reads that may be older than the latest commit, in the books. They see the store at one
// version as all others do (ST1); and are as recent as they were asked to be, and say (ST22,
// ST23), by true time, whatever the clocks of the machines do.

import { ViolationError } from "@holdfast/sim";
import type { RecordedRun } from "../store/recorded_run.ts";
import { RecordedTransaction } from "../store/recorded_transaction.ts";
import type { AgedRead } from "./turn_plan.ts";
import type { TurnPlace } from "./turns.ts";

const limitRows = 100;

/** The failure that came, or null. @throws {ViolationError} ST22, ST23; what the ledger finds. */
export async function performAgedRead(
  { store, ledger, nowMs }: TurnPlace,
  { freshness, space, id, atMs }: AgedRead,
): Promise<Error | null> {
  const work = { type: "scan", id, atMs, thinkMs: 0, space, limitRows, isReverse: false } as const;
  const call = ledger.history.call(work);
  const calledMs = nowMs();
  const atLeast = ledger.acknowledgedBy(calledMs);
  const consistency = freshness === "told" ? { atLeast } : freshness;
  let run: RecordedRun | null = null;
  try {
    const { version, staleMsMax } = await store.read(
      async (snapshot) => {
        run = ledger.begin(call, snapshot.version);
        await new RecordedTransaction(snapshot, run.steps).range(space, limitRows);
        return snapshot;
      },
      { consistency },
    );
    if (freshness === "told") {
      requireAtLeast("ST22", version, atLeast);
    } else if (staleMsMax > freshness.staleMsMax) {
      const sentence = `a read of ${freshness.staleMsMax} ms says that it is ${staleMsMax} ms old`;
      throw new ViolationError("ST23", sentence);
    }
    requireAtLeast("ST23", version, ledger.acknowledgedBy(calledMs - staleMsMax));
    ledger.count(staleMsMax > 0 ? "aged" : "recent");
    ledger.history.ok(call, { answer: undefined, version: null, wrote: false });
    return null;
  } catch (error) {
    if (error instanceof ViolationError) throw error;
    ledger.fail(call, run, error);
    return error as Error;
  }
}

function requireAtLeast(promise: string, version: number, least: number): void {
  if (version >= least) return;
  throw new ViolationError(promise, `a read shows ${version}, and should show ${least}`);
}
