// Causal memory: each session sees all reads of its own explained by one order of what is
// before them, though sessions may order concurrent writes differently.
//
// For each session its happened-before order is made: the causal order before its last
// access, and, as long as there is more, that a write which is before a read of the session
// is before what that read saw. The session is not explained where that runs in a circle
// (CyclicHB), or where a write is before a read of the initial state (WriteHBInitRead).
// The order of a session's last access holds those of its earlier ones, so one is enough.
//
// Each access has, of each session, a count of what is before it; an edge raises counts, and
// what is raised is passed on to who follows. Counts only grow, so it ends.
// Source: Bouajjani, Enea, Guerraoui and Hamza 2017, section 3.3; Ahamad, Neiger, Burns,
// Kohli and Hutto 1995 (causal memory).

import type { Budget } from "../graph/budget.ts";
import { type AccessTable, initialState, none } from "./access_table.ts";
import type { CausalOrder } from "./causal_order.ts";
import type { KeyWrites } from "./key_writes.ts";
import { type Older, olderThanSeen } from "./newer_writes.ts";

/** Why a session is not explained. */
export interface MemoryFault {
  /** All that its reads show to be older than what they saw. */
  readonly older: readonly Older[];
  /** A read of the initial state, and a write before it; or null where it runs in a circle. */
  readonly initialRead: { readonly read: number; readonly write: number } | null;
}

/** What the judge of one session looks at. */
interface Sources {
  readonly table: AccessTable;
  readonly order: CausalOrder;
  readonly writes: KeyWrites;
  readonly budget: Budget;
}

// Counts of all accesses before the last one of a session.
const countsMax = 2 ** 27;

/**
 * Judges each session, of a history that is causal. "open" where the budget ended, or a
 * session has too much before it. Cost: for each session, accesses times sessions.
 */
export function memoryFaults(sources: Sources): readonly MemoryFault[] | "open" {
  const faults: MemoryFault[] = [];
  const followers = followersOf(sources.table);
  let isOpen = false;
  for (const session of sources.table.sessions.keys()) {
    if (!showsMore(session, sources)) continue;
    const fault = new SessionMemory(session, sources, followers).judge();
    if (fault === "open") isOpen = true;
    else if (fault !== null) faults.push(fault);
  }
  return faults.length === 0 && isOpen ? "open" : faults;
}

// Whether any read of a session shows an order that causality does not have.
function showsMore(session: number, sources: Sources): boolean {
  const { table, order } = sources;
  return table.sessions[session]!.some((read) => {
    const seen = table.writer.at(read);
    if (table.isWrite.at(read) === 1 || seen < 0) return false;
    const countBefore = (other: number) => order.countBefore(read, other);
    for (const older of olderThanSeen(read, { ...sources, countBefore })) {
      if (!order.isBefore(older, seen)) return true;
    }
    return false;
  });
}

// Reads of each write, and writes that fork from an access.
function followersOf(table: AccessTable): ReadonlyMap<number, readonly number[]> {
  const followers = new Map<number, number[]>();
  const add = (cause: number, access: number) => {
    const known = followers.get(cause);
    if (known === undefined) followers.set(cause, [access]);
    else known.push(access);
  };
  for (let access = 0; access < table.size; access += 1) {
    const writer = table.writer.at(access);
    if (table.isWrite.at(access) === 0 && writer >= 0) add(writer, access);
    const fork = table.forks[table.session.at(access)]!;
    if (fork !== none) add(fork, access);
  }
  return followers;
}

class SessionMemory {
  readonly #sources: Sources;
  readonly #followers: ReadonlyMap<number, readonly number[]>;
  readonly #reads: readonly number[];
  // How much of each session takes part, and where the counts of its accesses begin.
  readonly #extent: number[];
  readonly #begin: number[] = [];
  #counts = new Int32Array(0);
  readonly #older: Older[] = [];
  // What an access is older than, by what was found out.
  readonly #newer = new Map<number, number[]>();

  constructor(
    session: number,
    sources: Sources,
    followers: ReadonlyMap<number, readonly number[]>,
  ) {
    this.#sources = sources;
    this.#followers = followers;
    const { table, order } = sources;
    const own = table.sessions[session]!;
    const last = own[own.length - 1]!;
    this.#reads = own.filter(
      (access) => table.isWrite.at(access) === 0 && table.writer.at(access) >= initialState,
    );
    this.#extent = table.sessions.map((_, other) =>
      other === session ? own.length : order.countBefore(last, other),
    );
  }

  judge(): MemoryFault | null | "open" {
    if (!this.#fill()) return "open";
    const { table, budget } = this.#sources;
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false;
      for (const read of this.#reads) {
        const seen = table.writer.at(read);
        const countBefore = (session: number) => this.#count(read, session);
        for (const older of olderThanSeen(read, { ...this.#sources, countBefore })) {
          if (seen === initialState) {
            return { older: this.#older, initialRead: { read, write: older } };
          }
          if (this.#isBefore(older, seen)) continue;
          this.#older.push({ older, newer: seen, read });
          if (this.#isBefore(seen, older)) return { older: this.#older, initialRead: null };
          this.#addNewer(older, seen);
          isGrowing = true;
        }
        if (budget.ended) return "open";
      }
    }
    return null;
  }

  #fill(): boolean {
    const { table, order, budget } = this.#sources;
    const width = this.#extent.length;
    let size = 0;
    for (const extent of this.#extent) {
      this.#begin.push(size);
      size += extent * width;
    }
    if (size > countsMax || !budget.spend(size)) return false;
    this.#counts = new Int32Array(size);
    for (const [session, extent] of this.#extent.entries()) {
      for (let index = 0; index < extent; index += 1) {
        const access = table.sessions[session]![index]!;
        const row = this.#row(access);
        for (let other = 0; other < width; other += 1) {
          this.#counts[row + other] = order.countBefore(access, other);
        }
      }
    }
    return true;
  }

  #row(access: number): number {
    const { table } = this.#sources;
    return this.#begin[table.session.at(access)]! + table.index.at(access) * this.#extent.length;
  }

  #count(access: number, session: number): number {
    return this.#counts[this.#row(access) + session]!;
  }

  #isBefore(first: number, second: number): boolean {
    const { table } = this.#sources;
    return this.#count(second, table.session.at(first)) > table.index.at(first);
  }

  #addNewer(older: number, newer: number): void {
    const known = this.#newer.get(older);
    if (known === undefined) this.#newer.set(older, [newer]);
    else known.push(newer);
    const raised = this.#raise(older, newer) ? [newer] : [];
    for (let access = raised.pop(); access !== undefined; access = raised.pop()) {
      for (const follower of this.#followersOf(access)) {
        if (this.#raise(access, follower)) raised.push(follower);
      }
    }
  }

  *#followersOf(access: number): Generator<number> {
    const { table } = this.#sources;
    const takesPart = (other: number) =>
      table.index.at(other) < this.#extent[table.session.at(other)]!;
    const next = table.sessions[table.session.at(access)]![table.index.at(access) + 1];
    if (next !== undefined && takesPart(next)) yield next;
    for (const other of this.#followers.get(access) ?? []) if (takesPart(other)) yield other;
    yield* this.#newer.get(access) ?? [];
  }

  // Whether anything new is before an access, now that another is.
  #raise(cause: number, access: number): boolean {
    const { table, budget } = this.#sources;
    const from = this.#row(cause);
    const to = this.#row(access);
    let isRaised = false;
    if (!budget.spend(this.#extent.length)) return false;
    for (let session = 0; session < this.#extent.length; session += 1) {
      const own = session === table.session.at(cause) ? table.index.at(cause) + 1 : 0;
      const count = Math.max(own, this.#counts[from + session]!);
      if (count <= this.#counts[to + session]!) continue;
      this.#counts[to + session] = count;
      isRaised = true;
    }
    return isRaised;
  }
}
