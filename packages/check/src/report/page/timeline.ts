// The timeline: a lane for each process, a bar from call to answer, and over the bars the
// order in which they can have taken effect.
//
// It is drawn anew whenever something changes, and only what is in view: at most a few
// hundred bars, since a report carries 1,500 operations. Every text is set as text.

import { type BarLook, barShape } from "./bar_shape.ts";
import { element, svg } from "./element.ts";
import { drawFaults, drawTicks, type Frame } from "./ground.ts";
import { type Bar, type Lanes, lanesOf } from "./lanes.ts";
import type { Model } from "./model.ts";
import { type Point, pointsOf } from "./points.ts";
import { Scale } from "./scale.ts";
import { Stretch } from "./stretch.ts";

/** Heights, in pixels. */
const headPx = 30;
const lanePx = 38;
const barPx = 24;

/** Between a bar and one of the same process that began nobody knows when, in units. */
const gapUnits = 0.12;

/** At first a unit is at least so wide. */
const unitPxMin = 40;

/** The timeline of what the reader chose. */
export class Timeline {
  readonly #model: Model;
  readonly #svg = element("timeline") as unknown as SVGSVGElement;
  #lanes: Lanes = { names: [], bars: [] };
  #scale = new Scale([], [], "order");
  #points: readonly Point[] = [];
  #stretch = new Stretch(0);
  #isDue = false;

  constructor(model: Model) {
    this.#model = model;
    model.listen((choice, before) => {
      const keys = ["view", "finding", "order", "spacing"] as const;
      if (keys.some((key) => choice[key] !== before[key])) this.#layOut();
      else if (choice.picked !== null && choice.picked !== before.picked)
        this.#reveal(choice.picked);
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.#svg);
    this.#layOut();
    this.draw();
  }

  /** The stretch that is in view. */
  get stretch(): Stretch {
    return this.#stretch;
  }

  /** Operations of the timeline, in the order of their calls. */
  get places(): readonly number[] {
    return this.#lanes.bars.map(({ operation }) => operation.place);
  }

  /** The unit at a pixel from the left of the drawing. */
  unitAt(px: number): number {
    const { left, width } = this.#frame();
    const { from, until } = this.#stretch;
    return from + ((px - left) / width) * (until - from);
  }

  /** How many units a pixel is wide. */
  get unitsPerPx(): number {
    return (this.#stretch.until - this.#stretch.from) / this.#frame().width;
  }

  /** Draws it before the next frame. */
  draw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#drawNow();
    });
  }

  #layOut(): void {
    const { choice } = this.#model;
    const operations = this.#model.operationsOf(choice.view);
    this.#lanes = lanesOf(operations, ({ place }) => this.#isFocus(place));
    const moments = operations.flatMap(({ from, until }) => [from, until]).filter(isNumber);
    this.#points = this.#pointsIn(new Set(operations.map(({ place }) => place)), moments);
    this.#scale = new Scale(
      moments,
      this.#points.map(({ after }) => after),
      choice.spacing,
    );
    this.#stretch = new Stretch(this.#scale.length);
    const unitsMax = this.#frame().width / unitPxMin;
    if (this.#scale.length <= unitsMax) return;
    // Of a long timeline, what the finding is about comes first.
    const focus = this.#lanes.bars.filter(({ operation }) => this.#isFocus(operation.place));
    const ends = (focus.length > 0 ? focus : this.#lanes.bars.slice(0, 1)).flatMap((bar) =>
      this.#reach(bar),
    );
    const until = Math.max(...ends);
    this.#stretch.show(Math.max(Math.min(...ends), until - unitsMax), until, unitsMax);
  }

  #isFocus(place: number): boolean {
    const { choice, data, order } = this.#model;
    if (choice.view === "order" && order?.next === place) return true;
    return data.findings[choice.finding]?.includes(place) ?? false;
  }

  #pointsIn(shown: ReadonlySet<number>, moments: readonly number[]): readonly Point[] {
    const { order, data } = this.#model;
    if (order === undefined) return [];
    const operations = this.#model.operationsAt(order.steps.map(({ place }) => place));
    const earliest = Math.min(...moments, ...data.operations.flatMap(({ from }) => from ?? []));
    // What is not shown takes effect too, and holds up what follows.
    const points = pointsOf(operations, earliest).filter(({ place }) => shown.has(place));
    const counts = new Map<number, number>();
    return points.map(({ place, after }) => {
      // The last moment on the scale that is not later.
      const at = moments.reduce(
        (last, moment) => (moment <= after && moment > last ? moment : last),
        earliest,
      );
      const index = counts.get(at) ?? 0;
      counts.set(at, index + 1);
      return { place, after: at, index };
    });
  }

  #reveal(place: number): void {
    const bar = this.#lanes.bars.find(({ operation }) => operation.place === place);
    if (bar === undefined) return;
    this.#stretch.reveal(...this.#reach(bar));
    const window = element("window");
    const top = headPx + lanePx * bar.lane;
    const isIn = top >= window.scrollTop && top + lanePx <= window.scrollTop + window.clientHeight;
    if (!isIn) window.scrollTop = top - window.clientHeight / 2;
  }

  #reach({ operation: { from, until }, nextFrom, lastUntil }: Bar): [from: number, until: number] {
    const { length } = this.#scale;
    const early = lastUntil === null ? -1 : this.#scale.unitOf(lastUntil) + gapUnits;
    const begin = from === null ? early : this.#scale.unitOf(from);
    if (until !== null) return [begin, Math.max(begin, this.#scale.unitOf(until))];
    return [begin, nextFrom === null ? length : Math.max(begin, this.#scale.unitOf(nextFrom))];
  }

  #frame(): Frame {
    const total = Math.max(240, this.#svg.clientWidth);
    const longest = Math.max(4, ...this.#lanes.names.map((name) => name.length));
    const left = Math.min(Math.ceil(longest * 7.2) + 22, total < 600 ? 84 : 150);
    const height = headPx + lanePx * this.#lanes.names.length + 8;
    const { from, until } = this.#stretch;
    const width = total - left - 4;
    const xOf = (unit: number) => left + ((unit - from) / (until - from)) * width;
    return { left, width, height, headPx, xOf, from, until };
  }

  #drawNow(): void {
    const frame = this.#frame();
    this.#svg.setAttribute("height", String(frame.height));
    this.#svg.setAttribute("viewBox", `0 0 ${frame.left + frame.width + 4} ${frame.height}`);
    const window = svg("g", { "clip-path": "url(#in-view)" });
    window.append(
      ...drawFaults(this.#model.data.faults, this.#scale, frame),
      ...drawTicks(this.#scale, frame),
      ...this.#drawLines(frame),
      ...this.#drawBars(frame),
      ...this.#drawOrder(frame),
    );
    this.#svg.replaceChildren(clip(frame), window, ...this.#drawNames(frame));
    element("extent").textContent = this.#extent();
  }

  #extent(): string {
    const count = this.#lanes.bars.length;
    const shown = this.#lanes.bars.filter((bar) => {
      const [from, until] = this.#reach(bar);
      return until >= this.#stretch.from && from <= this.#stretch.until;
    }).length;
    const noun = count === 1 ? "operation" : "operations";
    return shown === count ? `${count} ${noun}` : `${shown} of ${count} ${noun} in view`;
  }

  #drawNames({ left }: Frame): SVGElement[] {
    const room = Math.floor((left - 18) / 7);
    return this.#lanes.names.map((name, lane) => {
      const text = shortName(name, room);
      const y = headPx + lanePx * lane + lanePx / 2 + 4;
      return svg("text", { class: "lane", x: left - 10, y, "text-anchor": "end" }, text);
    });
  }

  #drawLines({ left, width }: Frame): SVGElement[] {
    return this.#lanes.names.map((_, lane) => {
      const y = headPx + lanePx * lane + lanePx / 2;
      return svg("line", { class: "rail", x1: left, x2: left + width, y1: y, y2: y });
    });
  }

  #drawBars(frame: Frame): SVGElement[] {
    const drawn: SVGElement[] = [];
    for (const bar of this.#lanes.bars) {
      const [from, until] = this.#reach(bar);
      if (until < frame.from || from > frame.until) continue;
      const y = headPx + lanePx * bar.lane + (lanePx - barPx) / 2;
      const place = {
        x: frame.xOf(from),
        y,
        width: frame.xOf(until) - frame.xOf(from),
        height: barPx,
      };
      drawn.push(barShape(bar.operation, place, { look: this.#lookOf(bar), left: frame.left }));
    }
    return drawn;
  }

  #lookOf({ operation: { place } }: Bar): BarLook {
    const { choice, data, order } = this.#model;
    return {
      isPicked: choice.picked === place,
      isNext: order?.next === place,
      isFound: data.findings[choice.finding]?.includes(place) ?? false,
    };
  }

  #drawOrder(frame: Frame): SVGElement[] {
    const lanes = new Map(this.#lanes.bars.map(({ operation, lane }) => [operation.place, lane]));
    const spots = this.#points.map(({ place, after, index }) => ({
      x: frame.xOf(this.#scale.pointOf(after, index)),
      // On the lower edge of its bar, where it hides no text.
      y: headPx + lanePx * (lanes.get(place) ?? 0) + (lanePx + barPx) / 2,
    }));
    if (spots.length === 0) return [];
    const path = spots.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${round(x)} ${round(y)}`);
    return [
      svg("path", { class: "order", d: path.join("") }),
      ...spots
        .filter(({ x }) => x >= frame.left - 20 && x <= frame.left + frame.width + 20)
        .map(({ x, y }) => svg("circle", { class: "point", cx: round(x), cy: round(y), r: 4 })),
    ];
  }
}

function clip({ left, width, height }: Frame): SVGElement {
  const shape = svg("rect", { x: left, y: 0, width, height });
  return svg("defs", {}, svg("clipPath", { id: "in-view" }, shape), fade());
}

// What was never answered fades out.
function fade(): SVGElement {
  return svg(
    "linearGradient",
    { id: "fade" },
    svg("stop", { offset: 0, class: "fade-from" }),
    svg("stop", { offset: 1, class: "fade-until" }),
  );
}

// Names differ at their ends more often than at their beginnings.
function shortName(name: string, room: number): string {
  if (name.length <= room) return name;
  const tail = Math.floor((room - 1) / 2);
  return `${name.slice(0, room - 1 - tail)}…${name.slice(name.length - tail)}`;
}

function isNumber(value: number | null): value is number {
  return value !== null;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
