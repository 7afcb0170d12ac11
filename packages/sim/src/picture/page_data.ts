// The records of a run inside of a page: rows of numbers, and a table of the strings.
//
//   { strings: ["server-1", ...], rows: [[type, us, ...fields], ...] }
//
// A row has the number of its type, the microseconds since the row before, and the
// fields of the type in the order of `fields`: numbers as they are, a string as its
// place in the table, a list of strings as a list of places. Machines, paths and
// descriptions repeat all the time; so a row takes some 20 characters.
//
// It is written and read by one version of this package, and is no format to keep.

import type { DrawnHappening, DrawnRecord } from "./drawn_record.ts";

/** A number, a string's place, or a list of strings' places. */
type Cell = number | readonly number[];

/** A run as it lies in a page. */
export interface PageData {
  readonly strings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

type FieldsOf<Type> = readonly Exclude<
  keyof Extract<DrawnHappening, { readonly type: Type }>,
  "type"
>[];

const fields: { readonly [Type in DrawnHappening["type"]]: FieldsOf<Type> } = {
  start: ["machine", "life"],
  end: ["machine", "how", "text"],
  pause: ["machine"],
  resume: ["machine"],
  connect: ["connection", "from", "to"],
  close: ["connection", "machine", "kind", "text"],
  send: ["connection", "message", "from", "to", "sizeBytes", "description"],
  arrive: ["connection", "message", "from", "to"],
  disk: ["machine", "operation", "path", "sizeBytes", "outcome"],
  fault: ["fault", "phase", "kind", "machines", "text"],
  bite: ["kind", "machine", "text"],
  note: ["machine", "text"],
  violation: ["text"],
};

const types = Object.keys(fields) as DrawnHappening["type"][];
const numbers: ReadonlySet<string> = new Set([
  "life",
  "connection",
  "message",
  "sizeBytes",
  "fault",
]);

/** A string is kept up to so many UTF-16 units; the notation shows fewer. */
const stringLengthMax = 2_000;

/** Packs a run. */
export function packRun(records: readonly DrawnRecord[]): PageData {
  const places = new Map<string, number>();
  const place = (text: string): number => {
    const kept = text.slice(0, stringLengthMax);
    const known = places.get(kept);
    if (known !== undefined) return known;
    places.set(kept, places.size);
    return places.size - 1;
  };
  let beforeUs = 0;
  const rows = records.map(({ atMs, happening }) => {
    const atUs = Math.round(atMs * 1_000);
    const row: Cell[] = [types.indexOf(happening.type), atUs - beforeUs];
    beforeUs = atUs;
    for (const field of fields[happening.type]) {
      const value = happening[field as keyof DrawnHappening] as number | string | readonly string[];
      if (typeof value === "number") row.push(value);
      else row.push(typeof value === "string" ? place(value) : value.map(place));
    }
    return row;
  });
  return { strings: [...places.keys()], rows };
}

/** The records of a run that {@link packRun} packed; times are exact to a microsecond. */
export function unpackRun({ strings, rows }: PageData): DrawnRecord[] {
  let atUs = 0;
  return rows.map(([typeIndex, us, ...cells]) => {
    atUs += us as number;
    const type = types[typeIndex as number]!;
    const happening: Record<string, unknown> = { type };
    fields[type].forEach((field, index) => {
      const cell = cells[index]!;
      if (typeof cell !== "number") happening[field] = cell.map((each) => strings[each]!);
      else happening[field] = numbers.has(field) ? cell : strings[cell]!;
    });
    return { atMs: atUs / 1_000, happening: happening as unknown as DrawnHappening };
  });
}
