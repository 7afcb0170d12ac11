// The diagram: a canvas of the size of its window, which shows the part of the run that
// the window has been scrolled to. The browser scrolls an empty element of the height
// of the whole; nothing else of the run is in the document, whatever its length.

import type { DrawnRecord } from "../drawn_record.ts";
import type { Notation } from "../notation.ts";
import { choose, type Filter } from "./choice.ts";
import { layOutColumns, middleOf } from "./columns.ts";
import { assignLanes } from "./lanes.ts";
import { paintFaults, paintFolds, paintLives } from "./paint_ground.ts";
import { paintMargin, paintMatches, paintPicked } from "./paint_margin.ts";
import { paintMarks } from "./paint_marks.ts";
import { paintMessages } from "./paint_messages.ts";
import { readPalette } from "./palette.ts";
import type { Run } from "./run.ts";
import { type InView, type Scene, Sheet, type Target } from "./scene.ts";
import { Spots } from "./spots.ts";
import { TimeAxis } from "./time_axis.ts";

/** What the diagram tells the rest of the page. */
export interface DiagramEvents {
  /** A record was picked; -1: none is any more. */
  onPick(record: number): void;
  /** A record is pointed at, at this place of the window; -1: none is. */
  onPoint(record: number, x: number, y: number): void;
  onPainted(inView: InView): void;
}

/** What is shown of the run, and how. */
interface View {
  pxPerMs: number;
  isFolded: boolean;
  filter: Filter;
  picked: number;
  pointed: number;
  matches: readonly number[];
}

const reachPx = 8;
const messagePx = 26;

/** The canvas in its scrolling window. */
export class Diagram {
  readonly #records: readonly DrawnRecord[];
  readonly #notation: Notation;
  readonly #run: Run;
  readonly #events: DiagramEvents;
  readonly #window = element("window");
  readonly #extent = element("extent");
  readonly #heads = element("heads");
  readonly #canvas = element("canvas") as HTMLCanvasElement;
  readonly #context = this.#canvas.getContext("2d")!;
  readonly #view: View;
  readonly spots: Spots;
  #scene: Scene;
  #palette = readPalette();
  #targets: readonly Target[] = [];
  #isAsked = false;

  constructor(
    records: readonly DrawnRecord[],
    notation: Notation,
    run: Run,
    events: DiagramEvents,
  ) {
    this.#records = records;
    this.#notation = notation;
    this.#run = run;
    this.#events = events;
    this.spots = new Spots(records, run);
    this.#view = {
      ...{ pxPerMs: startScale(run), isFolded: true, picked: -1, pointed: -1, matches: [] },
      filter: { kinds: new Set(), machines: new Set() },
    };
    this.#scene = this.#layOut();
    this.#listen();
  }

  /** What is left out at present. */
  get filter(): Filter {
    return this.#view.filter;
  }

  /** The record that is picked; -1 for none. */
  get picked(): number {
    return this.#view.picked;
  }

  /** Shows it otherwise. What lies at the height `at` of the window stays there. */
  change(change: Partial<View>, at = this.#canvas.clientHeight / 3): void {
    const { scrollTop } = this.#window;
    const atMs = this.#scene.axis.timeAt(scrollTop + at);
    Object.assign(this.#view, change);
    this.#scene = this.#layOut();
    this.#view.pxPerMs = this.#scene.axis.pxPerMs;
    this.#window.scrollTop = this.#scene.axis.yOf(atMs) - at;
    this.#ask();
  }

  /** Makes it `factor` times as high. */
  zoom(factor: number, at?: number): void {
    const { beginMs, endMs } = this.#run;
    const pxPerMsMin = 200 / Math.max(1, endMs - beginMs);
    const pxPerMs = Math.min(10_000, Math.max(pxPerMsMin, this.#view.pxPerMs * factor));
    this.change({ pxPerMs }, at);
  }

  /** Picks a record, or none with -1; `isSought`: and brings it into view. */
  pick(record: number, isSought: boolean): void {
    this.#view.picked = record;
    this.#scene = { ...this.#scene, picked: record };
    if (isSought && record !== -1) this.#seek(record);
    this.#events.onPick(record);
    this.#ask();
  }

  #seek(record: number): void {
    const { axis, columns } = this.#scene;
    const { clientHeight, clientWidth, scrollTop, scrollLeft } = this.#window;
    const y = axis.yOf(this.#records[record]!.atMs);
    const isHigh = y < scrollTop + 40 || y > scrollTop + clientHeight - 100;
    if (isHigh) this.#window.scrollTop = y - clientHeight * 0.4;
    const column = this.spots.columnOf(record);
    if (column === -1 || columns.places[column] === -1) return;
    const x = middleOf(columns, column);
    const isAside = x < scrollLeft + columns.marginPx + 20 || x > scrollLeft + clientWidth - 20;
    if (isAside) this.#window.scrollLeft = x - (clientWidth + columns.marginPx) / 2;
  }

  #layOut(): Scene {
    const { filter, isFolded, pxPerMs, picked, pointed, matches } = this.#view;
    const run = this.#run;
    const before = this.#scene as Scene | undefined;
    const choice = before?.filter === filter ? before.choice : choose(run, filter);
    const columns = layOutColumns({
      widthPx: this.#window.clientWidth,
      machineCount: run.machines.length,
      hidden: filter.machines,
      hasNotes: run.marks.some(({ type, column }) => type === "note" && column === -1),
    });
    const span = [run.beginMs, run.endMs] as const;
    const axis = new TimeAxis({ pxPerMs, isFolded, span, timesMs: choice.timesMs });
    const lanes = assignLanes(choice.faults);
    this.#extent.style.width = `${columns.widthPx}px`;
    this.#extent.style.height = `${axis.heightPx + this.#heads.offsetHeight}px`;
    this.#nameColumns(columns.marginPx, columns.columnPx, columns.places);
    return {
      ...{ records: this.#records, notation: this.#notation, run, spots: this.spots },
      ...{ filter, choice, columns, axis, picked, pointed, matches },
      lanes: new Map(choice.faults.map((fault, index) => [fault, lanes[index]!])),
    };
  }

  #nameColumns(marginPx: number, columnPx: number, places: readonly number[]): void {
    const corner = this.#heads.firstElementChild as HTMLElement;
    corner.style.width = `${marginPx}px`;
    const heads = this.#run.machines.flatMap((machine, index) => {
      if (places[index] === -1) return [];
      const head = document.createElement("span");
      head.textContent = machine;
      head.title = machine;
      head.style.width = `${columnPx}px`;
      return [head];
    });
    this.#heads.replaceChildren(corner, ...heads);
  }

  #listen(): void {
    this.#window.addEventListener("scroll", () => this.#ask());
    new ResizeObserver(() => this.change({})).observe(this.#window);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#palette = readPalette();
      this.#ask();
    });
    this.#window.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / 300), this.#place(event)[1]);
      },
      { passive: false },
    );
    this.#canvas.addEventListener("pointermove", (event) => this.#point(event));
    this.#canvas.addEventListener("pointerleave", () => this.#pointAt(-1, 0, 0));
    this.#canvas.addEventListener("click", (event) => this.pick(this.#under(event), false));
  }

  #place(event: MouseEvent): readonly [x: number, y: number] {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  /** The record that is drawn under the pointer; -1 where there is none. */
  #under(event: MouseEvent): number {
    const [x, y] = this.#place(event);
    let [nearest, nearestPx] = [-1, reachPx];
    for (const { record, from, to } of this.#targets) {
      const isPoint = from[0] === to[0] && from[1] === to[1];
      // Where a sign and a line are equally near, the sign is meant: lines are easily hit elsewhere.
      const distancePx = distance(x, y, from, to) + (isPoint ? 0 : 2.5);
      if (distancePx < nearestPx) [nearest, nearestPx] = [record, distancePx];
    }
    return nearest;
  }

  #point(event: PointerEvent): void {
    if (event.pointerType === "touch") return;
    this.#pointAt(this.#under(event), event.clientX, event.clientY);
  }

  #pointAt(record: number, x: number, y: number): void {
    this.#events.onPoint(record, x, y);
    if (record === this.#view.pointed) return;
    this.#view.pointed = record;
    this.#scene = { ...this.#scene, pointed: record };
    this.#canvas.classList.toggle("pointed", record !== -1);
    this.#ask();
  }

  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.#paint();
    });
  }

  #paint(): void {
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.#window;
    const [widthPx, heightPx] = [clientWidth, clientHeight - this.#heads.offsetHeight];
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(widthPx * ratio), Math.round(heightPx * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      Object.assign(this.#canvas, { width, height });
      this.#canvas.style.width = `${widthPx}px`;
      this.#canvas.style.height = `${heightPx}px`;
    }
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#context.clearRect(0, 0, widthPx, heightPx);
    const view = { left: scrollLeft, top: scrollTop, widthPx, heightPx };
    const sheet = new Sheet(this.#context, this.#scene, this.#palette, view);
    const nameFaults = paintFaults(sheet);
    paintLives(sheet);
    paintFolds(sheet);
    paintMatches(sheet);
    paintMessages(sheet);
    paintMarks(sheet);
    nameFaults();
    paintMargin(sheet);
    paintPicked(sheet);
    this.#targets = sheet.targets;
    this.#events.onPainted(sheet.inView);
  }
}

/** The element of the page with this id. */
export function element(id: string): HTMLElement {
  return document.getElementById(id)!;
}

/** So high that a usual message is well slanted. */
function startScale(run: Run): number {
  const latencies = run.messages
    .filter(({ send, arrive }) => send !== -1 && arrive !== -1)
    .map(({ sentMs, arrivedMs }) => arrivedMs - sentMs)
    .sort((left, right) => left - right);
  const usualMs = latencies[latencies.length >> 1] ?? (run.endMs - run.beginMs) / 80;
  return messagePx / Math.max(usualMs, 0.001);
}

function distance(
  x: number,
  y: number,
  from: readonly [number, number],
  to: readonly [number, number],
): number {
  const [width, height] = [to[0] - from[0], to[1] - from[1]];
  const length = width * width + height * height;
  const along = length === 0 ? 0 : ((x - from[0]) * width + (y - from[1]) * height) / length;
  const at = Math.min(1, Math.max(0, along));
  return Math.hypot(x - from[0] - at * width, y - from[1] - at * height);
}
