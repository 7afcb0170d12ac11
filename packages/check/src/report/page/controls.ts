// What a reader does with the timeline: wheel, drag, pinch, keys and buttons.

import { element } from "./element.ts";
import type { Model, View } from "./model.ts";
import type { Timeline } from "./timeline.ts";

const zoomStep = 1.5;

/** A press that moves further is no click. */
const dragPx = 4;

/** Ties the controls of the page to the timeline. */
export class Controls {
  readonly #model: Model;
  readonly #timeline: Timeline;
  readonly #area = element("timeline");
  // Fingers, or the mouse button, that are down: where each was last.
  readonly #down = new Map<number, PointerEvent>();
  #movedPx = 0;

  constructor(model: Model, timeline: Timeline) {
    this.#model = model;
    this.#timeline = timeline;
    this.#buttons();
    this.#pointers();
    this.#area.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    element("window").addEventListener("keydown", (event) => this.#key(event));
    model.listen(() => this.#tell());
    this.#tell();
  }

  #buttons(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-view]")) {
      button.onclick = () => this.#model.choose({ view: button.dataset.view as View });
    }
    const timed = element("timed") as HTMLInputElement;
    timed.parentElement!.hidden = !this.#model.data.isTimed;
    timed.onchange = () => this.#model.choose({ spacing: timed.checked ? "time" : "order" });
    element("zoom-in").onclick = () => this.#zoom(zoomStep);
    element("zoom-out").onclick = () => this.#zoom(1 / zoomStep);
    element("zoom-all").onclick = () => this.#showAll();
    // Lists of operations lead to the timeline.
    document.addEventListener("click", ({ target }) => {
      const listed = (target as Element).closest<HTMLElement | SVGElement>(".listed[data-place]");
      if (listed !== null) this.#pick(Number(listed.dataset.place), listed);
    });
  }

  // Picks an operation, in a view that has it.
  #pick(place: number, from: Element): void {
    const { view } = this.#model.choice;
    const finding = from.closest<HTMLElement>("[data-finding]")?.dataset.finding;
    const change =
      finding === undefined ? {} : { finding: Number(finding), view: "finding" as const };
    const has = (each: View) => this.#model.operationsOf(each).some((one) => one.place === place);
    const wanted = finding !== undefined || has(view) ? {} : { view: "all" as const };
    this.#model.choose({ ...wanted, ...change });
    this.#model.choose({ picked: place });
  }

  #tell(): void {
    const { view } = this.#model.choice;
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
  }

  #zoom(factor: number, centre?: number): void {
    this.#timeline.stretch.zoom(factor, centre);
    this.#timeline.draw();
  }

  #move(units: number): void {
    this.#timeline.stretch.move(units);
    this.#timeline.draw();
  }

  #showAll(): void {
    this.#timeline.stretch.showAll();
    this.#timeline.draw();
  }

  // With Ctrl, or a pinch of a touchpad, it zooms; sideways, or with Shift, it moves; else
  // the page scrolls as everywhere.
  #wheel(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.#zoom(Math.exp(-event.deltaY / 240), this.#unitOf(event));
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      this.#move(sideways * this.#timeline.unitsPerPx);
    }
  }

  #unitOf({ clientX }: MouseEvent): number {
    return this.#timeline.unitAt(clientX - this.#area.getBoundingClientRect().left);
  }

  #pointers(): void {
    const area = this.#area;
    area.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      if (this.#down.size === 0) this.#movedPx = 0;
      this.#down.set(event.pointerId, event);
    });
    area.addEventListener("pointermove", (event) => this.#drag(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      area.addEventListener(name, (event) => this.#down.delete(event.pointerId));
    }
    area.addEventListener("click", (event) => {
      if (this.#movedPx > dragPx) return;
      const bar = (event.target as Element).closest<SVGElement>("[data-place]");
      this.#model.choose({ picked: bar === null ? null : Number(bar.dataset.place) });
    });
  }

  #drag(event: PointerEvent): void {
    const before = this.#down.get(event.pointerId);
    if (before === undefined) return;
    const others = [...this.#down.values()].filter(
      ({ pointerId }) => pointerId !== event.pointerId,
    );
    this.#down.set(event.pointerId, event);
    this.#movedPx += Math.abs(event.clientX - before.clientX);
    if (this.#movedPx > dragPx && !this.#area.hasPointerCapture(event.pointerId)) {
      this.#area.setPointerCapture(event.pointerId);
    }
    const other = others[0];
    if (other === undefined) {
      if (this.#movedPx > dragPx)
        this.#move((before.clientX - event.clientX) * this.#timeline.unitsPerPx);
      return;
    }
    const apart = (finger: PointerEvent) => Math.max(24, Math.abs(finger.clientX - other.clientX));
    this.#zoom(apart(event) / apart(before), this.#unitOf(other));
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  readonly #keys: Readonly<Record<string, () => void>> = {
    "+": () => this.#zoom(zoomStep),
    "=": () => this.#zoom(zoomStep),
    "-": () => this.#zoom(1 / zoomStep),
    "0": () => this.#showAll(),
    ArrowLeft: () => this.#move(-this.#tenth()),
    ArrowRight: () => this.#move(this.#tenth()),
    j: () => this.#walk(1),
    k: () => this.#walk(-1),
    Escape: () => this.#model.choose({ picked: null }),
  };

  #tenth(): number {
    const { from, until } = this.#timeline.stretch;
    return (until - from) / 10;
  }

  #walk(step: 1 | -1): void {
    const { places } = this.#timeline;
    const at = places.indexOf(this.#model.choice.picked ?? -1);
    const next = at < 0 ? (step === 1 ? 0 : places.length - 1) : at + step;
    if (places[next] !== undefined) this.#model.choose({ picked: places[next] });
  }
}
