// Faults in histories: of our own format, and of what a nemesis did.

import { type Fault, readFaults, readHistory, writeHistory } from "@holdfast/check";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const header = '{"format":"holdfast-history","version":1}';
const lines = (...rest: string[]) => [header, ...rest].join("\n");

/** Faults of a few names; of one name, one after the other. */
const faults = fc
  .array(
    fc.record({ name: fc.nat(3), pause: fc.nat(3), length: fc.nat(3), isLast: fc.boolean() }),
    { maxLength: 8 },
  )
  .map((drawn): Fault[] => {
    const freeFrom = new Map<number, number>();
    const found: Fault[] = [];
    for (const { name, pause, length, isLast } of drawn) {
      const from = freeFrom.get(name) ?? 0;
      if (from === Infinity) continue;
      const beginsAt = from + pause;
      const endsAt = isLast ? Infinity : beginsAt + length;
      freeFrom.set(name, endsAt);
      found.push({ name: `fault ${name}\u2028"</script>`, beginsAt, endsAt });
    }
    return found;
  });

const sorted = (found: readonly Fault[]) =>
  [...found].sort(
    (a, b) => a.beginsAt - b.beginsAt || (a.name < b.name ? -1 : 1) || a.endsAt - b.endsAt,
  );

test("what is written is read again, beside the same history", () => {
  const history = [
    { process: "ann", input: "x", outcome: "ok", output: 1, invokedAt: 2, completedAt: 5 } as const,
  ];
  fc.assert(
    fc.property(faults, (given) => {
      const text = writeHistory(history, given);
      expect(sorted(readFaults(text))).toEqual(sorted(given));
      expect(readHistory(text)).toEqual(history);
    }),
  );
});

describe("lines that tell of faults wrongly", () => {
  test.each([
    ['{"fault":1,"type":"begin"}', "line 2: names no fault"],
    ['{"fault":"x","type":"ok"}', "line 2: tells of a fault, and not that it begins or ends"],
    ['{"fault":"x","type":"end"}', "line 2: ends a fault that does not hold"],
    ['{"fault":"x","type":"begin","at":"1"}', "line 2: has a time that is no number"],
    [`{"fault":"${"x".repeat(1_001)}","type":"begin"}`, "line 2: names a fault in over 1000"],
    [
      '{"fault":"x","type":"begin"}\n{"fault":"x","type":"begin"}',
      "line 3: begins a fault that holds already",
    ],
  ])("%s", (line, reason) => {
    expect(() => readFaults(lines(line))).toThrow(reason);
    expect(() => readHistory(lines(line))).toThrow(reason);
  });

  test("their times are held against those of events", () => {
    const early = '{"fault":"x","type":"begin","at":1}';
    expect(() => readHistory(lines('{"process":"a","type":"invoke","at":2}', early))).toThrow(
      "line 3: is at 1, after one at 2",
    );
    expect(() => readHistory(lines('{"process":"a","type":"invoke"}', early))).toThrow("line 3");
  });
});

test("refuses to write what would not come back", () => {
  const fault = { name: "x", beginsAt: 0, endsAt: 2 };
  const write = (...given: Fault[]) => writeHistory([], given);
  expect(() => write({ ...fault, endsAt: -1 })).toThrow("ends before it begins");
  expect(() => write({ ...fault, beginsAt: -Infinity })).toThrow("ends before it begins");
  expect(() => write(fault, { ...fault, beginsAt: 1 })).toThrow("holds twice at once");
  expect(() => write({ ...fault, name: "x".repeat(1_001) })).toThrow("too long a name");
  expect(readFaults(write(fault, { ...fault, beginsAt: 2 }))).toHaveLength(2);
});

describe("a nemesis", () => {
  const did = (...fs: string[]) =>
    fs.map((f) => `{:process :nemesis, :type :info, :f :${f}, :value nil}`).join("\n");

  test("starts and stops, asked and answered", () => {
    const text = `${did("start", "start")}
{:process 0, :type :invoke, :f :read, :value nil}
{:process 0, :type :ok, :f :read, :value "nemesis"}
${did("stop", "stop")}`;
    expect(readFaults(text)).toEqual([{ name: "nemesis", beginsAt: 1, endsAt: 5 }]);
  });

  test("does several things, and some that take no time", () => {
    const text = did(
      ...["start-partition", "start-partition", "kill", "kill", "bump-clock", "bump-clock"],
      ...["stop-partition", "stop-partition", "start", "start", "pause", "pause", "resume"],
      ...["resume", "start-clock", "start-clock"],
    );
    expect(readFaults(text)).toEqual([
      { name: "partition", beginsAt: 1, endsAt: 7 },
      { name: "kill", beginsAt: 3, endsAt: 9 },
      { name: "pause", beginsAt: 11, endsAt: 13 },
      { name: "clock", beginsAt: 15, endsAt: Infinity },
    ]);
  });

  test("is read from JSON too; other formats have none", () => {
    const event = (f: string) => JSON.stringify({ process: "nemesis", type: "info", f });
    expect(readFaults(["start", "start", "stop"].map(event).join("\n"))).toEqual([
      { name: "nemesis", beginsAt: 1, endsAt: 3 },
    ]);
    expect(readFaults("INFO  jepsen.util - :nemesis :info :start nil")).toEqual([]);
    expect(readFaults("")).toEqual([]);
  });
});
