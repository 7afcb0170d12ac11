// The list of what was found: whichever is opened, the timeline shows.

import type { Model } from "./model.ts";

/** Ties the list of findings to the timeline, and marks what is picked wherever it is listed. */
export class Findings {
  constructor(model: Model) {
    const found = [...document.querySelectorAll<HTMLDetailsElement>("details[data-finding]")];
    for (const one of found) {
      one.addEventListener("toggle", () => {
        if (one.open) model.choose({ finding: Number(one.dataset.finding), view: "finding" });
      });
    }
    model.listen(({ picked }, before) => {
      if (picked !== before.picked) mark(picked);
    });
    mark(model.choice.picked);
  }
}

function mark(picked: number | null): void {
  for (const listed of document.querySelectorAll<HTMLElement | SVGElement>(".listed[data-place]")) {
    if (Number(listed.dataset.place) === picked) listed.setAttribute("aria-current", "true");
    else listed.removeAttribute("aria-current");
  }
}
