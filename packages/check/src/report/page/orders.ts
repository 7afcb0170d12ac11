// The longest orders, step by step: what took effect, what the object held then, and what
// fits nowhere.

import type { PageOrder } from "../page_data.ts";
import { element, html } from "./element.ts";
import type { Model } from "./model.ts";

/** Shows the order that is chosen. */
export class Orders {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
    if (model.order === undefined) return;
    const choice = element("order-choice") as HTMLSelectElement;
    choice.onchange = () => model.choose({ order: Number(choice.value) });
    model.listen(({ order }, before) => {
      if (order !== before.order) this.#show();
    });
    this.#show();
  }

  #show(): void {
    const order = this.#model.order!;
    const rows = order.steps.map(({ place, state }, index) =>
      this.#row(place, String(order.stepsLeftOut + index + 1), state),
    );
    const list = element("steps");
    list.replaceChildren(...rows);
    if (order.stepsLeftOut > 0) {
      list.prepend(html("li", "left-out", `${order.stepsLeftOut} steps before`));
    }
    if (order.next !== null) {
      const row = this.#row(order.next, "✗", null);
      row.classList.add("next");
      list.append(row);
    }
    this.#reasons(order);
    if (order.next !== null) list.scrollTop = list.scrollHeight;
  }

  #reasons({ reasons }: PageOrder): void {
    element("reasons").replaceChildren(...reasons.map((reason) => html("li", "", reason)));
  }

  #row(place: number, number: string, state: string | null): HTMLLIElement {
    const operation = this.#model.operation(place);
    const { sign } = this.#model.data;
    const button = html(
      "button",
      "operation listed",
      html("span", "number", number),
      html("span", "name", `${sign}${place}`),
      html("span", "process", operation?.process ?? ""),
      html("code", "", operation?.label ?? "not on this page"),
      html("span", "state", state === null ? "" : `→ ${state}`),
    );
    button.type = "button";
    button.dataset.place = String(place);
    button.disabled = operation === undefined;
    return html("li", "", button);
  }
}
