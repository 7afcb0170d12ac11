import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type History, readFaults, readHistory, writeHistory } from "@holdfast/check";
import { HoldfastError } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";

// Histories of our own format: what is written is read again.

// As JSON gives it back: without a negative zero.
const value = fc
  .jsonValue({ maxDepth: 3 })
  .map((each): unknown => JSON.parse(JSON.stringify(each)));

/** Operations of one process, one after the other, at whole times. */
const processHistory = fc.array(
  fc.record({
    input: value,
    outcome: fc.constantFrom("ok" as const, "fail" as const, "info" as const),
    output: fc.option(value, { nil: undefined }),
    before: fc.nat(4),
    during: fc.nat(4),
  }),
  { maxLength: 5 },
);

const histories = fc.array(processHistory, { maxLength: 4 }).map((processes): History => {
  const operations = processes.flatMap((each, index) => {
    let at = 0;
    return each.map(({ input, outcome, output, before, during }) => {
      const invokedAt = at + before;
      at = invokedAt + during;
      const completedAt = outcome === "info" ? Infinity : at;
      const known = outcome === "ok" ? output : undefined;
      return { process: `p${index}`, input, outcome, output: known, invokedAt, completedAt };
    });
  });
  return operations.sort((a, b) => a.invokedAt - b.invokedAt);
});

test("what is written is read again", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const again = readHistory(writeHistory(history));
      expect(sorted(again)).toEqual(sorted(JSON.parse(JSON.stringify(history), revive)));
      expect(again.map(({ invokedAt }) => invokedAt)).toEqual(
        history.map(({ invokedAt }) => invokedAt),
      );
    }),
  );
});

// JSON has neither Infinity nor undefined.
function revive(key: string, each: unknown): unknown {
  return key === "completedAt" && each === null ? Infinity : each;
}

function sorted(history: History): unknown[] {
  const key = (each: unknown) => JSON.stringify(each);
  return history
    .map(({ output, ...rest }) => (output === undefined ? rest : { ...rest, output }))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

test("the example of docs/formats/history.md", () => {
  const page = readFileSync(
    join(import.meta.dirname, "../../../../docs/formats/history.md"),
    "utf8",
  );
  const [, text] = /^```\n([\s\S]*?)^```$/m.exec(page)!;
  const history = readHistory(text!);
  expect(history.map(({ invokedAt, completedAt }) => [invokedAt, completedAt])).toEqual([
    [0, 2],
    [1, 4],
  ]);
  const faults = readFaults(text!);
  expect(faults).toEqual([{ name: "partition n1 | n2 n3", beginsAt: 3, endsAt: 9 }]);
  expect(writeHistory(history, faults)).toBe(text);
});

test("without times, lines are times; what was only completed was asked for at an unknown time", () => {
  const text = [
    '{"format":"holdfast-history","version":1}',
    '{"process":"ann","type":"ok","input":"x","output":2}',
    '{"process":"ann","type":"invoke","input":"y"}',
  ].join("\n");
  const history = readHistory(text);
  expect(history).toEqual([
    { process: "ann", input: "x", outcome: "ok", output: 2, invokedAt: -Infinity, completedAt: 2 },
    {
      process: "ann",
      input: "y",
      outcome: "info",
      output: undefined,
      invokedAt: 3,
      completedAt: Infinity,
    },
  ]);
  expect(readHistory(writeHistory(history))).toEqual(history);
});

test("refuses to write what would not come back", () => {
  const one = { process: "ann", outcome: "ok" as const, output: 1, invokedAt: 0, completedAt: 1 };
  const write = (...history: object[]) => writeHistory(history as unknown as History);
  for (const input of [1n, Number.NaN, -0, new Map(), new Uint8Array(1), () => 1, [undefined]]) {
    expect(() => write({ ...one, input })).toThrow("JSON can't hold");
  }
  expect(() => write({ ...one, completedAt: Infinity })).toThrow("an answer without a time");
  expect(() => write({ ...one, completedAt: -1 })).toThrow(HoldfastError);
  expect(() => write(one, { ...one, invokedAt: 0.5 })).toThrow("does two things at once");
});
