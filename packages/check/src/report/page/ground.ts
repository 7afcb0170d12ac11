// What lies behind the bars of a timeline: the axis and its marks, and bands for faults.

import { describeTime } from "../../explain/describe.ts";
import type { PageFault } from "../page_data.ts";
import { svg } from "./element.ts";
import type { Scale } from "./scale.ts";

/** The drawing as it is at present, in pixels; `xOf` turns units into them. */
export interface Frame {
  /** Where the names of lanes end. */
  readonly left: number;
  readonly width: number;
  readonly height: number;
  /** Height of the axis. */
  readonly headPx: number;
  readonly xOf: (unit: number) => number;
  /** Units that are in view. */
  readonly from: number;
  readonly until: number;
}

/** Marks stand so far apart. */
const tickPx = 76;

/** Marks of the axis, each with its moment. */
export function drawTicks(scale: Scale, frame: Frame): SVGElement[] {
  const { from, until, width, xOf, headPx, height } = frame;
  const apart = (tickPx / width) * (until - from);
  return scale.ticks(from, until, apart).flatMap(({ unit, at }) => {
    const x = Math.round(xOf(unit)) + 0.5;
    return [
      svg("line", { class: "tick", x1: x, x2: x, y1: headPx - 6, y2: height }),
      svg("text", { class: "moment", x: x + 3, y: headPx - 12 }, describeTime(at)),
    ];
  });
}

/** A band for each fault, over all lanes. */
export function drawFaults(
  faults: readonly PageFault[],
  scale: Scale,
  { xOf, left, width, height, headPx }: Frame,
): SVGElement[] {
  return faults.flatMap(({ name, from, until }) => {
    const [first, last] = [scale.moments[0] ?? 0, scale.moments.at(-1) ?? 0];
    const begins = from === null || from < first ? left : xOf(scale.unitOf(from));
    const ends = until === null || until > last ? left + width : xOf(scale.unitOf(until));
    if ((from ?? first) > last || (until ?? last) < first) return [];
    const [begin, end] = [Math.max(left, begins), Math.min(left + width, ends)];
    if (end <= begin) return [];
    const shape = { class: "fault", x: begin, y: headPx - 4, width: end - begin };
    const room = Math.floor((end - begin - 8) / 6);
    const label = name.length > room ? `${name.slice(0, Math.max(0, room - 1))}…` : name;
    return [
      svg("rect", { ...shape, height: height - headPx + 4 }, svg("title", {}, name)),
      svg("text", { class: "fault-name", x: begin + 4, y: height - 3 }, room < 3 ? "" : label),
    ];
  });
}
