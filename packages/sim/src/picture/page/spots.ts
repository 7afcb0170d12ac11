// Where each record lies: whatever is to be found, jumped to, or pointed out.

import type { DrawnRecord } from "../drawn_record.ts";
import type { Filter, Kind } from "./choice.ts";
import type { Run } from "./run.ts";

const kindOf: Readonly<Record<DrawnRecord["happening"]["type"], Kind | null>> = {
  start: null,
  end: null,
  pause: null,
  resume: null,
  connect: "connections",
  close: "connections",
  send: "messages",
  arrive: "messages",
  disk: "disk",
  fault: "faults",
  bite: "bites",
  note: "notes",
  violation: null,
};

/** Records by their places. */
export class Spots {
  readonly #records: readonly DrawnRecord[];
  readonly #columns: ReadonlyMap<string, number>;
  readonly #partners = new Map<number, number>();

  constructor(records: readonly DrawnRecord[], run: Run) {
    this.#records = records;
    this.#columns = new Map(run.machines.map((machine, column) => [machine, column]));
    for (const { send, arrive } of run.messages) {
      if (send === -1 || arrive === -1) continue;
      this.#partners.set(send, arrive);
      this.#partners.set(arrive, send);
    }
  }

  /** The column of a record; -1 for the margin. */
  columnOf(record: number): number {
    const { happening } = this.#records[record]!;
    if ("machine" in happening) return this.#columns.get(happening.machine) ?? -1;
    if (happening.type === "arrive") return this.#columns.get(happening.to)!;
    if ("from" in happening) return this.#columns.get(happening.from)!;
    if (happening.type === "fault") return this.#columns.get(happening.machines[0] ?? "") ?? -1;
    return -1;
  }

  /** The other end of a message; -1 where it has none. */
  partnerOf(record: number): number {
    return this.#partners.get(record) ?? -1;
  }

  /** The connection that a record belongs to; 0 for none. */
  connectionOf(record: number): number {
    const { happening } = this.#records[record]!;
    return "connection" in happening ? happening.connection : 0;
  }

  /** Whether it is drawn under this filter. */
  isShown(record: number, filter: Filter): boolean {
    const kind = kindOf[this.#records[record]!.happening.type];
    if (kind !== null && filter.kinds.has(kind)) return false;
    return !filter.machines.has(this.columnOf(record));
  }

  /** The nearest record that is drawn, from `record` on by steps of `step`; -1 where there is none. */
  next(record: number, step: 1 | -1, filter: Filter): number {
    for (let at = record + step; at >= 0 && at < this.#records.length; at += step) {
      if (this.isShown(at, filter)) return at;
    }
    return -1;
  }
}
