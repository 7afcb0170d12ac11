// The store scenario: one store with its log, many transactions at once, and
// everything that goes wrong with a machine and its disk.
//
//   0 s       faults begin, workers work                               (safety)
//   20 s      faults end; the store must be open, and commit           (liveness)
//   then      it is closed, opened once more, and read; what all were told is judged
//
// On one seed in six, the detection seeds, the disk may also lie about syncs, turn
// bits over, and write to wrong places. No store keeps what it promises then; but it
// must say so. Either opening refuses the log as damaged, and the run ends well; or
// what it shows is what the first so many commits add up to. What a log can't find out:
//   - that a lying sync lost an end of any length, several lives long perhaps,
//     but never what was acknowledged before the first lie;
//   - that the last group was damaged, by a bit or by a write that landed elsewhere,
//     with all that a stray write destroyed directly before it; nor that the last two
//     were, by two bits, since what vouches for one of them is the next.
// Never a mix of versions, nothing missing in the middle, nothing made up.
//
// The driver is the store in memory with its log: it stands for the contract, which
// LMDB keeps in its own way (LMDB is not simulated).

import {
  FaultInjector,
  type FaultKind,
  type Scenario,
  type Simulation,
  ViolationError,
} from "@holdfast/sim";
import { type Detection, StoreLedger } from "./store_ledger.ts";
import {
  drawStorePlan,
  healAtMs,
  type StoreOperation,
  type StorePlan,
  storeMachine,
  storeSettingOf,
} from "./store_plan.ts";
import { StoreProgram } from "./store_program.ts";

/** How long the store may take to be open, and to end, once faults have ended. */
const wellMsMax = 30_000;

/** Transactions on one store whose machine and disk fail. */
export const storeScenario: Scenario<StoreOperation> = {
  name: "store",
  summary: "concurrent transactions on one store while its machine and disk fail",
  draw: drawStorePlan,
  run: runStore,
};

async function runStore(
  simulation: Simulation,
  plan: StorePlan,
): Promise<Readonly<Record<string, number>>> {
  const { isDetection } = storeSettingOf(plan.seed);
  const ledger = new StoreLedger(isDetection ? detectionOf(plan) : null);
  simulation.histories.push(...ledger.history.kept);
  const program = new StoreProgram(
    ledger,
    () => simulation.nowMs,
    (error) => simulation.fail(error),
  );
  const machine = simulation.machine(storeMachine, (world) => program.main(world));
  machine.onEnd(() => program.lost());
  const injector = new FaultInjector(simulation, plan.faults);
  injector.start();
  for (const operation of plan.operations) {
    simulation.after(operation.atMs, () => machine.call(() => program.perform(operation)));
  }
  await simulation.sleep(healAtMs);
  injector.heal();
  const open = async (): Promise<void> => {
    machine.start();
    const isWell = await simulation.until(() => program.isOpen || program.isRefused, {
      withinMs: wellMsMax,
    });
    if (!isWell) throw new ViolationError("ST8", `not open ${wellMsMax} ms after faults ended`);
  };
  const stop = async (): Promise<void> => {
    let isOver = false;
    void machine.stop().then(() => {
      isOver = true;
    });
    if (await simulation.until(() => isOver, { withinMs: wellMsMax })) return;
    throw new ViolationError("ST12", `asked to end ${wellMsMax} ms ago, it runs on`);
  };
  await open();
  if (program.isRefused) return ledger.counts;
  const { committed } = ledger.counts;
  const isOver = (): boolean => ledger.counts.committed! > committed! || program.isRefused;
  // What failed before may be told by the first commit after, and then the store is opened
  // again: the second one has no excuse.
  for (const id of lastIds) {
    const operation = { ...lastOperation, id };
    machine.call(() => program.perform(operation));
    await simulation.until(isOver, { withinMs: wellMsMax });
    if (isOver()) break;
  }
  if (!isOver()) {
    throw new ViolationError("ST13", `nothing commits ${wellMsMax} ms after faults ended, twice`);
  }
  await stop();
  await open();
  await stop();
  if (machine.timersLeft > 0) {
    throw new ViolationError("ST12", `ended with ${machine.timersLeft} timers pending`);
  }
  ledger.end();
  return ledger.counts;
}

function detectionOf({ faults }: StorePlan): Detection {
  const first = (kind: FaultKind): number =>
    Math.min(...faults.filter((fault) => fault.kind === kind).map(({ atMs }) => atMs));
  return {
    liesFromMs: first("lying_sync"),
    straysFromMs: first("misdirected_write"),
    rotsAtMs: faults.filter(({ kind }) => kind === "bit_rot").map(({ atMs }) => atMs),
  };
}

const lastIds = [99_998, 99_999];
const lastOperation: StoreOperation = {
  type: "add",
  id: 99_998,
  atMs: healAtMs,
  thinkMs: 0,
  counter: 0,
};
