// The page as text: what it holds, what it can't be made to hold, and how large it is. In a
// browser it is looked at in browser/.

import {
  checkLinearizability,
  explainIsolation,
  explainLinearizability,
  type History,
  judgeLists,
  type ListStep,
  type Operation,
  pageLengthMax,
  type RegisterInput,
  type RegisterOutput,
  type Report,
  register,
  reportJson,
  reportPage,
  reportText,
  type TransactionOperation,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";
import type { PageData } from "../../src/report/page_data.ts";
import { hostile, hostileReport, randomReport } from "./reports.ts";

/** The data of the page's program. */
function dataOf(page: string): PageData {
  const [, text] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(text!) as PageData;
}

/** The page without its script, style and data, and its texts as people see them. */
function textOf(page: string): string {
  return page
    .replace(/<(script|style)[^>]*>.*?<\/\1>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

/** All tags with the names of their attributes, as a parser meets them. */
function tagsOf(page: string): string[] {
  const bare = page.replace(/(<(script|style)[^>]*>).*?(<\/\2>)/gs, "$1$3");
  return [...bare.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/="[^"]*"/g, ""));
}

describe("a violation of linearizability", () => {
  const calls: readonly (readonly [string, RegisterInput, RegisterOutput])[] = [
    ["ann", { f: "write", value: 41 }, undefined],
    ["bob", { f: "write", value: 42 }, undefined],
    ["cy", { f: "read" }, 41],
    ["cy", { f: "read" }, 43],
  ];
  const history: History<RegisterInput, RegisterOutput> = calls.map(
    ([process, input, output], place) => ({
      ...{ process, input, output, outcome: "ok" as const },
      ...{ invokedAt: 10 * place, completedAt: 10 * place + 5 },
    }),
  );
  const model = register();
  const report = explainLinearizability(history, model, checkLinearizability(history, model));
  const page = reportPage(report);

  test("stands in the page as text, without its program", () => {
    const text = textOf(page);
    expect(text).toContain("Not linearizable");
    expect(text).toContain(report.sentence.slice(1));
    for (const finding of report.findings) {
      for (const place of finding.operations) expect(text).toContain(`#${place}`);
    }
    for (const reason of report.orders.flatMap(({ reasons }) => reasons)) {
      expect(text).toContain(reason);
    }
  });

  test("has all operations in its data, with their figures", () => {
    const { operations, findings, orders, sign } = dataOf(page);
    expect(sign).toBe("#");
    expect(operations).toEqual(
      history.map(({ process, invokedAt, completedAt, output }, place) => ({
        place,
        process,
        from: invokedAt,
        until: completedAt,
        outcome: "ok",
        label: ["write 41", "write 42", "read: 41", "read: 43"][place],
        input: ["write 41", "write 42", "read", "read"][place],
        output: output === undefined ? null : String(output),
      })),
    );
    expect(findings).toEqual(report.findings.map((finding) => finding.operations));
    expect(orders).toEqual(report.orders);
  });

  test("leaves nothing out, and says nothing of it", () => {
    expect(textOf(page)).not.toContain("left out");
  });
});

test("a cycle is drawn and said, edge by edge", () => {
  const transaction = (process: string, ...steps: ListStep[]): TransactionOperation<ListStep> => ({
    ...{ process, input: steps, outcome: "ok", output: steps },
    ...{ invokedAt: -Infinity, completedAt: Infinity },
  });
  const history = [
    transaction("ann", ["r", "x", []], ["append", "y", 1]),
    transaction("bob", ["r", "y", []], ["append", "x", 1]),
    transaction("cy", ["r", "x", [1]], ["r", "y", [1]]),
  ];
  const report = explainIsolation(history, judgeLists(history, { models: ["serializable"] }));
  const page = reportPage(report);
  const text = textOf(page);
  expect(report.findings[0]!.edges).toHaveLength(2);
  for (const { from, to, reason } of report.findings[0]!.edges) {
    expect(text).toContain(`T${from} → T${to}`);
    expect(text).toContain(`${reason}.`);
  }
  expect(page).toContain('aria-label="T0 before T1, T1 before T0"');
  expect(page.match(/<g class="node listed"/g)).toHaveLength(2);
  expect(page.match(/<g class="edge unseen">/g)).toHaveLength(2);
  expect(text).toContain("repeatable-read");
  expect(report.models!.weakestRuledOut).toEqual(["repeatable-read"]);
  // Nobody wrote down when: then the places of the history are the times.
  expect(dataOf(page).operations.map(({ from, until }) => [from, until])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
});

describe("whatever a history says", () => {
  const page = reportPage(hostileReport());

  test("is no element and no attribute, and ends neither script nor style", () => {
    const harmless = reportPage(tamed(hostileReport()));
    expect(tagsOf(page)).toEqual(tagsOf(harmless));
    expect(page.match(/<\/script/gi)).toHaveLength(2);
    expect(page.match(/<\/style/gi)).toHaveLength(1);
    expect(page).not.toContain("<!--");
    expect(page).not.toMatch(/[\u2028\u2029\u202e]/);
  });

  test("is shown as it is", () => {
    const shown = hostile.replace(/[\u2028\u2029\u202e]/g, "");
    const text = textOf(page).replaceAll(/\\u202[89e]|[\u2028\u2029\u202e]/g, "");
    expect(text.split(shown).length).toBeGreaterThan(8);
    expect(dataOf(page).operations[0]!.process.startsWith("</script>")).toBe(true);
  });
});

/** The same report with texts that need no care. */
function tamed(report: Report): Report {
  return JSON.parse(
    JSON.stringify(report).replaceAll(JSON.stringify(hostile).slice(1, -1), "calm"),
  );
}

describe("a large history", () => {
  const long = "<&\u2028".repeat(100_000);
  const history = Array.from({ length: 300_000 }, (_, at): TransactionOperation<ListStep> => {
    const steps: ListStep[] =
      at < 1_500
        ? [
            ["r", long.slice(0, 60_000) + (at % 2), []],
            ["append", `k${at}`, at],
          ]
        : [["append", "x", at]];
    return {
      ...{
        process: at < 1_500 ? long.slice(0, 60_000) : `p${at % 7}`,
        input: steps,
        outcome: "ok",
        output: steps,
      },
      ...{ invokedAt: at, completedAt: at + 1 },
    };
  });

  test("has a page that is not over its limit, and says what it leaves out", () => {
    const report = explainIsolation(history, judgeLists(history));
    const page = reportPage(report);
    expect(page.length).toBeLessThan(pageLengthMax);
    expect(textOf(page)).toContain("298,500 others are left out");
    // Texts are cut shorter where there is no room for them.
    expect(dataOf(page).operations).toHaveLength(1_500);
    expect(dataOf(page).operations[7]!.input.length).toBeLessThan(60 * 6);
    expect(dataOf(page).findings).toEqual(report.findings.map(({ operations }) => operations));
  });

  test("with findings without end too", () => {
    const report = explainIsolation(history, judgeLists(history));
    const operations = Array.from({ length: 1_500 }, (_, at) => at);
    const edges = operations.map((from) => ({
      ...{ from, to: (from + 1) % 1_500, type: "ww" as const, reason: long },
    }));
    const finding = { title: "x", sentence: long, operations, edges, isAllowed: false };
    const findings = Array.from({ length: 2_000 }, () => finding);
    const orders = Array.from({ length: 3 }, () => ({
      stepsLeftOut: 0,
      steps: operations.slice(0, 200).map((place) => ({ place, state: long.slice(0, 160) })),
      next: 7,
      reasons: [long],
    }));
    const page = reportPage({ ...report, verdict: "violation", sentence: long, findings, orders });
    expect(page.length).toBeLessThan(pageLengthMax);
    expect(textOf(page)).toMatch(/[\d,]+ more findings are left out/);
    expect(dataOf(page).findings[0]).toHaveLength(200);
    const text = reportText({ ...report, verdict: "violation", sentence: long, findings, orders });
    expect(text.length).toBeLessThan(500_000);
  });
});

test("random reports of all judges make pages, texts and JSON, and never fail", () => {
  const verdicts = new Map<string, number>();
  for (let seed = 0; seed < 400; seed += 1) {
    const report = randomReport(seed);
    const name = `${report.judged} ${report.verdict}`;
    verdicts.set(name, (verdicts.get(name) ?? 0) + 1);
    const page = reportPage(report);
    expect(page.length).toBeLessThan(pageLengthMax);
    expect(page.match(/<\/script/gi)).toHaveLength(2);
    const { operations } = dataOf(page);
    const places = new Set(operations.map(({ place }) => place));
    for (const place of report.findings.flatMap((finding) => finding.operations)) {
      expect(places.has(place)).toBe(true);
    }
    const text = reportText(report);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029\u202e]/u);
    const json = JSON.parse(JSON.stringify(reportJson(report))) as Record<string, unknown>;
    expect(json.verdict).toBe(report.verdict);
    const told = (json.operations as { place: number }[]).map(({ place }) => place);
    const named = report.findings.flatMap((finding) => finding.operations);
    expect(told).toEqual(expect.arrayContaining([...new Set(named)]));
  }
  expect(Object.fromEntries(verdicts)).toMatchObject({
    "linearizability violation": expect.any(Number),
    "linearizability unknown": expect.any(Number),
    "isolation ok": expect.any(Number),
    "isolation violation": expect.any(Number),
    "set violation": expect.any(Number),
    "counter violation": expect.any(Number),
  });
});

test("JSON has the operations as they were, and no infinity", () => {
  const one: Operation = {
    ...{ process: "ann", input: { f: "push", value: 1n }, outcome: "info", output: undefined },
    ...{ invokedAt: 3, completedAt: Infinity },
  };
  const history: History = [one];
  const base = explainIsolation([], judgeLists([]));
  const finding = { title: "x", sentence: "y", operations: [0], edges: [], isAllowed: false };
  const report = {
    ...base,
    findings: [finding],
    operations: [0, 1].map((place) => ({ place, operation: history[0]! })),
    faults: [{ name: "z", beginsAt: 1, endsAt: Infinity }],
  };
  expect(reportJson(report)).toMatchObject({
    operations: [
      {
        ...{ place: 0, process: "ann", input: { f: "push", value: "1n" }, outcome: "info" },
        ...{ invokedAt: 3, completedAt: null, text: "push 1n" },
      },
    ],
    faults: [{ name: "z", beginsAt: 1, endsAt: null }],
    operationsLeftOut: 1,
  });
});
