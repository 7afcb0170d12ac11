// What was found, as HTML: the sentence, the operations, and what is before what, with the reasons.

import { describeCount, describeOperation, describeTime, plainName } from "../explain/describe.ts";
import type { Finding, Report, ReportOperation } from "../explain/report.ts";
import { edgeClass, graphPicture } from "./graph_picture.ts";
import { escapeHtml } from "./html.ts";

/** Operations and edges that are listed of one finding. */
const listedMax = 24;

/** UTF-16 units of a sentence. */
const sentenceLengthMax = 1_000;

/** UTF-16 units of an operation in a list. */
const operationLengthMax = 160;

/** The first finding: the section that a reader sees first. */
export function findingSection(report: Report): string {
  const finding = report.findings[0]!;
  const isSaid = report.sentence.startsWith(finding.sentence);
  return `<section class="found" data-finding="0" aria-labelledby="found-title">
<h2 id="found-title">${escapeHtml(finding.title)}${allowedText(finding)}</h2>
${isSaid ? "" : sentenceOf(finding)}${bodyOf(report, finding)}
</section>`;
}

/** Another finding, which can be opened. */
export function findingItem(report: Report, index: number): string {
  const finding = report.findings[index]!;
  return `<details name="finding" data-finding="${index}"><summary><b>${escapeHtml(finding.title)}</b>${allowedText(finding)} <span>${escapeHtml(finding.sentence, 140)}</span></summary>${sentenceOf(finding)}${bodyOf(report, finding)}</details>`;
}

function allowedText({ isAllowed }: Finding): string {
  return isAllowed ? ' <small class="allowed">allowed by what was asked</small>' : "";
}

function sentenceOf({ sentence }: Finding): string {
  return `<p>${escapeHtml(sentence, sentenceLengthMax)}.</p>`;
}

function bodyOf(report: Report, finding: Finding): string {
  const { operations } = finding;
  const listed = operations.slice(0, listedMax).map((place) => listedOperation(report, place));
  const more = operations.length - listed.length;
  const rest = more > 0 ? `<li class="left-out">and ${describeCount(more)} more</li>` : "";
  const list = `<ol class="operations">${listed.join("")}${rest}</ol>`;
  if (finding.edges.length === 0) return list;
  const processOf = (place: number) =>
    plainName(operationAt(report, place)?.operation.process ?? "");
  const edges = finding.edges
    .slice(0, listedMax)
    .map(
      ({ from, to, type, reason }) =>
        `<li><b>${report.sign}${from} → ${report.sign}${to}</b><span class="type ${edgeClass(type)}">${type}</span><span>${escapeHtml(reason, sentenceLengthMax)}.</span></li>`,
    );
  const moreEdges = finding.edges.length - edges.length;
  const restEdges = moreEdges > 0 ? `<li>and ${describeCount(moreEdges)} more</li>` : "";
  return `<div class="graph-and-reasons">${graphPicture(finding.edges, { sign: report.sign, processOf })}<ol class="edges">${edges.join("")}${restEdges}</ol></div>${list}`;
}

function listedOperation(report: Report, place: number): string {
  const name = `${report.sign}${place}`;
  const found = operationAt(report, place);
  if (found === undefined) return `<li>${name}</li>`;
  const { operation } = found;
  const what = describeOperation(operation, operationLengthMax);
  return `<li><button type="button" class="operation listed" data-place="${place}"><span class="name">${name}</span><span class="process">${escapeHtml(plainName(operation.process))}</span><code>${escapeHtml(what)}</code><span class="when">${escapeHtml(whenOf(found))}</span></button></li>`;
}

function whenOf({ operation: { invokedAt, completedAt, outcome } }: ReportOperation): string {
  const end = outcome === "ok" ? "" : outcome === "fail" ? ", failed" : ", unknown";
  if (invokedAt === Number.NEGATIVE_INFINITY) return outcome === "ok" ? "" : end.slice(2);
  const until = completedAt === Infinity ? "…" : describeTime(completedAt);
  return `${describeTime(invokedAt)} – ${until}${end}`;
}

// By their places, so it can be found by halves.
function operationAt({ operations }: Report, place: number): ReportOperation | undefined {
  let [low, high] = [0, operations.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (operations[middle]!.place < place) low = middle + 1;
    else high = middle;
  }
  return operations[low]?.place === place ? operations[low] : undefined;
}
