// Causal memory: each session sees all reads of its own explained by one order of what is
// before them, though sessions may order concurrent writes differently.
//
// For each session its happened-before order is made: the causal order before its last
// access, and, as long as there is more, that a write which is before a read of the session
// is before what that read saw. The session is not explained where that runs in a circle
// (CyclicHB), or where a write is before a read of the initial state (WriteHBInitRead).
// The order of a session's last access holds those of its earlier ones, so one is enough.
//
// It goes in rounds: each access is given, of each session, a count of what is before it,
// in one pass over a sorted graph; then all reads of the session are asked what they show,
// and what is new goes into the graph. Rounds are few, unless the history is made for many.
// Source: Bouajjani, Enea, Guerraoui and Hamza 2017, section 3.3; Ahamad, Neiger, Burns,
// Kohli and Hutto 1995 (causal memory).

import { adjacencyOf } from "../graph/adjacency.ts";
import type { Budget } from "../graph/budget.ts";
import { IntColumn } from "../graph/int_column.ts";
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

/** What is judged. */
export interface Sources {
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
  let isOpen = false;
  for (const session of sources.table.sessions.keys()) {
    if (!showsMore(session, sources)) continue;
    const fault = new SessionMemory(session, sources).judge();
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

class SessionMemory {
  readonly #sources: Sources;
  readonly #reads: readonly number[];
  // How much of each session takes part, and the number of its first access here.
  readonly #extent: number[];
  readonly #begin: number[] = [];
  readonly #size: number;
  readonly #sessionOf: Int32Array;
  readonly #edges = {
    source: new IntColumn(1024),
    target: new IntColumn(1024),
    bits: new IntColumn(1024),
  };
  // Of each access, how many of each session are before it.
  #counts = new Int32Array(0);
  readonly #older: Older[] = [];

  constructor(session: number, sources: Sources) {
    this.#sources = sources;
    const { table, order } = sources;
    const own = table.sessions[session]!;
    const last = own[own.length - 1]!;
    this.#reads = own.filter(
      (access) => table.isWrite.at(access) === 0 && table.writer.at(access) >= initialState,
    );
    this.#extent = table.sessions.map((_, other) =>
      other === session ? own.length : order.countBefore(last, other),
    );
    let size = 0;
    for (const extent of this.#extent) {
      this.#begin.push(size);
      size += extent;
    }
    this.#size = size;
    this.#sessionOf = new Int32Array(size);
    for (const [other, begin] of this.#begin.entries()) {
      this.#sessionOf.fill(other, begin, begin + this.#extent[other]!);
    }
  }

  judge(): MemoryFault | null | "open" {
    const { budget } = this.#sources;
    const width = this.#extent.length;
    if (this.#size * width > countsMax) return "open";
    this.#linkCauses();
    this.#counts = new Int32Array(this.#size * width);
    for (;;) {
      if (!budget.spend(2 * this.#size * width)) return "open";
      if (!this.#count()) return { older: this.#older, initialRead: null };
      const known = this.#older.length;
      const initialRead = this.#askReads();
      if (budget.ended) return "open";
      if (initialRead !== null) return { older: this.#older, initialRead };
      if (this.#older.length === known) return null;
    }
  }

  #linkCauses(): void {
    const { table } = this.#sources;
    for (const [session, extent] of this.#extent.entries()) {
      for (let index = 0; index < extent; index += 1) {
        const access = table.sessions[session]![index]!;
        if (index > 0) this.#link(table.sessions[session]![index - 1]!, access);
        const fork = index === 0 ? table.forks[session]! : none;
        if (fork !== none) this.#link(fork, access);
        const writer = table.writer.at(access);
        if (table.isWrite.at(access) === 0 && writer >= 0) this.#link(writer, access);
      }
    }
  }

  #link(cause: number, access: number): void {
    this.#edges.source.push(this.#local(cause));
    this.#edges.target.push(this.#local(access));
    this.#edges.bits.push(0);
  }

  // Counts what is before each access; false where something is before itself.
  #count(): boolean {
    const graph = adjacencyOf(this.#size, this.#edges);
    const waiting = new Int32Array(this.#size);
    for (const target of graph.target) waiting[target] = waiting[target]! + 1;
    const ready: number[] = [];
    for (let node = 0; node < this.#size; node += 1) if (waiting[node] === 0) ready.push(node);
    let passed = 0;
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      passed += 1;
      const end = graph.rowStart[node + 1]!;
      for (let edge = graph.rowStart[node]!; edge < end; edge += 1) {
        const target = graph.target[edge]!;
        this.#raise(node, target);
        waiting[target] = waiting[target]! - 1;
        if (waiting[target] === 0) ready.push(target);
      }
    }
    return passed === this.#size;
  }

  // What is before a cause is before what it leads to.
  #raise(cause: number, node: number): void {
    const width = this.#extent.length;
    const counts = this.#counts;
    const from = cause * width;
    const to = node * width;
    for (let session = 0; session < width; session += 1) {
      if (counts[from + session]! > counts[to + session]!) {
        counts[to + session] = counts[from + session]!;
      }
    }
    const session = this.#sessionOf[cause]!;
    const own = cause - this.#begin[session]! + 1;
    if (own > counts[to + session]!) counts[to + session] = own;
  }

  // Notes all that reads show and the order lacks; answers a read of the initial state behind a write.
  #askReads(): MemoryFault["initialRead"] {
    const { table } = this.#sources;
    for (const read of this.#reads) {
      const seen = table.writer.at(read);
      const countBefore = (session: number) => this.#countBefore(read, session);
      for (const older of olderThanSeen(read, { ...this.#sources, countBefore })) {
        if (seen === initialState) return { read, write: older };
        if (this.#countBefore(seen, table.session.at(older)) > table.index.at(older)) continue;
        this.#older.push({ older, newer: seen, read });
        this.#link(older, seen);
      }
    }
    return null;
  }

  #countBefore(access: number, session: number): number {
    return this.#counts[this.#local(access) * this.#extent.length + session]!;
  }

  #local(access: number): number {
    const { table } = this.#sources;
    return this.#begin[table.session.at(access)]! + table.index.at(access);
  }
}
