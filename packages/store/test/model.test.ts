// Random programs of transactions against a plain sorted list, on every driver of one process.

import {
  type CommitVersion,
  type KeyRange,
  keyAfter,
  type Mutation,
  type Store,
} from "@holdfast/store";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localDrivers } from "./drivers.ts";

type Step =
  | { readonly type: "set"; readonly key: number[]; readonly size: number }
  | { readonly type: "clear"; readonly key: number[] }
  | { readonly type: "clearRange"; readonly range: KeyRange }
  | { readonly type: "mutate"; readonly key: number[]; readonly mutation: Mutation }
  | { readonly type: "get"; readonly key: number[] }
  | {
      readonly type: "range";
      readonly range: KeyRange;
      readonly limit: number;
      readonly reverse: boolean;
    };

const byte = fc.constantFrom(0, 1, 2, 0x61, 0x7f, 0x80, 0xfe);
const key = fc
  .tuple(byte, fc.array(fc.constantFrom(0, 1, 0x61, 0x80, 0xff), { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest]);
const range = fc
  .tuple(fc.oneof(key, fc.constant([])), fc.oneof(key, fc.constant([0xff])))
  .map(([one, other]) => {
    const [start, end] = [one, other].sort(compare);
    return { start: Uint8Array.from(start!), end: Uint8Array.from(end!) };
  });
const mutation: fc.Arbitrary<Mutation> = fc.record({
  type: fc.constantFrom(
    ...(["add", "min", "max", "byte_min", "byte_max", "and", "or", "xor"] as const),
    ...(["append_if_fits", "compare_and_clear"] as const),
  ),
  operand: fc.uint8Array({ maxLength: 3, max: 3 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("set"), key, size: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clear"), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clearRange"), range }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("mutate"), key, mutation }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("get"), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("range"),
      range,
      limit: fc.integer({ min: 1, max: 6 }),
      reverse: fc.boolean(),
    }),
  },
);
const program = fc.array(
  fc.record({ steps: fc.array(step, { maxLength: 12 }), abandon: fc.boolean() }),
  { maxLength: 8 },
);

function compare(one: readonly number[], other: readonly number[]): number {
  return Buffer.compare(Uint8Array.from(one), Uint8Array.from(other));
}

/** Rows by key in hexadecimal, which sorts as the bytes do. */
class Model {
  rows = new Map<string, string>();

  within({ start, end }: KeyRange): [string, string][] {
    const from = Buffer.from(start).toString("hex");
    const to = Buffer.from(end).toString("hex");
    return [...this.rows].filter(([name]) => name >= from && name < to).sort();
  }
}

/** What a mutation makes of a value in hexadecimal: by arithmetic on whole numbers. */
function naiveChange(value: string | undefined, { type, operand }: Mutation): string | undefined {
  const own = hex(operand);
  const width = operand.length;
  const number = (digits: string) =>
    BigInt(`0x0${digits.match(/../g)?.slice(0, width).reverse().join("") ?? ""}`);
  const written = (result: bigint) =>
    width === 0
      ? ""
      : BigInt.asUintN(8 * width, result)
          .toString(16)
          .padStart(2 * width, "0")
          .match(/../g)!
          .reverse()
          .join("");
  const [left, right] = [number(value ?? ""), number(own)];
  switch (type) {
    case "add":
      return written(left + right);
    case "min":
    case "max":
      return value === undefined ? own : written(left < right === (type === "min") ? left : right);
    case "byte_min":
      return value === undefined || own < value ? own : value;
    case "byte_max":
      return value === undefined || own > value ? own : value;
    case "and":
      return value === undefined ? own : written(left & right);
    case "or":
      return written(left | right);
    case "xor":
      return written(left ^ right);
    case "append_if_fits":
      return (value ?? "") + own;
    case "compare_and_clear":
      return value === own ? undefined : value;
  }
}

const hex = (bytes: Uint8Array | readonly number[]) => Buffer.from(bytes).toString("hex");

async function play(store: Store, transactions: readonly { steps: Step[]; abandon: boolean }[]) {
  let model = new Model();
  let version = 0 as CommitVersion;
  let fill = 0;
  for (const { steps, abandon } of transactions) {
    const draft = new Model();
    const run = store.transact(async (tx) => {
      draft.rows = new Map(model.rows);
      for (const one of steps) {
        fill = (fill + 1) % 256;
        if (one.type === "set") {
          const value = new Uint8Array(one.size).fill(fill);
          tx.set(Uint8Array.from(one.key), value);
          draft.rows.set(hex(one.key), hex(value));
        } else if (one.type === "clear") {
          tx.clear(Uint8Array.from(one.key));
          draft.rows.delete(hex(one.key));
        } else if (one.type === "clearRange") {
          tx.clearRange(one.range);
          for (const [name] of draft.within(one.range)) draft.rows.delete(name);
        } else if (one.type === "mutate") {
          const name = hex(one.key);
          tx.mutate(Uint8Array.from(one.key), one.mutation);
          const value = naiveChange(draft.rows.get(name), one.mutation);
          if (value === undefined) draft.rows.delete(name);
          else draft.rows.set(name, value);
        } else if (one.type === "get") {
          const value = await tx.get(Uint8Array.from(one.key));
          expect(value === null ? undefined : hex(value)).toBe(draft.rows.get(hex(one.key)));
        } else {
          const { limit: limitRows, reverse } = one;
          const found = await tx.range(one.range, { limitRows, reverse });
          const all = draft.within(one.range);
          const expected = (reverse ? all.reverse() : all).slice(0, limitRows);
          expect(found.map((row) => [hex(row.key), hex(row.value)])).toEqual(expected);
        }
      }
      if (abandon) throw new RangeError("abandoned");
    });
    if (abandon) await expect(run).rejects.toThrow(RangeError);
    else {
      const committed = await run;
      expect(committed.version).toBeGreaterThanOrEqual(version);
      version = committed.version;
      model = draft;
    }
  }
  await expectRows(store, model);
  return model;
}

async function expectRows(store: Store, model: Model): Promise<void> {
  const end = Uint8Array.of(0xff);
  let start: Uint8Array = new Uint8Array(0);
  const rows: [string, string][] = [];
  await store.read(async (snapshot) => {
    for (;;) {
      const page = await snapshot.range({ start, end }, { limitRows: 7 });
      rows.push(...page.map((row): [string, string] => [hex(row.key), hex(row.value)]));
      if (page.length < 7) break;
      start = keyAfter(page[6]!.key);
    }
  });
  expect(rows).toEqual(model.within({ start: new Uint8Array(0), end }));
}

for (const [name, harness] of Object.entries(localDrivers)) {
  describe(`the ${name} driver`, () => {
    test("ST2, ST3, ST6, ST8: random programs do what they do on a sorted list", async () => {
      await fc.assert(
        fc.asyncProperty(program, async (transactions) => {
          let store = await harness.open();
          const model = await play(store, transactions);
          if (harness.reopen !== null) {
            store = await harness.reopen(store);
            await expectRows(store, model);
          }
          await store.close();
        }),
        { numRuns: name === "memory" ? 300 : 60 },
      );
    });
  });
}
