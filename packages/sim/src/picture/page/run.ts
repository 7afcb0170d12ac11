// A run as things to draw: records that belong together become one thing.
//
//   start .. end          a life: one bar on its machine's column
//   pause .. resume       a pause: a stretch of that bar
//   send .. arrive        a message: one arrow between columns
//   fault begin .. end    a fault: one band over the columns it concerns
//   all others            marks: one sign on one column, or across all
//
// What began before the first record, or has not ended with the last, reaches to there:
// a run may be cut at both sides.

import type { DrawnHappening, DrawnRecord } from "../drawn_record.ts";

/** A span of one machine's time. Records are named by their index; -1 where there is none. */
export interface Life {
  readonly column: number;
  readonly life: number;
  readonly fromMs: number;
  toMs: number;
  readonly begin: number;
  end: number;
  /** Null while it goes on with the last record. */
  how: "returned" | "failed" | "killed" | "power lost" | null;
}

/** A span in which a process stood still. */
export interface Pause {
  readonly column: number;
  readonly fromMs: number;
  toMs: number;
}

/** A message. Of a lost one, `arrivedMs` is when it could have arrived. */
export interface Message {
  readonly connection: number;
  readonly from: number;
  readonly to: number;
  /** -1: it was sent before the first record. */
  readonly send: number;
  /** -1: it never arrived. */
  arrive: number;
  readonly sentMs: number;
  arrivedMs: number;
}

/** A fault, from its begin to its end. `columns` is null where it concerns all. */
export interface Fault {
  readonly fault: number;
  readonly kind: string;
  readonly text: string;
  readonly columns: readonly number[] | null;
  readonly fromMs: number;
  toMs: number;
  readonly begin: number;
}

/** One sign. `column` is -1 for the test itself; `other` the column at the far end of a connection. */
export interface Mark {
  readonly type: "connect" | "close" | "disk" | "bite" | "note" | "violation";
  readonly column: number;
  readonly other: number;
  readonly atMs: number;
  readonly record: number;
}

/** Everything there is to draw. */
export interface Run {
  readonly machines: readonly string[];
  readonly lives: readonly Life[];
  readonly pauses: readonly Pause[];
  /** By the time of sending. */
  readonly messages: readonly Message[];
  readonly faults: readonly Fault[];
  /** By their time. */
  readonly marks: readonly Mark[];
  readonly beginMs: number;
  readonly endMs: number;
}

/** Faults of a moment: where no end of one is recorded, it was over at once. */
const moments: ReadonlySet<string> = new Set(["bit_rot", "clock_jump", "half_open", "reset"]);

/** Puts records together. */
export function readRun(records: readonly DrawnRecord[]): Run {
  const reader = new RunReader(records[0]?.atMs ?? 0, records.at(-1)?.atMs ?? 0);
  records.forEach(({ atMs, happening }, record) => {
    reader.read(happening, atMs, record);
  });
  return reader.finish();
}

class RunReader {
  readonly #columns = new Map<string, number>();
  readonly #open = new Map<number, Life>();
  readonly #paused = new Map<number, Pause>();
  readonly #onTheWay = new Map<number, Message>();
  readonly #ends = new Map<number, readonly [from: number, to: number]>();
  readonly #holding = new Map<number, Fault>();
  readonly #lives: Life[] = [];
  readonly #pauses: Pause[] = [];
  readonly #messages: Message[] = [];
  readonly #faults: Fault[] = [];
  readonly #marks: Mark[] = [];
  readonly #beginMs: number;
  readonly #endMs: number;

  constructor(beginMs: number, endMs: number) {
    this.#beginMs = beginMs;
    this.#endMs = endMs;
  }

  read(happening: DrawnHappening, atMs: number, record: number): void {
    switch (happening.type) {
      case "start":
        this.#start(this.#column(happening.machine, false), happening.life, atMs, record);
        break;
      case "end": {
        const column = this.#column(happening.machine, true);
        this.#resume(column, atMs);
        const life = this.#open.get(column);
        if (life === undefined) break;
        Object.assign(life, { toMs: atMs, end: record, how: happening.how });
        this.#open.delete(column);
        break;
      }
      case "pause": {
        const column = this.#column(happening.machine, true);
        const pause = { column, fromMs: atMs, toMs: this.#endMs };
        this.#pauses.push(pause);
        this.#paused.set(column, pause);
        break;
      }
      case "resume":
        this.#resume(this.#column(happening.machine, true), atMs);
        break;
      case "send":
      case "arrive":
        this.#message(happening, atMs, record);
        break;
      case "fault":
        this.#fault(happening, atMs, record);
        break;
      default:
        this.#mark(happening, atMs, record);
    }
  }

  finish(): Run {
    const usualMs = median(
      this.#messages
        .filter(({ send, arrive }) => send !== -1 && arrive !== -1)
        .map(({ sentMs, arrivedMs }) => arrivedMs - sentMs),
    );
    for (const fault of this.#holding.values()) {
      if (moments.has(fault.kind)) fault.toMs = fault.fromMs;
    }
    for (const message of this.#onTheWay.values()) message.arrivedMs = message.sentMs + usualMs;
    return {
      machines: [...this.#columns.keys()],
      lives: this.#lives,
      pauses: this.#pauses,
      messages: this.#messages,
      faults: this.#faults,
      marks: this.#marks,
      beginMs: this.#beginMs,
      endMs: this.#endMs,
    };
  }

  /** `lives`: a machine that is seen at work without having begun has done so before the records. */
  #column(machine: string, lives: boolean): number {
    if (machine === "") return -1;
    const known = this.#columns.get(machine);
    if (known !== undefined) return known;
    const column = this.#columns.size;
    this.#columns.set(machine, column);
    if (lives) this.#start(column, 0, this.#beginMs, -1);
    return column;
  }

  #start(column: number, life: number, atMs: number, record: number): void {
    const begun: Life = {
      ...{ column, life, fromMs: atMs, toMs: this.#endMs },
      ...{ begin: record, end: -1, how: null },
    };
    this.#lives.push(begun);
    this.#open.set(column, begun);
  }

  #resume(column: number, atMs: number): void {
    const pause = this.#paused.get(column);
    if (pause !== undefined) pause.toMs = atMs;
    this.#paused.delete(column);
  }

  #message(
    happening: Extract<DrawnHappening, { readonly type: "send" | "arrive" }>,
    atMs: number,
    record: number,
  ): void {
    const { type, connection, message } = happening;
    const sent = this.#onTheWay.get(message);
    if (type === "arrive" && sent !== undefined) {
      sent.arrive = record;
      sent.arrivedMs = atMs;
      this.#onTheWay.delete(message);
      return;
    }
    const [send, arrive] = type === "send" ? [record, -1] : [-1, record];
    const [from, to] = this.#between(connection, happening.from, happening.to);
    const seen = { connection, from, to, send, arrive, sentMs: atMs, arrivedMs: atMs };
    this.#messages.push(seen);
    if (type === "send") this.#onTheWay.set(message, seen);
  }

  #between(connection: number, from: string, to: string): readonly [number, number] {
    const ends = [this.#column(from, true), this.#column(to, true)] as const;
    this.#ends.set(connection, ends);
    return ends;
  }

  #fault(
    happening: Extract<DrawnHappening, { readonly type: "fault" }>,
    atMs: number,
    record: number,
  ): void {
    const { fault, phase, kind, machines, text } = happening;
    const held = this.#holding.get(fault);
    if (phase === "end" && held !== undefined) {
      held.toMs = atMs;
      this.#holding.delete(fault);
      return;
    }
    const columns =
      machines.length === 0 ? null : machines.map((machine) => this.#column(machine, true));
    const begin = phase === "begin" ? record : -1;
    const [fromMs, toMs] = phase === "begin" ? [atMs, this.#endMs] : [this.#beginMs, atMs];
    const seen: Fault = { fault, kind, text, columns, fromMs, toMs, begin };
    this.#faults.push(seen);
    if (phase === "begin") this.#holding.set(fault, seen);
  }

  #mark(
    happening: Extract<DrawnHappening, { readonly type: Mark["type"] }>,
    atMs: number,
    record: number,
  ): void {
    const { type } = happening;
    let [column, other] = [-1, -1];
    if ("from" in happening) {
      [column, other] = this.#between(happening.connection, happening.from, happening.to);
    } else if ("machine" in happening) column = this.#column(happening.machine, true);
    if ("connection" in happening && other === -1) {
      const ends = this.#ends.get(happening.connection) ?? [-1, -1];
      other = ends[0] === column ? ends[1] : ends[0];
    }
    this.#marks.push({ type, column, other, atMs, record });
  }
}

function median(values: number[]): number {
  values.sort((left, right) => left - right);
  return values[values.length >> 1] ?? 1;
}
