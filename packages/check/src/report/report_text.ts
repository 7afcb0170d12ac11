// A report as lines of text, for a terminal or a log.
//
//   NOT LINEARIZABLE
//   read: 1 of process 10 (#38) contradicts 3 others, whatever became of the remaining 79.
//
//     #3   1   write 1   7 to 9
//     #37  1   write 2   74 to 75
//
//   How far an order is possible, in 34 steps:
//     ...

import { describeCount, describeOperation, describeTime, plainName } from "../explain/describe.ts";
import type { Finding, Report, ReportOperation, ReportOrder } from "../explain/report.ts";

/** Findings that a text tells of. */
const findingsMax = 10;

/** Operations and edges that it tells of each. */
const listedMax = 20;

/** Steps of an order: the last ones. */
const stepsMax = 12;

/** UTF-16 units of an operation. */
const operationLengthMax = 120;

/**
 * The report as text: the verdict, the smallest explanation, how far an order is possible,
 * and what else was found. At most a few hundred lines, each without control characters.
 *
 * @example
 * console.log(reportText(explainIsolation(history, judgeLists(history))));
 */
export function reportText(report: Report): string {
  const { title, sentence, facts, findings } = report;
  const lines = [title.toUpperCase(), `${upperFirst(sentence)}.`, ""];
  lines.push(facts.map(([name, figure]) => `${name} ${figure}`).join(", "));
  const byPlace = new Map(report.operations.map((each) => [each.place, each]));
  for (const finding of findings.slice(0, findingsMax)) {
    lines.push("", ...findingLines(report, finding, byPlace));
  }
  const more = findings.length + report.findingsLeftOut - findingsMax;
  if (more > 0) lines.push("", `${describeCount(more)} more findings.`);
  const [order] = report.orders;
  if (order !== undefined && report.verdict === "violation") {
    lines.push("", ...orderLines(report, order, byPlace));
  }
  if (report.models !== null) lines.push("", ...modelLines(report.models));
  return `${lines.join("\n")}\n`;
}

type ByPlace = ReadonlyMap<number, ReportOperation>;

function findingLines(report: Report, finding: Finding, byPlace: ByPlace): string[] {
  const { title, sentence, cycle, operations, isAllowed } = finding;
  const allowed = isAllowed ? ", allowed by what was asked" : "";
  // What the verdict's sentence says already is not said again.
  const isSaid = finding === report.findings[0] && report.sentence.startsWith(sentence);
  const lines = [`${upperFirst(title)}${allowed}${isSaid ? ":" : `: ${sentence}.`}`];
  for (const { from, to, type, reason } of cycle.slice(0, listedMax)) {
    lines.push(`  ${report.sign}${from} -${type}-> ${report.sign}${to}: ${reason}.`);
  }
  if (cycle.length > listedMax) lines.push(`  and ${describeCount(cycle.length - listedMax)} more`);
  const rows = operations.slice(0, listedMax).map((place) => rowOf(report, place, byPlace));
  lines.push(...aligned(rows).map((row) => `  ${row}`));
  const more = operations.length - rows.length;
  if (more > 0) lines.push(`  and ${describeCount(more)} more`);
  return lines;
}

function orderLines(report: Report, order: ReportOrder, byPlace: ByPlace): string[] {
  const { steps, stepsLeftOut, next, reasons } = order;
  const count = stepsLeftOut + steps.length;
  const shown = steps.slice(-stepsMax);
  const rows = shown.map(({ place, state }) => [
    ...rowOf(report, place, byPlace).slice(0, 3),
    state === null ? "" : `then ${state}`,
  ]);
  if (next !== null) rows.push([...rowOf(report, next, byPlace).slice(0, 3), "fits nowhere"]);
  const before = count - shown.length;
  return [
    `An order is possible up to step ${describeCount(count)}:`,
    ...(before > 0 ? [`  ${describeCount(before)} steps before`] : []),
    ...aligned(rows).map((row) => `  ${row}`),
    ...reasons.map((reason) => `${upperFirst(reason)}.`),
  ];
}

function modelLines({
  ruledOut,
  weakestRuledOut,
  mayHold,
}: NonNullable<Report["models"]>): string[] {
  const others = ruledOut.filter((model) => !weakestRuledOut.includes(model));
  return [
    `Ruled out: ${weakestRuledOut.join(", ") || "nothing"}${others.length > 0 ? `; so also ${others.join(", ")}` : ""}.`,
    `May still hold: ${mayHold.join(", ") || "nothing"}.`,
  ];
}

// Name, process, what, when.
function rowOf({ sign }: Report, place: number, byPlace: ByPlace): string[] {
  const operation = byPlace.get(place)?.operation;
  if (operation === undefined) return [`${sign}${place}`, "", "", ""];
  const { process, invokedAt, completedAt, outcome } = operation;
  const from = Number.isFinite(invokedAt) ? describeTime(invokedAt) : "?";
  const until = Number.isFinite(completedAt) ? describeTime(completedAt) : "?";
  const when = from === "?" && until === "?" ? "" : `${from} to ${until}`;
  const end = outcome === "ok" ? when : `${when} ${outcome}`.trim();
  const what = describeOperation(operation, operationLengthMax);
  return [`${sign}${place}`, plainName(process), what, end];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map((at) => Math.max(0, ...rows.map((row) => (row[at] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
