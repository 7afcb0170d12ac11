// One notation for what happens in a run: in transcripts, in the page, on a console.
//
//      0.000  server-1   starts, life 1
//      1.180  client-3   => server-1  c2
//      1.204  client-3   -> server-1  m12  c2  128 B  open #1 notes
//      1.206  server-1   <- client-3  m12  c2  after 2.1 ms  open #1 notes
//      1.300  server-1   disk  write log 4096 B: ok
//      2.000  fault 1    begins  partition: halves
//      2.004  client-3   -x server-1  m13  c2  90 B  typed
//      2.005  server-1   !  partition: lost 90 bytes
//      2.310  server-1   =x client-3  c2  broken: reset
//      9.120             #  all clients agree
//      9.400  VIOLATION  an acknowledged edit is lost
//
// A line is time in seconds, place, sentence. The signs of two characters tell of
// connections (`=>` stands, `=|` closed, `=x` broken) and of messages (`->` sent,
// `<-` arrived, `-x` sent and never arrived within these records); then comes the
// other machine. A message is `m` and its number, at both its ends, a connection `c`.
//
// Texts come from programs under test. What would break a line, or steer a terminal,
// is shown escaped; what is longer than a line should be is cut.

import type { DrawnHappening, DrawnRecord } from "./drawn_record.ts";

/** A text that is longer is cut, in UTF-16 units. */
export const textLengthMax = 400;

/** A record in words. */
export interface Wording {
  /** Seconds, with three decimals. */
  readonly time: string;
  /** Where: a machine, `fault 3`, `VIOLATION`; empty for the test itself. */
  readonly place: string;
  readonly sentence: string;
}

type Sent = Extract<DrawnHappening, { readonly type: "send" }>;

interface SentMessage extends Sent {
  readonly atMs: number;
}

/** Puts the records of one run into words. Reads them all once, to pad names and to pair messages. */
export class Notation {
  readonly #records: readonly DrawnRecord[];
  readonly #sent = new Map<number, SentMessage>();
  readonly #arrived = new Set<number>();
  readonly #ends = new Map<number, readonly [from: string, to: string]>();
  readonly #nameWidth: number;
  readonly #placeWidth: number;
  readonly #messageWidth: number;
  readonly #connectionWidth: number;

  constructor(records: readonly DrawnRecord[]) {
    this.#records = records;
    const names = new Set<string>();
    let placeWidth = "VIOLATION".length;
    let [messageMax, connectionMax] = [0, 0];
    for (const { atMs, happening } of records) {
      if ("machine" in happening) names.add(happening.machine);
      if (happening.type === "fault") {
        placeWidth = Math.max(placeWidth, `fault ${happening.fault}`.length);
      }
      if (!("from" in happening)) continue;
      names.add(happening.from).add(happening.to);
      this.#ends.set(happening.connection, [happening.from, happening.to]);
      connectionMax = Math.max(connectionMax, happening.connection);
      if (happening.type === "send") this.#sent.set(happening.message, { ...happening, atMs });
      if (happening.type === "arrive") this.#arrived.add(happening.message);
      if (happening.type !== "connect") messageMax = Math.max(messageMax, happening.message);
    }
    this.#nameWidth = Math.max(0, ...[...names].map((name) => plain(name).length));
    this.#placeWidth = Math.max(placeWidth, this.#nameWidth);
    this.#messageWidth = `m${messageMax}`.length;
    this.#connectionWidth = `c${connectionMax}`.length;
  }

  /** The record at `index` as one line, aligned with all others. */
  line(index: number): string {
    const { time, place, sentence } = this.wording(index);
    return `${time.padStart(10)}  ${place.padEnd(this.#placeWidth)}  ${sentence}`;
  }

  /** The record at `index` in words. */
  wording(index: number): Wording {
    const { atMs, happening } = this.#records[index]!;
    const time = (atMs / 1_000).toFixed(3);
    return { time, place: plain(placeOf(happening)), sentence: this.#sentence(atMs, happening) };
  }

  #sentence(atMs: number, happening: DrawnHappening): string {
    switch (happening.type) {
      case "start":
        return `starts, life ${happening.life}`;
      case "end":
        return `${endings[happening.how]}${after(": ", happening.text)}`;
      case "pause":
        return "stands still";
      case "resume":
        return "goes on";
      case "connect":
        return this.#ofConnection("=>", happening.to, happening.connection);
      case "close": {
        const ends = this.#ends.get(happening.connection) ?? ["", ""];
        const other = ends[0] === happening.machine ? ends[1] : ends[0];
        const sign = happening.kind === "broken" ? "=x" : "=|";
        const text = `${happening.kind}${after(": ", happening.text)}`;
        return this.#ofConnection(sign, other, happening.connection, text);
      }
      case "send": {
        const sign = this.#arrived.has(happening.message) ? "->" : "-x";
        return this.#ofMessage(sign, happening.to, happening, `${happening.sizeBytes} B`);
      }
      case "arrive": {
        const sent = this.#sent.get(happening.message);
        const latency = sent === undefined ? "" : `after ${milliseconds(atMs - sent.atMs)}`;
        return this.#ofMessage("<-", happening.from, happening, latency);
      }
      case "disk":
        return `disk  ${plain(happening.operation)} ${plain(happening.path)} ${happening.sizeBytes} B${after(": ", happening.outcome)}`;
      case "fault":
        return `${happening.phase}s  ${plain(happening.kind)}${after(": ", happening.text)}`;
      case "bite":
        return `!  ${plain(happening.kind)}${after(": ", happening.text)}`;
      case "note":
        return `#  ${plain(happening.text)}`;
      case "violation":
        return plain(happening.text);
    }
  }

  #ofConnection(sign: string, other: string, connection: number, text = ""): string {
    const head = `${sign} ${plain(other).padEnd(this.#nameWidth)}  c${connection}`;
    return `${head}${after("  ", text)}`;
  }

  #ofMessage(
    sign: string,
    other: string,
    { message, connection }: { readonly message: number; readonly connection: number },
    measure: string,
  ): string {
    const name = plain(other).padEnd(this.#nameWidth);
    const number = `m${message}`.padEnd(this.#messageWidth);
    const wire = `c${connection}`.padEnd(this.#connectionWidth);
    const description = this.#sent.get(message)?.description ?? "";
    return `${sign} ${name}  ${number}  ${wire}${after("  ", measure)}${after("  ", description)}`;
  }
}

/** Milliseconds as a person would write them: `0.21 ms`, `2.1 ms`, `210 ms`, `2.10 s`. */
export function milliseconds(durationMs: number): string {
  if (durationMs >= 1_000) return `${(durationMs / 1_000).toFixed(2)} s`;
  if (durationMs >= 100) return `${Math.round(durationMs)} ms`;
  return `${durationMs.toFixed(durationMs >= 1 ? 1 : 2)} ms`;
}

const endings = {
  returned: "returns",
  failed: "fails",
  killed: "is killed",
  "power lost": "loses its power",
} as const;

function placeOf(happening: DrawnHappening): string {
  if ("machine" in happening) return happening.machine;
  switch (happening.type) {
    case "arrive":
      return happening.to;
    case "connect":
    case "send":
      return happening.from;
    case "fault":
      return `fault ${happening.fault}`;
    case "violation":
      return "VIOLATION";
  }
}

function after(separator: string, text: string): string {
  return text === "" ? "" : separator + plain(text);
}

// Control characters, and those that turn the direction of what follows.
const unprintable = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

function plain(text: string): string {
  const cut = text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax - 1)}…`;
  return cut.replace(unprintable, (sign) => {
    if (sign === "\n") return "\\n";
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
