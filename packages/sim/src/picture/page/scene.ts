// What the painters are given: the run, where it lies, what is picked out of it, and
// the part of it that is in view.

import type { DrawnRecord } from "../drawn_record.ts";
import type { Notation } from "../notation.ts";
import type { Choice, Filter } from "./choice.ts";
import { type Columns, middleOf } from "./columns.ts";
import type { Palette } from "./palette.ts";
import type { Fault, Run } from "./run.ts";
import type { Spots } from "./spots.ts";
import type { TimeAxis } from "./time_axis.ts";

/** A run, laid out. */
export interface Scene {
  readonly records: readonly DrawnRecord[];
  readonly notation: Notation;
  readonly run: Run;
  readonly spots: Spots;
  readonly filter: Filter;
  readonly choice: Choice;
  readonly columns: Columns;
  readonly axis: TimeAxis;
  /** The lane of each fault that is shown. */
  readonly lanes: ReadonlyMap<Fault, number>;
  /** The record that is picked, and the one pointed at; -1 for none. */
  readonly picked: number;
  readonly pointed: number;
  /** Records that the search found. */
  readonly matches: readonly number[];
}

/** Something on the sheet that can be pointed at: a line, or a point where both ends are equal. */
export interface Target {
  readonly record: number;
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}

/** How much of the run is in view. */
export interface InView {
  messages: number;
  faults: number;
  marks: number;
}

/** The canvas, for one painting. */
export class Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly scene: Scene;
  readonly palette: Palette;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly targets: Target[] = [];
  readonly inView: InView = { messages: 0, faults: 0, marks: 0 };
  readonly #left: number;
  readonly #top: number;

  constructor(
    context: CanvasRenderingContext2D,
    scene: Scene,
    palette: Palette,
    view: { left: number; top: number; widthPx: number; heightPx: number },
  ) {
    this.context = context;
    this.scene = scene;
    this.palette = palette;
    this.widthPx = view.widthPx;
    this.heightPx = view.heightPx;
    this.#left = view.left;
    this.#top = view.top;
  }

  /** Where a machine's column has its middle. */
  x(machine: number): number {
    return middleOf(this.scene.columns, machine) - this.#left;
  }

  /** Where the place-th column begins. */
  edge(place: number): number {
    const { marginPx, columnPx } = this.scene.columns;
    return marginPx + place * columnPx - this.#left;
  }

  /** Where a moment lies. */
  y(atMs: number): number {
    return this.scene.axis.yOf(atMs) - this.#top;
  }

  /** The moments at the upper edge and at the lower one, and a little beyond. */
  span(): readonly [fromMs: number, toMs: number] {
    const { axis } = this.scene;
    return [axis.timeAt(this.#top - 40), axis.timeAt(this.#top + this.heightPx + 40)];
  }

  /** Heights in view, in pixels of the whole diagram. */
  heights(): readonly [top: number, bottom: number] {
    return [this.#top, this.#top + this.heightPx];
  }

  /** Whether a machine is shown. */
  isShown(machine: number): boolean {
    return this.scene.columns.places[machine] !== -1;
  }

  /** A text on a ground of paper, so that lines behind it don't disturb. */
  text(
    text: string,
    at: readonly [x: number, y: number],
    widthPx = Number.POSITIVE_INFINITY,
  ): void {
    const { context, palette } = this;
    const shown = this.#cut(text, widthPx);
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = palette.paper;
    context.strokeText(shown, at[0], at[1]);
    context.fillText(shown, at[0], at[1]);
  }

  /** A text at the right of a machine's bar; of the last machine, where no room is, at its left. */
  beside(machine: number, text: string, y: number, gapPx: number): void {
    const { columnPx, places } = this.scene.columns;
    const isLast = places[machine] === Math.max(...places) && places[machine] !== 0;
    this.context.textAlign = isLast ? "right" : "left";
    const x = this.x(machine) + (isLast ? -gapPx : gapPx);
    this.text(text, [x, y], columnPx - gapPx - 8);
  }

  #cut(text: string, widthPx: number): string {
    const { context } = this;
    if (widthPx === Number.POSITIVE_INFINITY || context.measureText(text).width <= widthPx) {
      return text;
    }
    let [low, high] = [0, text.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(`${text.slice(0, middle)}…`).width <= widthPx) low = middle;
      else high = middle - 1;
    }
    return low === 0 ? "" : `${text.slice(0, low).trimEnd()}…`;
  }
}
