// What the workers of the store scenario do, and what goes wrong, drawn from a seed.
//
// One machine keeps one store. Work comes in bursts, so that transactions meet each
// other, and crashes are drawn into the bursts, so that they meet commits. Everything
// is plain data: a plan with operations left out is a plan.

import {
  drawFaults,
  type Fault,
  type FaultKind,
  namedRandom,
  type Operation,
  type Plan,
} from "@holdfast/sim";
import { type Random, randomBelow, randomItem } from "@holdfast/std";
import { withSureFault } from "../sure_fault.ts";

/** What a worker does at its time; nothing where the store is not open then. */
export type StoreOperation = Operation & {
  /** Names the operation in its plan, and in the store. */
  readonly id: number;
  /** How long it thinks between reading and writing. */
  readonly thinkMs: number;
} & (
    | { readonly type: "add"; readonly counter: number }
    | {
        readonly type: "transfer";
        readonly from: number;
        readonly to: number;
        readonly amount: number;
      }
    | ({ readonly type: "lists" } & ListSteps)
    | ({ readonly type: "register" } & RegisterStep)
    /** Takes a name that nobody has. */
    | { readonly type: "claim"; readonly name: number }
    /** Goes off duty where the other one is on duty, else on duty. */
    | { readonly type: "duty"; readonly person: number }
    /** Writes without reading; `sizeBytes` for each value. */
    | { readonly type: "put"; readonly rows: readonly number[]; readonly sizeBytes: number }
    | { readonly type: "clear"; readonly fromRow: number; readonly toRow: number }
    /** Clears a row, if it is there, writes another one, and perhaps reads all. */
    | { readonly type: "move"; readonly fromRow: number; readonly toRow: number }
    /** Reads a space twice, at one version. */
    | {
        readonly type: "scan";
        readonly space: Space;
        readonly limitRows: number;
        readonly isReverse: boolean;
      }
    /** Adds to a counter, and takes it back after `cancelMs`, if it is not too late. */
    | { readonly type: "cancel"; readonly counter: number; readonly cancelMs: number }
    /** Watches a space until the process ends. */
    | { readonly type: "watch"; readonly space: Space }
  );

/** Reads lists and appends to them, in one transaction. */
interface ListSteps {
  readonly steps: readonly { readonly list: number; readonly isAppend: boolean }[];
}

/** Reads a register, writes it, or writes it where it holds what is expected. */
interface RegisterStep {
  readonly register: number;
  readonly does: "read" | "write" | "swap";
  /** For a swap: the operation whose value it must hold; null for that of nobody. */
  readonly expected: number | null;
}

/** Work on lists. */
export type ListWork = Extract<StoreOperation, { readonly type: "lists" }>;

/** A transfer between two accounts. */
export type TransferWork = Extract<StoreOperation, { readonly type: "transfer" }>;

/** Work on a register. */
export type RegisterWork = Extract<StoreOperation, { readonly type: "register" }>;

/** A plan of this scenario. */
export type StorePlan = Plan<StoreOperation>;

/** What keys begin with. */
export type Space = (typeof spaces)[number];

/** What is not in a plan, but follows from its seed. */
export interface StoreSetting {
  /** Whether the disk may lie, rot and write astray: see the head of `store_scenario.ts`. */
  readonly isDetection: boolean;
  /** Whether values are so large that the log is written anew. */
  readonly isBig: boolean;
}

/** The machine of the store. */
export const storeMachine = "store";
/** When faults end, in milliseconds. */
export const healAtMs = 20_000;
/** How many registers there are. */
export const registers = 2;
const spaces = ["account", "claim", "counter", "duty", "list", "row"] as const;
/** How many accounts there are. */
export const accounts = 4;
const listsCount = 3;
const burstsMin = 6;
const burstsMax = 14;
/** How long a burst lasts. */
export const burstMs = 40;

const honestKinds: readonly FaultKind[] = [
  "kill",
  "power_loss",
  "pause",
  "clock_jump",
  "clock_drift",
  "read_error",
  "write_error",
  "sync_error",
  "disk_full",
  "slow_disk",
];
const detectionKinds: readonly FaultKind[] = ["lying_sync", "bit_rot", "misdirected_write"];

/** The setting of `seed`. */
export function storeSettingOf(seed: number): StoreSetting {
  const random = namedRandom(seed, "store setting");
  const isDetection = random.next() < 1 / 6;
  // A log that was written anew has more to go wrong with: more often where that is sought.
  return { isDetection, isBig: random.next() < (isDetection ? 1 / 3 : 1 / 8) };
}

/** What happens on `seed`. */
export function drawStorePlan(seed: number): StorePlan {
  const { isDetection, isBig } = storeSettingOf(seed);
  const { bursts, operations } = drawWork(seed, isBig);
  const faults = drawStoreFaults(namedRandom(seed, "store faults"), bursts, isDetection);
  return { scenario: "store", seed, operations, faults };
}

/** What workers do on `seed`, in the order of time, and when bursts of it begin. */
export function drawWork(
  seed: number,
  isBig: boolean,
): { readonly bursts: readonly number[]; readonly operations: readonly StoreOperation[] } {
  const bursts = drawBursts(namedRandom(seed, "store bursts"));
  const drawn = drawOperations(namedRandom(seed, "store operations"), bursts, {
    isBig,
    lists: namedRandom(seed, "store lists"),
  });
  const moves = drawMoves(namedRandom(seed, "store moves"), bursts, drawn.length);
  const firstId = drawn.length + moves.length;
  const swaps = drawRegisters(namedRandom(seed, "store registers"), bursts, firstId);
  const operations = [...drawn, ...moves, ...swaps].sort((left, right) => left.atMs - right.atMs);
  return { bursts, operations };
}

function drawBursts(random: Random): readonly number[] {
  const count = burstsMin + randomBelow(random, burstsMax - burstsMin);
  return Array.from({ length: count }, () => 200 + random.next() * (healAtMs - 1_000));
}

function drawStoreFaults(
  random: Random,
  bursts: readonly number[],
  isDetection: boolean,
): readonly Fault[] {
  const kinds = isDetection ? [...honestKinds, ...detectionKinds] : honestKinds;
  const targets = Object.fromEntries(kinds.map((kind) => [kind, [storeMachine]]));
  const span = { fromMs: 100, untilMs: healAtMs - 1_000 };
  const faults = [...drawFaults(random, { targets, talks: [], ...span, perKindMax: 3 })];
  // What a lie or a bit has done shows when the store is opened again.
  const losses = isDetection ? 3 : 0;
  for (let count = 0; count < losses; count += 1) {
    const unsynced = randomItem(random, ["lost", "torn", "kept"] as const);
    const base = { atMs: span.fromMs, durationMs: 100, machine: storeMachine };
    faults.push({ kind: "power_loss", unsynced, ...base });
  }
  const moved = withSureFault(faults, storeMachine, span.fromMs).map((fault) => {
    const strikes = !/^(clock_.*|slow_disk)$/.test(fault.kind);
    if (!strikes || random.next() < 0.3) return fault;
    const atMs = thousandths(randomItem(random, bursts) + random.next() * burstMs * 1.5);
    return { ...fault, atMs };
  });
  return withoutDoubledSlowness(moved.sort((left, right) => left.atMs - right.atMs));
}

/** Factors of slow disks multiply; two at once make calls that take hours. */
function withoutDoubledSlowness(faults: readonly Fault[]): readonly Fault[] {
  let slowUntilMs = 0;
  return faults.filter(({ kind, atMs, durationMs }) => {
    if (kind !== "slow_disk") return true;
    if (atMs < slowUntilMs) return false;
    slowUntilMs = atMs + durationMs;
    return true;
  });
}

function drawOperations(
  random: Random,
  bursts: readonly number[],
  variety: Variety,
): readonly StoreOperation[] {
  const operations: StoreOperation[] = [];
  for (const burst of bursts) {
    const count = 8 + randomBelow(random, 24);
    for (let index = 0; index < count; index += 1) {
      const atMs = thousandths(burst + random.next() * burstMs);
      operations.push(drawOperation(random, { id: operations.length, atMs, ...variety }));
    }
  }
  return operations;
}

/** What operations are drawn from besides their own chance. */
interface Variety {
  readonly isBig: boolean;
  /** What lists are read and appended to comes from a stream of its own. */
  readonly lists: Random;
}

function drawMoves(
  random: Random,
  bursts: readonly number[],
  firstId: number,
): readonly StoreOperation[] {
  return bursts.map((burst, index) => {
    const atMs = thousandths(burst + random.next() * burstMs);
    const [fromRow, toRow] = [randomBelow(random, 12), randomBelow(random, 12)];
    return {
      type: "move",
      id: firstId + index,
      atMs,
      thinkMs: drawThinkMs(random),
      fromRow,
      toRow,
    };
  });
}

/** Registers are worked on by few at once, as a burst has them. */
function drawRegisters(
  random: Random,
  bursts: readonly number[],
  firstId: number,
): readonly StoreOperation[] {
  const operations: RegisterWork[] = [];
  const latest = new Map<number, number>();
  for (const burst of bursts) {
    const count = 2 + randomBelow(random, 5);
    const times = Array.from({ length: count }, () => thousandths(burst + random.next() * burstMs));
    for (const atMs of times.sort((left, right) => left - right)) {
      const id = firstId + operations.length;
      const register = randomBelow(random, registers);
      const does = randomItem(random, ["read", "read", "write", "swap", "swap"] as const);
      const expected = does === "swap" ? (latest.get(register) ?? null) : null;
      const base = { id, atMs, thinkMs: drawThinkMs(random) };
      operations.push({ type: "register", ...base, register, does, expected });
      // Some are expected by two, of whom one comes too late.
      if (does !== "read" && random.next() < 0.7) latest.set(register, id);
    }
  }
  return operations;
}

function drawSteps(random: Random): ListSteps["steps"] {
  return Array.from({ length: 1 + randomBelow(random, 4) }, () => ({
    list: randomBelow(random, listsCount),
    isAppend: random.next() < 0.5,
  }));
}

function drawOperation(
  random: Random,
  { id, atMs, isBig, lists }: Variety & { readonly id: number; readonly atMs: number },
): StoreOperation {
  const base = { id, atMs, thinkMs: drawThinkMs(random) };
  const dice = random.next();
  if (isBig && dice < 0.45) return { type: "put", ...base, ...drawPut(random, 95_000) };
  const two = randomBelow(random, 2);
  if (dice < 0.14) return { type: "add", ...base, counter: two };
  if (dice < 0.3) {
    const from = randomBelow(random, accounts);
    const to = (from + 1 + randomBelow(random, accounts - 1)) % accounts;
    return { type: "transfer", ...base, from, to, amount: 1 + randomBelow(random, 50) };
  }
  if (dice < 0.4) return { type: "lists", ...base, steps: drawSteps(lists) };
  if (dice < 0.47) return { type: "claim", ...base, name: randomBelow(random, 8) };
  if (dice < 0.6) return { type: "duty", ...base, person: two };
  if (dice < 0.73) return { type: "put", ...base, ...drawPut(random, 3_000) };
  if (dice < 0.79) {
    const fromRow = randomBelow(random, 10);
    return { type: "clear", ...base, fromRow, toRow: fromRow + 1 + randomBelow(random, 5) };
  }
  const space = randomItem(random, spaces);
  if (dice < 0.91) {
    const limitRows = random.next() < 0.5 ? 100 : 1 + randomBelow(random, 4);
    return { type: "scan", ...base, space, limitRows, isReverse: random.next() < 0.5 };
  }
  if (dice < 0.95)
    return { type: "cancel", ...base, counter: two, cancelMs: randomBelow(random, 5) };
  return { type: "watch", ...base, space };
}

/** Most think for no time, some for as long as a commit takes, few for longer than they may. */
function drawThinkMs(random: Random): number {
  const dice = random.next();
  if (dice < 0.5) return 0;
  if (dice < 0.97) return thousandths(random.next() * 5);
  return Math.round(random.next() * 8_000);
}

function drawPut(
  random: Random,
  sizeBytesMax: number,
): { readonly rows: readonly number[]; readonly sizeBytes: number } {
  const rows = Array.from({ length: 1 + randomBelow(random, 3) }, () => randomBelow(random, 12));
  const sizeBytes = Math.round(
    sizeBytesMax * (0.3 + 0.7 * random.next()) * (random.next() < 0.4 ? 0.01 : 1),
  );
  return { rows: [...new Set(rows)], sizeBytes };
}

/** To the microsecond. */
export function thousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
