// Programs of transactions that are handed in at once, and a naive model that keeps the
// rows of every version.

import type { LocalStore, Mutation, Transaction } from "@holdfast/store";
import fc from "fast-check";

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
export const unhex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** Rows by key in hexadecimal, as they were right after a version. */
type Rows = ReadonlyMap<string, string>;

export type Write =
  | { readonly type: "set"; readonly key: string; readonly value: string }
  | { readonly type: "clear"; readonly key: string }
  | { readonly type: "clearRange"; readonly start: string; readonly end: string }
  | { readonly type: "append"; readonly key: string; readonly value: string }
  | { readonly type: "stamp"; readonly key: string };

const key = fc
  .tuple(fc.constantFrom("00", "61", "fe"), fc.constantFrom("", "00", "61", "ff", "0000"))
  .map((parts) => parts.join(""));
/** Written by nothing else: what holds a stamp can't be changed in the same transaction. */
const stampedKey = fc.constantFrom("62", "fe01");
const value = fc.uint8Array({ maxLength: 6 }).map(hex);
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("set" as const), key, value }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clear" as const), key }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(key, fc.oneof(key, fc.constant("ff")))
      .map((ends) => ends.sort())
      .map(([start, end]) => ({ type: "clearRange" as const, start: start!, end: end! })),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("append" as const), key, value }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("stamp" as const), key: stampedKey }) },
);
/** Groups of transactions that are handed in at once. */
export const groups = fc.array(
  fc.array(fc.array(write, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
  { minLength: 1, maxLength: 8 },
);
export const range = fc
  .tuple(fc.oneof(key, fc.constant("")), fc.oneof(key, fc.constant("ff")))
  .map((ends) => ends.sort())
  .map(([start, end]) => ({ start: start!, end: end! }));

function doWrite(tx: Transaction, one: Write): void {
  if (one.type === "set") tx.set(unhex(one.key), unhex(one.value));
  else if (one.type === "clear") tx.clear(unhex(one.key));
  else if (one.type === "clearRange") {
    tx.clearRange({ start: unhex(one.start), end: unhex(one.end) });
  } else if (one.type === "append") {
    const mutation: Mutation = { type: "append_if_fits", operand: unhex(one.value) };
    tx.mutate(unhex(one.key), mutation);
  } else tx.setStampedValue(unhex(one.key), { before: new Uint8Array(0) });
}

function modelWrite(rows: Map<string, string>, one: Write, version: number): void {
  if (one.type === "set") rows.set(one.key, one.value);
  else if (one.type === "clear") rows.delete(one.key);
  else if (one.type === "clearRange") {
    for (const at of [...rows.keys()]) if (at >= one.start && at < one.end) rows.delete(at);
  } else if (one.type === "append") rows.set(one.key, (rows.get(one.key) ?? "") + one.value);
  else rows.set(one.key, version.toString(16).padStart(16, "0"));
}

/** The rows of every version, 0 first. */
export class Model {
  readonly states: Rows[] = [new Map()];

  get last(): number {
    return this.states.length - 1;
  }

  /** Takes in what one group did. */
  add(done: readonly { readonly version: number; readonly writes: readonly Write[] }[]): void {
    for (const { version, writes } of [...done].sort((one, other) => one.version - other.version)) {
      if (version <= this.last) continue; // it wrote nothing
      const rows = new Map(this.states.at(-1));
      for (const one of writes) modelWrite(rows, one, version);
      while (this.states.length < version) this.states.push(this.states.at(-1)!);
      this.states.push(rows);
    }
  }

  within(version: number, { start, end }: { start: string; end: string }): [string, string][] {
    return [...this.states[version]!].filter(([at]) => at >= start && at < end).sort();
  }
}

export async function runGroups(store: LocalStore, all: readonly Write[][][], model: Model) {
  for (const group of all) {
    const done = group.map(async (writes) => {
      const { version } = await store.transact((tx) => {
        for (const one of writes) doWrite(tx, one);
      });
      return { version, writes };
    });
    model.add(await Promise.all(done));
  }
}
