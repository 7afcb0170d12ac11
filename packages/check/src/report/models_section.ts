// Which promises are ruled out, and which may still hold, as HTML.

import type { ReportModels } from "../explain/report.ts";
import { escapeHtml } from "./html.ts";

/** Both lists; the weakest of those that are ruled out stand first. */
export function modelsSection({ ruledOut, weakestRuledOut, mayHold }: ReportModels): string {
  const weakest = new Set(weakestRuledOut);
  const others = ruledOut.filter((model) => !weakest.has(model));
  const out = [
    ...weakestRuledOut.map((model) => `<li class="weakest">${escapeHtml(model)}</li>`),
    ...others.map((model) => `<li>${escapeHtml(model)}</li>`),
  ];
  const may = mayHold.map((model) => `<li>${escapeHtml(model)}</li>`);
  const note =
    weakest.size === 0
      ? ""
      : `<p class="note">Ruled out first are the weakest: all others in that list promise at least what one of them does.</p>`;
  return `<section aria-labelledby="models-title"><h2 id="models-title">Promises</h2>
<div class="models"><div><h3>Ruled out</h3>${list("out", out)}${note}</div>
<div><h3>May still hold</h3>${list("may", may)}<p class="note">This history does not show otherwise; another may.</p></div></div></section>`;
}

function list(name: string, items: readonly string[]): string {
  return items.length === 0
    ? '<p class="none">none</p>'
    : `<ul class="${name}">${items.join("")}</ul>`;
}
