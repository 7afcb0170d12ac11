// The disk of one machine, which survives its processes and, in part, its power.
//
// It keeps what a real one keeps apart: the page cache, which every process of the
// machine reads and which a kill leaves alone, and what is durable. A file's bytes
// are FileBody's, names NameTable's; this file is what the machine, the faults and
// the tests take hold of.
//
// Invariants, as long as no sync lies, no bit rots and no write goes astray:
//   D1  A power loss never changes a byte that was synced and not overwritten or cut
//       since.
//   D2  After one, a sector of a file holds what it held at some one moment since its
//       last sync; so does the size, independently, with zeros where no bytes came.
//   D3  Changes of names not covered by a sync of their folder stay or go, each as a
//       whole: a rename leaves the old name or the new one (N1 to N4).
//   D4  A process that ended changes nothing any more, but for the first few of the
//       calls that were under way (Q2).
//
// What it is not: calls take the same time whatever their size, open files don't
// compete for the device, nothing is written back before a sync or a power loss
// as far as anyone can see, and reads never come from below a page cache that
// differs. `files` and folders have no owners, modes or links.

import { HoldfastError, type Random, randomBelow } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import type { Bites } from "../faults/bites.ts";
import type { Unsynced } from "../faults/fault.ts";
import type { Host } from "../run/host.ts";
import type { Happening } from "../run/trace_record.ts";
import { DiskFaults, type ErrorRates } from "./disk_faults.ts";
import type { DiskParts } from "./disk_parts.ts";
import { NameTable } from "./name_table.ts";
import { SimulatedDisk } from "./simulated_disk.ts";

/** Options for {@link DiskModel}. */
export interface DiskModelOptions {
  readonly machine: string;
  readonly random: Random;
  readonly bites: Bites;
  readonly record: (happening: Happening) => void;
}

/** One machine's disk. */
export class DiskModel {
  readonly #bites: Bites;
  readonly #parts: DiskParts;

  constructor({ machine, random, bites, record }: DiskModelOptions) {
    this.#bites = bites;
    this.#parts = {
      machine,
      random,
      names: new NameTable(),
      faults: new DiskFaults({ machine, random, bites }),
      busy: new Set(),
      locks: new Map(),
      record,
    };
  }

  /** The disk as this process sees it. Its calls take virtual time. */
  diskOf(host: Host): Disk {
    return new SimulatedDisk(this.#parts, host);
  }

  /** The process has ended, or ends now: its locks are free, and what it wrote stays. */
  killed(host: Host): void {
    for (const queue of [...this.#parts.busy]) {
      if (queue.host === host) queue.end(this.#parts.random);
    }
    for (const [body, claim] of this.#parts.locks) {
      if (claim.life === host.life) this.#parts.locks.delete(body);
    }
  }

  /** The machine loses its power, and all its processes end. O(what was not synced). */
  powerLost(unsynced: Unsynced): void {
    const { busy, locks, names, random } = this.#parts;
    for (const queue of [...busy]) queue.end(random);
    locks.clear();
    const nameLoss = names.losePower(unsynced, random);
    let lost = 0;
    const liedOf = nameLoss.lied.map((name) => `name ${name}`);
    for (const [name, body] of names.files) {
      const loss = body.losePower(unsynced, random);
      lost += loss.lost;
      if (loss.lied > 0) liedOf.push(`${loss.lied} sectors of ${name}`);
    }
    if (lost > 0 || nameLoss.lost.length > 0) {
      this.#note("power_loss", `took ${lost} sectors and ${nameLoss.lost.length} names`);
    }
    if (liedOf.length > 0) this.#note("lying_sync", `had claimed ${liedOf.join(", ")}, now lost`);
  }

  /** Calls fail with `io`, each with the probability of its sort. Answers what ends it. */
  fail(rates: ErrorRates): () => void {
    return this.#parts.faults.fail(rates);
  }

  /** No room is left: what needs more fails with `disk_full`. Answers what ends it. */
  fill(): () => void {
    return this.#parts.faults.fill();
  }

  /** Calls that begin from now on take `factor` times as long. Answers what ends it. */
  slow(factor: number): () => void {
    return this.#parts.faults.slow(factor);
  }

  /** Syncs of files and folders report success and do nothing. Answers what ends it. */
  lie(): () => void {
    return this.#parts.faults.lie();
  }

  /**
   * Writes land whole sectors away in their file, with a probability of `rate`; an
   * append then has zeros in its place. Answers what ends it.
   */
  misdirect(rate: number): () => void {
    return this.#parts.faults.misdirect(rate);
  }

  /** Turns over one bit of one file, of what is durable and of what is read; false where there is none. */
  rot(): boolean {
    const { names, random } = this.#parts;
    const files = [...names.files].filter(
      ([, body]) => Math.min(body.sizeBytes, body.durableSizeBytes) > 0,
    );
    const file = files[randomBelow(random, files.length)];
    if (file === undefined || !file[1].rot(random)) return false;
    this.#note("bit_rot", `a bit of ${file[0]} turned over`);
    return true;
  }

  /** The names of all files, sorted. */
  files(): readonly string[] {
    return [...this.#parts.names.files.keys()].sort();
  }

  /**
   * What a file holds, as read now.
   *
   * @throws {HoldfastError} `not_found`.
   */
  content(path: string): Uint8Array {
    const body = this.#parts.names.require(path);
    return body.slice(0, body.sizeBytes);
  }

  /** What is left of it when all that was not synced is lost; null where not even its name is. */
  durable(path: string): Uint8Array | null {
    try {
      return this.#parts.names.durableFiles.get(this.#parts.names.resolve(path))?.durable() ?? null;
    } catch (error) {
      if (error instanceof HoldfastError && error.code === "not_found") return null;
      throw error;
    }
  }

  #note(kind: "power_loss" | "lying_sync" | "bit_rot", text: string): void {
    this.#bites.note(kind, this.#parts.machine, text);
  }
}
