// Faults: what was broken on purpose while a history was made, and when; and how our own
// format writes that.

import { HoldfastError } from "@holdfast/std";
import type { EventPlace } from "./event_collector.ts";
import { type Line, lineError } from "./lines.ts";

/** Something was broken from one moment to another. */
export interface Fault {
  /** What, in a few words: "partition n1 | n2 n3". */
  readonly name: string;
  readonly beginsAt: number;
  /** Infinity where nobody wrote down that it ended. */
  readonly endsAt: number;
}

/** Faults of a history. */
export const faultsMax = 100_000;

/** UTF-16 units of a fault's name. */
export const faultNameLengthMax = 1_000;

/** That something was broken, or is whole again: a line of our own format. */
export interface FaultEvent {
  readonly fault: string;
  readonly type: "begin" | "end";
  readonly at: number;
}

/** The event of a line that has a `fault`. @throws {HoldfastError} `corrupt` or `too_large`. */
export function faultEventOf(value: Record<string, unknown>, line: Line): FaultEvent {
  const { fault, type, at = line.number } = value;
  if (typeof fault !== "string") throw lineError("corrupt", line.number, "names no fault");
  if (fault.length > faultNameLengthMax) {
    const reason = `names a fault in over ${faultNameLengthMax} characters`;
    throw lineError("too_large", line.number, reason);
  }
  if (type !== "begin" && type !== "end") {
    throw lineError("corrupt", line.number, "tells of a fault, and not that it begins or ends");
  }
  if (!Number.isFinite(at)) throw lineError("corrupt", line.number, "has a time that is no number");
  return { fault, type, at: at as number };
}

/** The events of faults. @throws {HoldfastError} `invalid_argument`, as `writeHistory` says. */
export function faultEventsOf(faults: readonly Fault[]): FaultEvent[] {
  const lastEndOf = new Map<string, number>();
  const events: FaultEvent[] = [];
  const byBegin = [...faults].sort((a, b) => a.beginsAt - b.beginsAt);
  for (const { name, beginsAt, endsAt } of byBegin) {
    if (name.length > faultNameLengthMax) refuse("has too long a name");
    if (!Number.isFinite(beginsAt) || !(beginsAt <= endsAt)) refuse("ends before it begins");
    if (beginsAt < (lastEndOf.get(name) ?? beginsAt)) refuse("holds twice at once");
    lastEndOf.set(name, endsAt);
    events.push({ fault: name, type: "begin", at: beginsAt });
    if (endsAt < Infinity) events.push({ fault: name, type: "end", at: endsAt });
  }
  return events;
}

function refuse(what: string): never {
  throw new HoldfastError("invalid_argument", `a fault ${what}`);
}

/** Puts the beginnings and ends of faults together. */
export class FaultCollector {
  readonly #faults: Fault[] = [];
  // Where those that hold stand.
  readonly #open = new Map<string, number>();

  /** Whether a fault of this name holds. */
  isOpen(name: string): boolean {
    return this.#open.has(name);
  }

  /** @throws {HoldfastError} `corrupt` where it holds already, `too_large` for too many. */
  begin(name: string, { line, at }: EventPlace): void {
    if (this.#open.has(name)) throw lineError("corrupt", line, "begins a fault that holds already");
    if (this.#faults.length === faultsMax) {
      throw lineError("too_large", line, `is after ${faultsMax} faults`);
    }
    this.#open.set(name, this.#faults.length);
    this.#faults.push({ name, beginsAt: at, endsAt: Infinity });
  }

  /** @throws {HoldfastError} `corrupt` where no fault of this name holds. */
  end(name: string, { line, at }: EventPlace): void {
    const place = this.#open.get(name);
    if (place === undefined) throw lineError("corrupt", line, "ends a fault that does not hold");
    this.#open.delete(name);
    this.#faults[place] = { ...this.#faults[place]!, endsAt: at };
  }

  /** In the order in which they began. */
  faults(): readonly Fault[] {
    return this.#faults;
  }
}
