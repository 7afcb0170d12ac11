// Every example of the documents makes a report: what the verdict names is in it, and in
// the page and the text made of it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkLinearizability,
  explainIsolation,
  explainLinearizability,
  explainMerge,
  explainSessions,
  type IsolationVerdict,
  judgeLists,
  judgeMerge,
  judgePredicates,
  judgeRegisters,
  judgeSessions,
  listVocabulary,
  namedModels,
  type Report,
  readAnyHistory,
  readFaults,
  readMergeLog,
  reportJson,
  reportPage,
  reportText,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { escapeHtml } from "../../src/report/html.ts";
import { type ExampleOperation, readExample } from "../isolation/notation.ts";

const docs = join(import.meta.dirname, "../../docs");
const read = (file: string) => readFileSync(join(docs, file), "utf8");

/** The blocks of a page that begin with a word, without what the verdict says. */
function blocksOf(file: string, word: string): { title: string; lines: string[] }[] {
  const pattern = new RegExp(`^\`\`\`${word} (.*)\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...read(file).matchAll(pattern)].map(([, what, text], index) => ({
    title: `${index + 1}: ${what}`,
    lines: text!
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("> ")),
  }));
}

function expectWhole(report: Report): void {
  const page = reportPage(report);
  const text = reportText(report);
  const places = new Set(report.operations.map(({ place }) => place));
  expect(page).toContain(`<h1><span class="sign" aria-hidden="true">`);
  expect(page).toContain(escapeHtml(report.sentence.slice(1)));
  for (const { operations, edges, title } of report.findings) {
    expect(page).toContain(escapeHtml(title));
    for (const place of operations) {
      expect(places.has(place)).toBe(true);
      expect(page).toContain(
        `data-place="${place}"><span class="name">${report.sign}${place}</span>`,
      );
    }
    for (const { from, to, type, reason } of edges) {
      expect(page).toContain(escapeHtml(reason));
      expect(page).toContain(`${report.sign}${from} → ${report.sign}${to}`);
      expect(text).toContain(`${report.sign}${from} -${type}-> ${report.sign}${to}: ${reason}.`);
    }
  }
  if (report.verdict === "violation") expect(report.findings.length).toBeGreaterThan(0);
  expect(text.startsWith(report.title.toUpperCase())).toBe(true);
  expect(JSON.parse(JSON.stringify(reportJson(report)))).toMatchObject({
    verdict: report.verdict,
    findings: report.findings,
  });
}

describe("docs/isolation.md", () => {
  test.each(blocksOf("isolation.md", "history"))("$title", ({ lines }) => {
    const history = readExample(lines);
    const verdict = judge(history);
    const report = explainIsolation(history, verdict);
    expectWhole(report);
    expect(report.findings.map(({ title }) => title)).toEqual(
      [...verdict.anomalies, ...verdict.allowed].map(({ name, type }) =>
        name === null ? type : `${name} (${type})`,
      ),
    );
    expect(report.findings.filter(({ isAllowed }) => isAllowed)).toHaveLength(
      verdict.allowed.length,
    );
  });

  test("what was asked for allows is told apart, and comes last", () => {
    const history = readExample(["ann: read x []; append y 1", "bob: read y []; append x 1"]);
    const verdict = judgeLists(history, { models: ["read-committed"] });
    const report = explainIsolation(history, verdict);
    expectWhole(report);
    expect(report).toMatchObject({
      verdict: "ok",
      title: "No anomaly",
      findings: [{ title: "write skew (G2-item)", isAllowed: true }],
    });
    expect(reportPage(report)).toContain("allowed by what was asked");
    expect(reportText(report)).toContain("Write skew (G2-item), allowed by what was asked:");
  });

  function judge(history: readonly ExampleOperation[]): IsolationVerdict {
    const steps = history.flatMap(({ input }) => input) as readonly (readonly unknown[])[];
    if (steps.some(([what, , seen]) => what === "append" || Array.isArray(seen))) {
      return judgeLists(history);
    }
    const isClosed = steps.some(([what]) => what !== "r" && what !== "w");
    return isClosed ? judgePredicates(history) : judgeRegisters(history, { wfrKeys: true });
  }
});

test.each(blocksOf("sessions.md", "session"))("docs/sessions.md $title", ({ lines }) => {
  const history = readExample(lines);
  const verdict = judgeSessions(history);
  const report = explainSessions(history, verdict);
  expectWhole(report);
  expect(report.findings).toHaveLength(verdict.faults.length);
  for (const broken of report.models!.ruledOut) {
    expect(verdict.guarantees[broken as "causal"]).toBe("broken");
  }
});

test.each(blocksOf("merge.md", "merge"))("docs/merge.md $title", ({ lines }) => {
  const log = ['{"format":"holdfast-merge-log","version":1}', ...lines].join("\n");
  const records = readMergeLog(log);
  const verdict = judgeMerge(records);
  const report = explainMerge(records, verdict);
  expectWhole(report);
  expect(report.findings.map(({ title }) => title)).toEqual(
    verdict.faults.map(({ promise }) => promise),
  );
  const named = report.findings.flatMap(({ operations }) => operations);
  for (const place of named) {
    const record = records[place]!;
    const { operation } = report.operations.find((each) => each.place === place)!;
    expect(operation.process).toBe("replica" in record ? record.replica : "all");
  }
});

describe("the histories of the pictures", () => {
  test("stale-read.jsonl: three operations contradict each other", () => {
    const text = read("stale-read.jsonl");
    const { model, vocabulary } = namedModels.register!;
    const history = readAnyHistory(text, vocabulary);
    const faults = readFaults(text);
    const verdict = checkLinearizability(history, model);
    const report = explainLinearizability(history, model, verdict, { faults });
    expectWhole(report);
    expect(report.findings[0]!.operations).toEqual([36, 38, 40]);
    expect(report.faults).toEqual([{ name: "the replica is cut off", beginsAt: 180, endsAt: 320 }]);
  });

  test("read-only-anomaly.jsonl: one cycle of three", () => {
    const history = readAnyHistory(read("read-only-anomaly.jsonl"), listVocabulary);
    const report = explainIsolation(history, judgeLists(history, { models: ["serializable"] }));
    expectWhole(report);
    expect(report.findings.map(({ edges }) => edges.map(({ type }) => type))).toEqual([
      ["rw", "wr", "rw"],
    ]);
  });
});
