// What is told of an operation: beside the timeline, and in the slip at the pointer.

import { describeTime } from "../../explain/describe.ts";
import type { PageOperation } from "../page_data.ts";
import { element, html } from "./element.ts";
import type { Model } from "./model.ts";

const outcomes = {
  ok: "ok: it happened",
  fail: "failed: it certainly did not happen",
  info: "unknown: it may have happened, or happen later",
} as const;

/** Tells of the operation that is picked, and of the one that is pointed at. */
export class Details {
  readonly #model: Model;
  readonly #slip = element("slip");

  constructor(model: Model) {
    this.#model = model;
    const area = element("timeline");
    area.addEventListener("pointermove", (event) => this.#point(event));
    area.addEventListener("pointerleave", () => {
      this.#slip.hidden = true;
    });
    model.listen(({ picked }, before) => {
      if (picked !== before.picked) this.#show(picked);
    });
    this.#show(model.choice.picked);
  }

  #show(place: number | null): void {
    const operation = place === null ? undefined : this.#model.operation(place);
    element("details").hidden = operation === undefined;
    if (operation === undefined) return;
    const { sign } = this.#model.data;
    element("details-title").textContent = `${sign}${operation.place}, by ${operation.process}`;
    element("details-facts").replaceChildren(
      ...this.#facts(operation).flatMap(([name, text]) => [
        html("dt", "", name),
        html("dd", "", text),
      ]),
    );
  }

  #facts(operation: PageOperation): [name: string, text: string][] {
    const { place, input, output, outcome } = operation;
    const facts: [string, string][] = output === input ? [] : [["asked for", input]];
    if (output !== null) facts.push(["answered", output]);
    facts.push(["outcome", outcomes[outcome]]);
    const { order, data } = this.#model;
    if (data.isTimed) facts.push(["when", whenText(operation)]);
    const step = order?.steps.findIndex((each) => each.place === place) ?? -1;
    if (order !== undefined && step >= 0) {
      const { state } = order.steps[step]!;
      const after = state === null ? "" : `; then the state is ${state}`;
      facts.push(["in the order", `step ${order.stepsLeftOut + step + 1}${after}`]);
    } else if (order?.next === place) facts.push(["in the order", "fits nowhere"]);
    return facts;
  }

  #point(event: PointerEvent): void {
    const bar = (event.target as Element).closest<SVGElement>("[data-place]");
    const operation = bar === null ? undefined : this.#model.operation(Number(bar.dataset.place));
    this.#slip.hidden = operation === undefined || event.buttons !== 0;
    if (operation === undefined) return;
    const { sign, isTimed } = this.#model.data;
    const answer = operation.output === null ? "" : `: ${operation.output}`;
    this.#slip.replaceChildren(
      html("b", "", `${sign}${operation.place} ${operation.process}`),
      html("span", "", `${operation.input}${answer}`.slice(0, 300)),
      html("small", "", `${operation.outcome}${isTimed ? ` · ${whenText(operation)}` : ""}`),
    );
    const { width, height } = this.#slip.getBoundingClientRect();
    const x = Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 4));
    const below = event.clientY + 18;
    const y = below + height > innerHeight ? event.clientY - height - 10 : below;
    this.#slip.style.transform = `translate(${x}px, ${y}px)`;
  }
}

function whenText({ from, until, outcome }: PageOperation): string {
  const begin = from === null ? "begun nobody knows when" : `from ${describeTime(from)}`;
  if (until !== null) return `${begin} to ${describeTime(until)}`;
  return outcome === "info" ? `${begin}, never answered` : begin;
}
