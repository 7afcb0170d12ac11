// A report as one HTML document, with all that it needs inside.
//
// It can be opened from a disk, mailed, and kept with a bug: it asks the network for
// nothing, and its own policy allows nothing. What was found stands in it as text, before
// any program runs; the program draws the timeline. The data are JSON in a script element
// that is never run, in which no `<` is left; so no text of a history ends the element.
// The program sets texts as text, and nothing as HTML.
//
// The program and the style are TypeScript and CSS in page/, held to the same checks as
// all else; page_assets.ts has them as bundled strings, so that the package reads no file.
//
// A page is never larger than {@link pageLengthMax}: what a stranger's history makes too
// long is cut, and the page says what it leaves out.

import { describeCount } from "../explain/describe.ts";
import type { Report } from "../explain/report.ts";
import { activitySection } from "./activity_plots.ts";
import { findingItem, findingSection } from "./finding_section.ts";
import { escapeHtml, scriptJson } from "./html.ts";
import { modelsSection } from "./models_section.ts";
import { pagePolicy, pageScript, pageStyle } from "./page_assets.ts";
import { pageDataOf } from "./page_data.ts";

/** UTF-16 units of a page. */
export const pageLengthMax = 8_000_000;

/** UTF-16 units of the findings behind the first, as HTML. */
const findingsLengthMax = 1_500_000;

/** UTF-16 units of the data of the page's program. */
const dataLengthMax = 4_000_000;

/**
 * The report as a page: the verdict and the smallest explanation at the top, then the
 * timeline, to zoom and to ask, and all else that was found.
 *
 * The document stands alone and can be written to a file as it is. Whatever the texts of
 * a history contain, they are shown as text. It has at most 8 million UTF-16 units,
 * whatever the history's size.
 *
 * @example
 * await writeFile("report.html", reportPage(explainLinearizability(history, model, verdict)));
 */
export function reportPage(report: Report): string {
  const { items, shown } = itemsOf(report);
  const data = dataOf(report, shown);
  const { title, sentence, verdict, judged } = report;
  const more = report.findings.length - shown + report.findingsLeftOut;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header class="${verdict}">
<p class="judged">${escapeHtml(judged)}</p>
<h1><span class="sign" aria-hidden="true">${signs[verdict]}</span>${escapeHtml(title)}</h1>
<p class="sentence">${escapeHtml(upperFirst(sentence))}.</p>
<dl class="facts">${report.facts.map(([name, figure]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(figure)}</dd></div>`).join("")}</dl>
</header>
<main>
${report.findings.length === 0 ? "" : findingSection(report)}
${timelineSection(report)}
${report.orders.length === 0 ? "" : orderSection(report)}
${items.length === 0 ? "" : `<section aria-labelledby="others-title"><h2 id="others-title">Also found</h2>${items.join("")}</section>`}
${report.models === null ? "" : modelsSection(report.models)}
${report.activity === null ? "" : activitySection(report.activity, report.faults)}
</main>
<footer>${leftOut(report, more)
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join("")}<p>Holdfast</p></footer>
<div id="slip" hidden></div>
<script type="application/json" id="report">${data}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

const signs = { ok: "✓", violation: "✗", unknown: "?" };

// The findings behind the first, as many as there is room for.
function itemsOf(report: Report): { readonly items: string[]; readonly shown: number } {
  const items: string[] = [];
  let length = 0;
  for (let index = 1; index < report.findings.length; index += 1) {
    const item = findingItem(report, index);
    length += item.length;
    if (length > findingsLengthMax) break;
    items.push(item);
  }
  return { items, shown: Math.min(report.findings.length, items.length + 1) };
}

// Where it is too much, the operations that are furthest from what was found go first.
function dataOf(report: Report, shown: number): string {
  const data = pageDataOf(report, shown);
  const text = scriptJson(data);
  if (text.length <= dataLengthMax) return text;
  const cut = (value: string) => (value.length > 48 ? `${value.slice(0, 48)}…` : value);
  const operations = data.operations.map((operation) => ({
    ...operation,
    input: cut(operation.input),
    output: operation.output === null ? null : cut(operation.output),
  }));
  return scriptJson({ ...data, operations });
}

function timelineSection({ findings, orders, operations }: Report): string {
  if (operations.length === 0) return "";
  const views = [
    ...(findings.length > 0 ? [["finding", "What was found"]] : []),
    ...(orders.length > 0 ? [["order", "The order"]] : []),
    ["all", "All on this page"],
  ];
  const buttons = views.map(
    ([view, name]) =>
      `<button type="button" data-view="${view}" aria-pressed="false">${name}</button>`,
  );
  return `<section aria-labelledby="timeline-title">
<div class="bar-of-tools"><h2 id="timeline-title">Timeline</h2>
<div class="group" role="group" aria-label="Which operations">${buttons.join("")}</div>
<label class="switch"><input id="timed" type="checkbox">Space by time</label>
<div class="group" role="group" aria-label="Zoom"><button id="zoom-out" type="button" aria-label="Zoom out">−</button><button id="zoom-in" type="button" aria-label="Zoom in">+</button><button id="zoom-all" type="button">Fit</button></div></div>
<div id="window" tabindex="0" role="group" aria-label="Timeline by process. J and K go from operation to operation, each is told below; plus and minus zoom, arrow keys move, 0 shows all."><svg id="timeline" role="img" aria-labelledby="timeline-title extent"></svg></div>
<div class="under"><p id="extent">The timeline is drawn by a program: this page needs JavaScript for it.</p>${legend(orders.length > 0)}</div>
<div id="panel" aria-live="polite"><div id="details" hidden><h3 id="details-title"></h3><dl id="details-facts"></dl></div></div>
<p id="hint">Point at a bar, or choose it, to see what was asked and answered; drag to move.<span class="keys"> Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous, <kbd>+</kbd> <kbd>−</kbd> or Ctrl and wheel zoom, <kbd>←</kbd> <kbd>→</kbd> move, <kbd>0</kbd> all.</span></p>
</section>`;
}

function legend(hasOrder: boolean): string {
  const signs: readonly (readonly [className: string, meaning: string])[] = [
    ["found", "part of what was found"],
    ["ok", "ok"],
    ["fail", "failed"],
    ["info", "outcome unknown"],
  ];
  const shown = signs.map(([name, text]) => `<li><i class="${name}"></i>${text}</li>`);
  const order = [
    '<li><i class="next"></i>fits nowhere</li>',
    '<li><i class="dot"></i>takes effect, in this order</li>',
  ];
  return `<ul class="legend">${[...shown, ...(hasOrder ? order : [])].join("")}</ul>`;
}

function orderSection({ orders, verdict }: Report): string {
  const title = verdict === "violation" ? "How far an order is possible" : "An order";
  const options = orders.map(
    ({ steps, stepsLeftOut }, index) =>
      `<option value="${index}">${describeCount(steps.length + stepsLeftOut)} steps, order ${index + 1} of ${orders.length}</option>`,
  );
  const hidden = orders.length > 1 ? "" : " hidden";
  return `<section aria-labelledby="order-title">
<div class="bar-of-tools"><h2 id="order-title">${title}</h2><select id="order-choice" aria-label="Which order"${hidden}>${options.join("")}</select></div>
<ul id="reasons">${orders[0]!.reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join("")}</ul>
<ol id="steps" tabindex="0" aria-label="Steps of the order"></ol>
</section>`;
}

function leftOut(report: Report, findingsMore: number): string[] {
  const lines: string[] = [];
  if (report.operationsLeftOut > 0) {
    lines.push(
      `This page holds the ${describeCount(report.operations.length)} operations that are nearest to what was found; ${describeCount(report.operationsLeftOut)} others are left out.`,
    );
  }
  if (findingsMore > 0) lines.push(`${describeCount(findingsMore)} more findings are left out.`);
  return lines;
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
