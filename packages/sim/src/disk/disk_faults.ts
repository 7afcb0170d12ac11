// What goes wrong with one disk at present, and the chance in it.
//
// Each activation stands for itself and has its own end, so that several of one
// kind may hold at once: rates are tried one after the other, slow factors multiply.
// A bite is noted where a fault changed what a call does. A slow disk delays every
// call; it is noted for the first of an activation, and then for every hundredth.

import { HoldfastError, type Random, randomBelow } from "@holdfast/std";
import type { Bites } from "../faults/bites.ts";
import { sectorSizeBytes } from "./file_body.ts";

/** How long calls take on a healthy disk, in virtual milliseconds. */
export const diskCosts = {
  /** Bytes go to or come from the page cache. */
  cachedMs: 0.05,
  /** Names are looked up or changed. */
  namesMs: 0.1,
  /** Something is really written; drawn between the two. */
  syncMsMin: 0.5,
  syncMsMax: 2,
} as const;

const slowNoteCalls = 100;

/** With which probability calls fail with `io`. */
export interface ErrorRates {
  readonly readErrorRate?: number;
  readonly writeErrorRate?: number;
  readonly syncErrorRate?: number;
}

interface Slowness {
  readonly factor: number;
  calls: number;
}

/** Options for {@link DiskFaults}. */
export interface DiskFaultsOptions {
  readonly machine: string;
  readonly random: Random;
  readonly bites: Bites;
}

/** The faults of one disk. Each act that begins one answers what ends it, harmless twice. */
export class DiskFaults {
  readonly #machine: string;
  readonly #random: Random;
  readonly #bites: Bites;
  readonly #failing = new Set<ErrorRates>();
  readonly #filled = new Set<object>();
  readonly #slow = new Set<Slowness>();
  readonly #lying = new Set<object>();
  readonly #misdirecting = new Set<{ readonly rate: number }>();

  constructor({ machine, random, bites }: DiskFaultsOptions) {
    this.#machine = machine;
    this.#random = random;
    this.#bites = bites;
  }

  fail(rates: ErrorRates): () => void {
    return activate(this.#failing, { ...rates });
  }

  fill(): () => void {
    return activate(this.#filled, {});
  }

  slow(factor: number): () => void {
    return activate(this.#slow, { factor, calls: 0 });
  }

  lie(): () => void {
    return activate(this.#lying, {});
  }

  misdirect(rate: number): () => void {
    return activate(this.#misdirecting, { rate });
  }

  /** Whether syncs lie. */
  get isLying(): boolean {
    return this.#lying.size > 0;
  }

  /** A lying sync claimed something that is not so. */
  noteLie(text: string): void {
    this.#bites.note("lying_sync", this.#machine, text);
  }

  /** How long a call takes now that takes `costMs` on a healthy disk. */
  delayMs(costMs: number): number {
    let delayMs = costMs;
    for (const slowness of this.#slow) {
      delayMs *= slowness.factor;
      if (slowness.factor !== 1 && slowness.calls % slowNoteCalls === 0) {
        this.#bites.note("slow_disk", this.#machine, `calls take ${slowness.factor} times as long`);
      }
      slowness.calls += 1;
    }
    return delayMs;
  }

  /** How long a sync takes now. */
  syncDelayMs(): number {
    const { syncMsMin, syncMsMax } = diskCosts;
    return this.delayMs(syncMsMin + this.#random.next() * (syncMsMax - syncMsMin));
  }

  /** @throws {HoldfastError} `io` where a fault has this call fail. */
  strike(kind: "read_error" | "write_error" | "sync_error", call: string): void {
    for (const rates of this.#failing) {
      const rate =
        kind === "read_error"
          ? rates.readErrorRate
          : kind === "write_error"
            ? rates.writeErrorRate
            : rates.syncErrorRate;
      if (rate === undefined || rate <= 0 || this.#random.next() >= rate) continue;
      this.#bites.note(kind, this.#machine, `${call} failed`);
      throw new HoldfastError("io", `${call}: the device failed`);
    }
  }

  /** @throws {HoldfastError} `disk_full` where there is no room and the call needs some. */
  requireRoom(needsRoom: boolean, call: string): void {
    if (!needsRoom || this.#filled.size === 0) return;
    this.#bites.note("disk_full", this.#machine, `${call} found no room`);
    throw new HoldfastError("disk_full", `${call}: no room is left`);
  }

  /** Where `length` bytes for `offset` land, in a file that then ends at `endBytes`, at `offset` or later. */
  placeOf(offset: number, length: number, endBytes: number, call: string): number {
    for (const { rate } of this.#misdirecting) {
      if (rate <= 0 || this.#random.next() >= rate) continue;
      // Whole sectors away, so that the bytes lie in their sectors as they should have.
      const shift = offset % sectorSizeBytes;
      const count = Math.floor((endBytes - length - shift) / sectorSizeBytes) + 1;
      if (count < 2 || length === 0) continue;
      const own = Math.floor(offset / sectorSizeBytes);
      const drawn = randomBelow(this.#random, count - 1);
      const place = (drawn < own ? drawn : drawn + 1) * sectorSizeBytes + shift;
      this.#bites.note(
        "misdirected_write",
        this.#machine,
        `${call} for ${offset} went to ${place}`,
      );
      return place;
    }
    return offset;
  }
}

function activate<T>(active: Set<T>, fault: T): () => void {
  active.add(fault);
  return () => {
    active.delete(fault);
  };
}
