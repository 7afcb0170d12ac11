// What workers of a cluster ask for beside transactions, drawn from a seed: writes and look-ups
// of one turn of the event loop, which the store gathers; and reads that may be older.

import type { Operation } from "@holdfast/sim";
import { type Random, randomBelow, randomItem } from "@holdfast/std";
import type { TransactOptions } from "@holdfast/store";
import {
  burstMs,
  type RegisterWork,
  registers,
  type Space,
  thousandths,
} from "../store/store_plan.ts";
import type { BlindWork } from "../store/store_workload.ts";

/** How a call is made: plain data. */
export type CallOptions = Pick<TransactOptions, "priority" | "timeoutMs">;

/** Looks up a register, as a key. */
export type LookUp = RegisterWork & { readonly does: "read" };

/** One call of a turn. */
export type TurnCall =
  | { readonly type: "get"; readonly work: LookUp }
  /** Gathered with the other writes of its turn. */
  | { readonly type: "write"; readonly work: BlindWork }
  /** A write that clears a range, keeps its version, or goes before or behind others: a commit by itself. */
  | { readonly type: "write alone"; readonly work: BlindWork; readonly options: CallOptions };

/** Calls of one turn. While their writes are under way, and once when they are not, registers are looked up. */
export interface TurnOperation extends Operation {
  readonly type: "turn";
  readonly calls: readonly TurnCall[];
  readonly lookUps: readonly LookUp[];
  /** Time between two of the look-ups. */
  readonly everyMs: number;
}

/** Reads a space as it was at one version, which need not be the latest. */
export interface AgedRead extends Operation {
  readonly type: "aged read";
  readonly id: number;
  readonly space: Space;
  /** As old as that; or it shows what anybody was told of before. */
  readonly freshness: "told" | { readonly staleMsMax: number };
}

const spaces = ["account", "counter", "list", "row"] as const;
const rowsCount = 12;
const readsCount = 3;
/** Above those of all other work. */
const firstId = 20_000;

/** For each burst of work one or two turns, and some reads, also soon after it. */
export function drawTurns(
  random: Random,
  bursts: readonly number[],
): readonly (TurnOperation | AgedRead)[] {
  const draw = new TurnDraw(random);
  return bursts.flatMap((burst) => {
    const turns = Array.from({ length: 1 + randomBelow(random, 2) }, () =>
      draw.turn(thousandths(burst + random.next() * burstMs)),
    );
    const reads = Array.from({ length: readsCount }, () =>
      draw.read(thousandths(burst + random.next() * 2 * burstMs)),
    );
    return [...turns, ...reads];
  });
}

/** How a transaction is run: mostly nothing is said. */
export function drawOptions(random: Random): CallOptions {
  const dice = random.next();
  if (dice < 0.12) return { priority: "batch" };
  if (dice < 0.24) return { priority: "immediate" };
  if (dice < 0.32) return { timeoutMs: randomBelow(random, 60) };
  return {};
}

class TurnDraw {
  readonly #random: Random;
  #id = firstId;

  constructor(random: Random) {
    this.#random = random;
  }

  turn(atMs: number): TurnOperation {
    const calls = Array.from({ length: 2 + randomBelow(this.#random, 5) }, () => this.#call(atMs));
    const count = randomBelow(this.#random, 5);
    const lookUps = Array.from({ length: count }, () => this.#lookUp(atMs));
    const everyMs = randomItem(this.#random, [0.2, 1, 5]);
    return { type: "turn", atMs, calls, lookUps, everyMs };
  }

  read(atMs: number): AgedRead {
    const space = randomItem(this.#random, spaces);
    const staleMsMax = randomItem(this.#random, [0, 20, 200, 5_000]);
    const freshness = this.#random.next() < 0.5 ? "told" : { staleMsMax };
    return { type: "aged read", id: this.#nextId(), atMs, space, freshness };
  }

  #call(atMs: number): TurnCall {
    const dice = this.#random.next();
    if (dice < 0.3) return { type: "get", work: this.#lookUp(atMs) };
    const work = this.#blindWork(atMs);
    if (dice < 0.85 && work.type !== "clear") return { type: "write", work };
    return { type: "write alone", work, options: drawOptions(this.#random) };
  }

  #lookUp(atMs: number): LookUp {
    return { ...this.#register(atMs), does: "read" };
  }

  #blindWork(atMs: number): BlindWork {
    const dice = this.#random.next();
    if (dice < 0.5) return { ...this.#register(atMs), does: "write" };
    const base = { id: this.#nextId(), atMs, thinkMs: 0 };
    const fromRow = randomBelow(this.#random, rowsCount);
    if (dice < 0.65) {
      return { type: "clear", ...base, fromRow, toRow: fromRow + 1 + randomBelow(this.#random, 3) };
    }
    const rows = [...new Set([fromRow, randomBelow(this.#random, rowsCount)])];
    return { type: "put", ...base, rows, sizeBytes: 1 + randomBelow(this.#random, 400) };
  }

  #register(atMs: number): Omit<RegisterWork, "does"> {
    const register = randomBelow(this.#random, registers);
    return { type: "register", id: this.#nextId(), atMs, thinkMs: 0, register, expected: null };
  }

  #nextId(): number {
    this.#id += 1;
    return this.#id;
  }
}
