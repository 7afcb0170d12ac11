// A bar of the timeline: what is drawn of one operation, and the area that can be hit.

import type { PageOperation } from "../page_data.ts";
import { svg } from "./element.ts";

/** Where a bar lies, in pixels. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What is special about an operation. */
export interface BarLook {
  /** It is told of beside the timeline. */
  readonly isPicked: boolean;
  /** It fits nowhere. */
  readonly isNext: boolean;
  /** It belongs to what was found. */
  readonly isFound: boolean;
}

/** No bar is thinner, and none is harder to hit. */
const barPxMin = 3;
const hitPxMin = 14;

/** Width of a letter on a bar. */
const letterPx = 6.65;

/** An operation as a bar. What is scrolled out to the left keeps its text in view. */
export function barShape(
  operation: PageOperation,
  { x, y, width, height }: Place,
  { look, left }: { readonly look: BarLook; readonly left: number },
): SVGElement {
  const shown = Math.max(barPxMin, width);
  const hit = Math.max(hitPxMin, shown);
  const textX = Math.max(x, left) + 7;
  const room = Math.floor((x + shown - textX - 4) / letterPx);
  const { label, outcome, place } = operation;
  const classes = ["bar", outcome, ...namesOf(look), ...(operation.from === null ? ["early"] : [])];
  return svg(
    "g",
    { class: classes.join(" "), "data-place": place },
    svg("rect", {
      class: "hit",
      x: x - (hit - shown) / 2,
      y: y - 6,
      width: hit,
      height: height + 12,
    }),
    svg("rect", { class: "body", x, y, width: shown, height, rx: Math.min(5, shown / 2) }),
    room < 2 ? "" : svg("text", { x: textX, y: y + height / 2 + 4 }, cut(label, room)),
  );
}

function namesOf({ isPicked, isNext, isFound }: BarLook): string[] {
  return [
    ...(isPicked ? ["picked"] : []),
    ...(isNext ? ["next"] : []),
    ...(isFound ? ["found"] : []),
  ];
}

function cut(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}
