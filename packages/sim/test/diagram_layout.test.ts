// From records to what is drawn: what belongs together, where it lies, what is left out.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawnRecords } from "../src/picture/drawn_record.ts";
import { Notation } from "../src/picture/notation.ts";
import { choose } from "../src/picture/page/choice.ts";
import { layOutColumns, middleOf } from "../src/picture/page/columns.ts";
import { assignLanes, stretches } from "../src/picture/page/lanes.ts";
import { readRun } from "../src/picture/page/run.ts";
import { Search } from "../src/picture/page/search.ts";
import { Spots } from "../src/picture/page/spots.ts";
import { packRun, unpackRun } from "../src/picture/page_data.ts";
import { describeText, plausibleRun } from "./plausible_run.ts";
import { smallRun } from "./small_run.ts";

const nothing = { kinds: new Set<never>(), machines: new Set<number>() };

describe("a run that is put together", () => {
  const run = readRun(drawnRecords(smallRun));

  test("has lives, pauses, messages and faults from their begin to their end", () => {
    expect(run.machines).toEqual(["server", "client"]);
    expect(run.lives).toMatchObject([
      { column: 0, life: 1, fromMs: 0, toMs: 60, how: "killed" },
      { column: 1, life: 1, fromMs: 0, toMs: 120, how: null },
      { column: 0, life: 2, fromMs: 80, toMs: 120, how: null },
    ]);
    expect(run.pauses).toEqual([{ column: 1, fromMs: 90, toMs: 100 }]);
    expect(run.faults).toMatchObject([
      { kind: "partition", columns: [0, 1], fromMs: 30, toMs: 50 },
      { kind: "slow_network", columns: null, fromMs: 70, toMs: 120 },
    ]);
    expect(run.messages).toMatchObject([
      { from: 1, to: 0, sentMs: 10, arrivedMs: 14 },
      { from: 0, to: 1, sentMs: 15, arrivedMs: 21 },
      { from: 1, to: 0, sentMs: 35, arrive: -1, arrivedMs: 41 },
    ]);
    expect(run.marks.map(({ type }) => type)).toEqual([
      ...["connect", "disk", "bite", "close", "note", "note", "violation"],
    ]);
  });

  test("may begin in the middle: what is seen at work has lived before, what arrives was sent", () => {
    const cut = readRun(drawnRecords(smallRun.slice(6)));
    expect(cut.lives).toMatchObject([
      { column: 0, life: 0, begin: -1, fromMs: 15, toMs: 60 },
      { column: 1, life: 0, begin: -1, fromMs: 15, toMs: 120 },
      { column: 0, life: 2, fromMs: 80 },
    ]);
    const late = readRun(drawnRecords(smallRun.slice(7)));
    expect(late.messages[0]).toMatchObject({ send: -1, arrive: 0, sentMs: 21, arrivedMs: 21 });
  });

  test("a process ends once, whatever is said of it afterwards", () => {
    const end = { type: "end", machine: "server", text: "" } as const;
    const { lives } = readRun(
      drawnRecords([
        { atMs: 0, happening: { type: "start", machine: "server", life: 1 } },
        { atMs: 1, happening: { ...end, how: "killed" } },
        { atMs: 2, happening: { ...end, how: "returned" } },
      ]),
    );
    expect(lives).toMatchObject([{ toMs: 1, how: "killed" }]);
  });

  test("a fault of a moment is over at once, one that lasts reaches to the end", () => {
    const fault = { type: "fault", phase: "begin", machines: ["server"], text: "" } as const;
    const { faults } = readRun(
      drawnRecords([
        { atMs: 1, happening: { ...fault, fault: 0, kind: "bit_rot" } },
        { atMs: 2, happening: { ...fault, fault: 1, kind: "slow_disk" } },
        { atMs: 9, happening: { type: "note", machine: "server", text: "" } },
      ]),
    );
    expect(faults.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [1, 1],
      [2, 9],
    ]);
  });

  test("of nothing is nothing", () => {
    expect(readRun([])).toMatchObject({ machines: [], lives: [], messages: [], marks: [] });
  });
});

test("a run is the same after it was packed into a page", () => {
  const records = drawnRecords(plausibleRun(), describeText);
  const unpacked = unpackRun(JSON.parse(JSON.stringify(packRun(records))));
  expect(unpacked.map(({ happening }) => happening)).toEqual(
    records.map(({ happening }) => happening),
  );
  unpacked.forEach(({ atMs }, index) => {
    expect(Math.abs(atMs - records[index]!.atMs)).toBeLessThan(0.001);
  });
});

test("lanes: no two that meet share one, and none is left free below", () => {
  const spans = fc.array(
    fc
      .record({
        fromMs: fc.integer({ min: 0, max: 50 }),
        lengthMs: fc.integer({ min: 0, max: 20 }),
        columns: fc.option(fc.uniqueArray(fc.nat(3), { minLength: 1 })),
      })
      .map(({ fromMs, lengthMs, columns }) => ({ fromMs, toMs: fromMs + lengthMs, columns })),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(spans, (faults) => {
      const lanes = assignLanes(faults);
      const meets = (one: number, other: number): boolean => {
        const [left, right] = [faults[one]!, faults[other]!];
        const share =
          left.columns === null ||
          right.columns === null ||
          left.columns.some((column) => right.columns!.includes(column));
        return share && left.fromMs <= right.toMs && right.fromMs <= left.toMs;
      };
      faults.forEach((_, one) => {
        faults.forEach((__, other) => {
          if (one !== other && meets(one, other)) expect(lanes[one]).not.toBe(lanes[other]);
        });
        for (let lower = 0; lower < lanes[one]!; lower += 1) {
          expect(lanes.some((lane, other) => lane === lower && meets(one, other))).toBe(true);
        }
      });
    }),
  );
});

test("neighbouring columns are one stretch", () => {
  expect(stretches([0, 1, 3, 5, 6])).toEqual([
    [0, 1],
    [3, 3],
    [5, 6],
  ]);
  expect(stretches([])).toEqual([]);
});

test("columns share the room, keep a least width, and close up over hidden ones", () => {
  const options = { widthPx: 1_000, machineCount: 4, hasNotes: false };
  const all = layOutColumns({ ...options, hidden: new Set() });
  expect(all.widthPx).toBeLessThanOrEqual(1_000);
  const some = layOutColumns({ ...options, hidden: new Set([1]) });
  expect(some.places).toEqual([0, -1, 1, 2]);
  expect(middleOf(some, 2) - middleOf(some, 0)).toBe(some.columnPx);
  const many = layOutColumns({ ...options, machineCount: 40, hidden: new Set() });
  expect(many.columnPx).toBe(96);
  expect(many.widthPx).toBeGreaterThan(1_000);
});

describe("a choice", () => {
  const run = readRun(drawnRecords(smallRun));

  test("of everything has everything, and every moment", () => {
    const choice = choose(run, nothing);
    expect(choice.messages).toHaveLength(3);
    expect(choice.marks).toHaveLength(7);
    expect([...choice.timesMs]).toEqual([...choice.timesMs].sort((one, other) => one - other));
    for (const { atMs } of smallRun) expect(choice.timesMs).toContain(atMs);
    expect([...choice.arrivedMsMax]).toEqual([14, 21, 41]);
  });

  test("leaves out kinds, and machines with all that is theirs, but never a violation", () => {
    const quiet = choose(run, { ...nothing, kinds: new Set(["messages", "disk", "notes"]) });
    expect(quiet.messages).toEqual([]);
    expect(quiet.marks.map(({ type }) => type)).toEqual(["connect", "bite", "close", "violation"]);
    const alone = choose(run, { ...nothing, machines: new Set([0]) });
    expect(alone.messages).toEqual([]);
    expect(alone.faults).toHaveLength(2);
    expect(alone.marks.map(({ type }) => type)).toEqual([
      ...["connect", "bite", "close", "note", "note", "violation"],
    ]);
  });
});

test("spots: both ends of a message know each other, and a walk passes over what is hidden", () => {
  const records = drawnRecords(smallRun);
  const spots = new Spots(records, readRun(records));
  const places = (type: string): number[] =>
    records.flatMap(({ happening }, index) => (happening.type === type ? [index] : []));
  const [sends, arrivals] = [places("send"), places("arrive")];
  expect(sends.map((record) => spots.partnerOf(record))).toEqual([arrivals[0], arrivals[1], -1]);
  expect(arrivals.map((record) => spots.partnerOf(record))).toEqual([sends[0], sends[1]]);
  expect(arrivals.map((record) => spots.columnOf(record))).toEqual([0, 1]);
  const filter = { ...nothing, kinds: new Set(["messages"] as const) };
  expect(spots.next(sends[0]! - 1, 1, filter)).toBe(places("disk")[0]);
  expect(spots.next(records.length - 1, 1, filter)).toBe(-1);
});

test("search finds words in any case in all that a line says, and goes round", () => {
  const records = drawnRecords(smallRun, describeText);
  const search = new Search(new Notation(records), records.length);
  const found = search.find("  EDIT 1 ");
  expect(found.map((index) => records[index]!.happening.type)).toEqual(["send", "arrive"]);
  expect(search.next(-1, 1)).toBe(found[0]);
  expect(search.next(found[0]!, 1)).toBe(found[1]);
  expect(search.next(found[1]!, 1)).toBe(found[0]);
  expect(search.next(found[1]!, -1)).toBe(found[0]);
  expect(search.next(found[0]!, -1)).toBe(found[1]);
  expect(search.find("violation")).toEqual([records.length - 1]);
  expect(search.find("")).toEqual([]);
  expect(search.next(0, 1)).toBe(-1);
});
