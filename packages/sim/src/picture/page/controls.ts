// What a reader does: search, zoom, fold, leave out, walk from record to record.

import { type Kind, kinds } from "./choice.ts";
import { count } from "./details.ts";
import { type Diagram, element } from "./diagram.ts";
import type { Run } from "./run.ts";
import type { Search } from "./search.ts";

const zoomStep = 1.5;

/** Ties the controls of the page to the diagram. */
export class Controls {
  readonly #diagram: Diagram;
  readonly #search: Search;
  readonly #run: Run;
  readonly #words = element("words") as HTMLInputElement;
  readonly #violations: readonly number[];

  constructor(diagram: Diagram, search: Search, run: Run) {
    this.#diagram = diagram;
    this.#search = search;
    this.#run = run;
    this.#violations = run.marks
      .filter(({ type }) => type === "violation")
      .map(({ record }) => record);
    this.#searching();
    this.#buttons();
    this.#filters();
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", ({ target }) => this.#closeFilter(target as Node));
  }

  #searching(): void {
    this.#words.addEventListener("input", () => {
      this.#diagram.change({ matches: this.#search.find(this.#words.value) });
      this.#tellMatches();
    });
    this.#words.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#match(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") element("window").focus();
    });
    element("match-before").onclick = () => this.#match(-1);
    element("match-after").onclick = () => this.#match(1);
    this.#tellMatches();
  }

  #match(step: 1 | -1): void {
    const record = this.#search.next(this.#diagram.picked, step);
    if (record !== -1) this.#diagram.pick(record, true);
    this.#tellMatches();
  }

  #tellMatches(): void {
    const { matches } = this.#search;
    const place = matches.indexOf(this.#diagram.picked);
    const isAsked = this.#words.value.trim() !== "";
    const at = place === -1 ? "" : `${count(place + 1)} of `;
    element("found").textContent = isAsked ? `${at}${count(matches.length)} found` : "";
    for (const id of ["match-before", "match-after"]) {
      (element(id) as HTMLButtonElement).disabled = matches.length === 0;
    }
  }

  #buttons(): void {
    element("zoom-in").onclick = () => this.#diagram.zoom(zoomStep);
    element("zoom-out").onclick = () => this.#diagram.zoom(1 / zoomStep);
    const fold = element("fold") as HTMLInputElement;
    fold.onchange = () => this.#diagram.change({ isFolded: fold.checked });
    element("to-legend").onclick = () => {
      const { classList } = document.body;
      // Where there is no room for it beside the diagram, it can be put away again.
      const isRead = classList.contains("reading") && this.#diagram.picked === -1;
      this.#diagram.pick(-1, false);
      classList.toggle("reading", !isRead);
    };
    const violation = element("violation");
    violation.hidden = this.#violations.length === 0;
    violation.onclick = () => this.#toViolation();
  }

  #toViolation(): void {
    const { picked } = this.#diagram;
    const next = this.#violations.find((record) => record > picked) ?? this.#violations[0];
    if (next !== undefined) this.#diagram.pick(next, true);
  }

  #filters(): void {
    const kindBoxes = kinds.map((kind) => checkbox(kind, `kind:${kind}`));
    const machineBoxes = this.#run.machines.map((name, index) =>
      checkbox(name, `machine:${index}`),
    );
    element("kinds").append(...kindBoxes);
    element("machines").append(...machineBoxes);
    element("filter").addEventListener("change", () => {
      const out = [...element("filter").querySelectorAll<HTMLInputElement>("input:not(:checked)")];
      const named = (group: string): string[] =>
        out
          .filter(({ value }) => value.startsWith(`${group}:`))
          .map(({ value }) => value.slice(group.length + 1));
      const filter = {
        kinds: new Set(named("kind") as Kind[]),
        machines: new Set(named("machine").map(Number)),
      };
      this.#diagram.change({ filter });
      element("left-out").textContent = out.length === 0 ? "" : ` (${count(out.length)} left out)`;
    });
  }

  /** Closes the list of what is shown, unless `target` lies in it. */
  #closeFilter(target: Node | null): void {
    const list = element("filter").parentElement as HTMLDetailsElement;
    if (!list.contains(target)) list.open = false;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement && event.target.type === "search") return;
    const act = this.#keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  readonly #keys: Readonly<Record<string, () => void>> = {
    "+": () => this.#diagram.zoom(zoomStep),
    "=": () => this.#diagram.zoom(zoomStep),
    "-": () => this.#diagram.zoom(1 / zoomStep),
    v: () => this.#toViolation(),
    "/": () => this.#words.focus(),
    n: () => this.#match(1),
    N: () => this.#match(-1),
    j: () => this.#walk(1),
    k: () => this.#walk(-1),
    f: () => element("fold").click(),
    Escape: () => {
      this.#diagram.pick(-1, false);
      this.#closeFilter(null);
    },
  };

  #walk(step: 1 | -1): void {
    const { picked, filter, spots } = this.#diagram;
    const next = spots.next(picked, step, filter);
    if (next !== -1) this.#diagram.pick(next, true);
  }
}

function checkbox(text: string, value: string): HTMLLabelElement {
  const [label, box] = [document.createElement("label"), document.createElement("input")];
  Object.assign(box, { type: "checkbox", checked: true, value });
  label.append(box, text);
  return label;
}
