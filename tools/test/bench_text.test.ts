import { describe, expect, test } from "vitest";
import { joinReports, type Report, reportText } from "../../bench/text/report.ts";
import { bestOf, type Row, ratioOf, ratiosOf, rowOf } from "../../bench/text/row.ts";
import { parseTrace, unitsOf } from "../../bench/text/trace.ts";

const row = (what: string, cells: Row["cells"], aim: number | null = null): Row => {
  return { trace: "novel", what, unit: "ms cold", aim, cells };
};

describe("traces", () => {
  test("agents are numbered by their names", () => {
    const txns = [0, 1, 2].map((agent) => ({ agent, parents: [], patches: [] }));
    const agentNames = ["Zoe", "Ann", "Mia"];
    const json = { kind: "concurrent", numAgents: 3, agentNames, txns, endContent: "" } as const;
    expect(parseTrace(json).transactions.map(({ agent }) => agent)).toEqual([2, 0, 1]);
  });

  test("one author's positions become units, each on the text that it was made on", () => {
    const txns = [
      { patches: [[0, 0, "a😀b"] as const] },
      { patches: [[2, 1, "😀"] as const, [1, 1, ""] as const] },
      { patches: [[2, 0, "!"] as const] },
    ];
    const { transactions, inCodePoints } = parseTrace({ txns, endContent: "a😀!" });
    expect(inCodePoints).toBe(false);
    expect(transactions.map(({ edits }) => edits)).toEqual([
      [[0, 0, "a😀b"]],
      [
        [3, 1, "😀"],
        [1, 2, ""],
      ],
      [[3, 0, "!"]],
    ]);
    expect(transactions.map(({ parents }) => parents)).toEqual([[], [0], [1]]);
    expect(unitsOf("😀😀", [1, 5, ""])).toEqual([2, 2, ""]);
  });
});

describe("rows", () => {
  test("a ratio is over the best of the others that has a figure", () => {
    const mixed = row("merge", { holdfast: 6, yjs: 4, loro: "not converted in 180 s", ywasm: 3 });
    expect(bestOf(mixed)).toEqual({ peer: "ywasm", value: 3 });
    expect(ratioOf(mixed)).toBe(2);
    expect(ratioOf(row("merge", { yjs: 4 }))).toBeNull();
    expect(ratioOf(row("merge", { holdfast: 4, yjs: "died" }))).toBeNull();
    const rows = [mixed, row("load to text", { holdfast: 1, yjs: 3 })];
    expect(ratiosOf(rows)).toEqual({ "novel.merge.cold": 2, "novel.load-to-text.cold": 0.333 });
  });

  test("of several ways to do it, the better one counts", () => {
    const peer = { name: "yjs" };
    const failed = new Map([[peer, { figures: null, failure: "died" }]]);
    const way = (coldMs: number) => new Map([[peer, { figures: { coldMs }, failure: null }]]);
    const head = row("save", {});
    expect(rowOf(head, [way(3), way(2), way(4), failed], ({ coldMs }) => coldMs).cells.yjs).toBe(2);
    expect(rowOf(head, [failed], ({ coldMs }) => coldMs).cells.yjs).toBe("died");
    expect(rowOf(head, [way(3)], ({ warmMs }) => warmMs).cells).toEqual({});
  });

  test("the worst come first, and the last report's count", () => {
    const machine = { processors: "2 x some", node: "v20", load: "0.1 to 0.2" };
    const report = (...rows: readonly Row[]): Report => {
      return { machine, versions: { holdfast: "1", yjs: "2" }, runs: 5, rows };
    };
    const first = report(
      row("merge", { holdfast: 9, yjs: 1 }),
      row("load", { holdfast: 4, yjs: 2 }),
    );
    const last = report(row("merge", { holdfast: 1, yjs: 2 }, 0.8));
    const lines = reportText(joinReports([first, last])).split("\n");
    expect(lines[2]).toBe("1 of 1 aims reached");
    expect(lines.slice(-2)).toEqual([
      "| novel | load | ms cold | 2 |  | **4** | **2** |",
      "| novel | merge | ms cold | 0.5 | 0.8 | **1** | **2** |",
    ]);
  });
});
