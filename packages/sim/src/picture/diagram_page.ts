// A run as one HTML document: the space-time diagram, with all that it needs inside.
//
// It can be opened from a disk, mailed, and kept with a bug: it asks the network for
// nothing, and its own policy allows nothing. The data are JSON in a script element
// that is never run, in which no `<` is left; so no text of a run ends the element.
// The page's program sets texts as text, and nothing as HTML.
//
// Where the program comes from: its sources are TypeScript modules in page/, held to
// the same checks as all others, and page_assets.ts has them as one bundled string.
// That file is written by its test (`npx vitest run packages/sim/test/page_assets.test.ts
// --update`), which fails where the two differ. So the package carries plain strings:
// it reads no file, needs no bundler and no compiler, and works alike from its sources
// and as it is published. What was rejected: inlining functions by `toString`, which
// imports and minifiers break; reading modules from dist, which sources do not have;
// plain JavaScript beside the TypeScript, which could not share the notation with it.

import type { TraceRecord } from "../run/trace_record.ts";
import { type DescribeMessage, drawnRecords } from "./drawn_record.ts";
import { pagePolicy, pageScript, pageStyle } from "./page_assets.ts";
import { packRun } from "./page_data.ts";
import { legend } from "./page_legend.ts";

/** What a page is to show. */
export interface DiagramPageOptions {
  /** Heading, and title of the document. */
  readonly title: string;
  /** In the order of time. */
  readonly records: readonly TraceRecord[];
  /** Says what a message is. */
  readonly describeMessage?: DescribeMessage;
  /** Short lines below the heading: seed, trace hash, how to run it again. */
  readonly summary?: readonly string[];
}

/**
 * The run as a page with its space-time diagram: machines side by side, time downwards.
 *
 * The document stands alone, in 45 kB and some 30 bytes for each record, and can be
 * written to a file as it is. Whatever the texts of the run contain, they are shown as
 * text. A page of 100,000 records opens in a few seconds, and then only what is in view
 * is drawn.
 *
 * @example
 * await writeFile("run.html", diagramPage({ title: "seed 42", records }));
 */
export function diagramPage(options: DiagramPageOptions): string {
  const { title, records, describeMessage, summary = [] } = options;
  const data = packRun(drawnRecords(records, describeMessage));
  const lines = summary.map((line) => `<li>${escapeHtml(line)}</li>`).join("");
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
<header>
<div><h1>${escapeHtml(title)}</h1><ul>${lines}<li id="total"></li></ul></div>
${tools}
</header>
<main id="window" tabindex="0" aria-label="Space-time diagram: machines side by side, time downwards. J and K go from record to record; each is told in the panel beside it.">
<div id="extent"><div id="heads"><span>time, s</span></div><canvas id="canvas" aria-hidden="true"></canvas></div>
</main>
<aside aria-label="Record and legend" tabindex="0">
<section id="record" hidden><h2 id="record-title"></h2><dl id="facts" aria-live="polite"></dl><button id="other-end" type="button"></button><h2>Around it</h2><ol id="lines"></ol></section>
${legend}
</aside>
<footer><p id="in-view">Nothing is drawn yet: this page needs JavaScript.</p><p>Holdfast</p></footer>
<div id="slip" hidden></div>
<script type="application/json" id="run">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

const tools = `<div class="tools">
<div class="group" role="search"><input id="words" type="search" placeholder="Search" aria-label="Search records" autocomplete="off" spellcheck="false"><output id="found" for="words"></output><button id="match-before" type="button" aria-label="Previous match">↑</button><button id="match-after" type="button" aria-label="Next match">↓</button></div>
<label class="switch"><input id="fold" type="checkbox" checked>Fold idle <span>time</span></label>
<div class="group"><button id="zoom-out" type="button" aria-label="Zoom out">−</button><button id="zoom-in" type="button" aria-label="Zoom in">+</button></div>
<details><summary>Show<span id="left-out"></span></summary><div class="sheet" id="filter"><fieldset id="kinds"><legend>Kinds</legend></fieldset><fieldset id="machines"><legend>Machines</legend></fieldset></div></details>
<button id="to-legend" type="button">Legend</button>
<button id="violation" type="button" aria-keyshortcuts="v" hidden>Violation<kbd aria-hidden="true">v</kbd></button>
</div>`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
