// Messages: an arrow from where one is sent to where it arrives, as slanted as it took
// time. One that never arrives ends half-way, in a cross.
//
// Seen from afar there are more messages than pixels: of those that would lie on each
// other only the first is drawn, so a painting costs as much as the canvas is high.

import { barPx } from "./paint_ground.ts";
import { letters } from "./palette.ts";
import type { Message } from "./run.ts";
import type { Sheet } from "./scene.ts";

/** Up to so many messages in view are described at their arrows. */
const describedMax = 60;
/** More arrows than these are drawn paler. */
const paleFrom = 150;
const headPx = 7;
const gapPx = 8;
/** Height of a line of letters. */
const letterPx = 12;

type Point = readonly [x: number, y: number];

interface Arrow {
  readonly message: Message;
  readonly from: Point;
  readonly to: Point;
}

/** The messages in view. */
export function paintMessages(sheet: Sheet): void {
  const { palette, scene } = sheet;
  const connection = scene.picked === -1 ? 0 : scene.spots.connectionOf(scene.picked);
  const arrows = arrowsInView(sheet);
  const isPicked = ({ message }: Arrow): boolean => message.connection === connection;
  const others = arrows.filter((arrow) => !isPicked(arrow));
  // The more there are, the fainter: what lies below shows through.
  const faintness = Math.min(1, Math.sqrt(paleFrom / Math.max(1, arrows.length)));
  sheet.context.globalAlpha = (connection === 0 ? 0.8 : 0.22) * faintness;
  stroke(sheet, others, palette.wire, 1);
  sheet.context.globalAlpha = 1;
  const picked = arrows.filter(isPicked);
  stroke(sheet, picked, palette.accent, 1.5);
  const pointed = arrows.filter(
    ({ message }) =>
      scene.pointed !== -1 && (message.send === scene.pointed || message.arrive === scene.pointed),
  );
  stroke(sheet, pointed, palette.accent, 2.25);
  describe(sheet, connection !== 0 || arrows.length > describedMax ? picked : arrows);
}

function arrowsInView(sheet: Sheet): Arrow[] {
  const { messages, arrivedMsMax } = sheet.scene.choice;
  const [fromMs, toMs] = sheet.span();
  const arrows: Arrow[] = [];
  const drawn = new Set<string>();
  for (let index = firstAtLeast(arrivedMsMax, fromMs); index < messages.length; index += 1) {
    const message = messages[index]!;
    if (message.sentMs > toMs) break;
    if (message.arrivedMs < fromMs) continue;
    sheet.inView.messages += 1;
    const arrow = arrowOf(sheet, message);
    const key = `${message.from} ${message.to} ${Math.round(arrow.from[1])} ${Math.round(arrow.to[1])}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    arrows.push(arrow);
    const record = message.send === -1 ? message.arrive : message.send;
    sheet.targets.push({ record, from: arrow.from, to: arrow.to });
  }
  return arrows;
}

function firstAtLeast(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function arrowOf(sheet: Sheet, message: Message): Arrow {
  const [left, right] = [sheet.x(message.from), sheet.x(message.to)];
  const [top, bottom] = [sheet.y(message.sentMs), sheet.y(message.arrivedMs)];
  const side = Math.sign(right - left);
  const from: Point = [left + side * barPx, top];
  const to: Point = [right - side * (barPx + 1), bottom];
  if (message.arrive !== -1 || message.from === message.to) return { message, from, to };
  return { message, from, to: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] };
}

function stroke(sheet: Sheet, arrows: readonly Arrow[], color: string, widthPx: number): void {
  const { context, palette } = sheet;
  if (arrows.length === 0) return;
  context.lineWidth = widthPx;
  context.lineCap = "round";
  for (const isLost of [false, true]) {
    const chosen = arrows.filter(({ message }) => (message.arrive === -1) === isLost);
    context.strokeStyle = isLost ? palette.violation : color;
    context.fillStyle = color;
    context.beginPath();
    for (const { message, from, to } of chosen) {
      context.moveTo(...from);
      if (message.from === message.to) context.quadraticCurveTo(from[0] + 36, from[1], ...to);
      else context.lineTo(...to);
      if (isLost) cross(context, to);
    }
    context.stroke();
    if (isLost) continue;
    context.beginPath();
    for (const { from, to } of chosen) head(context, from, to);
    context.fill();
  }
}

function cross(context: CanvasRenderingContext2D, [x, y]: Point): void {
  for (const side of [-1, 1]) {
    context.moveTo(x - 4, y - 4 * side);
    context.lineTo(x + 4, y + 4 * side);
  }
}

function head(context: CanvasRenderingContext2D, from: Point, to: Point): void {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  context.moveTo(...to);
  for (const turn of [-0.38, 0.38]) {
    const at = angle + turn;
    context.lineTo(to[0] - headPx * Math.cos(at), to[1] - headPx * Math.sin(at));
  }
  context.closePath();
}

/**
 * What messages are: along their arrows, in the gap between two columns beside the sender
 * or the receiver, above the arrow or below it, where nothing else lies. Else not at all:
 * whoever wants to know can point at it.
 */
function describe(sheet: Sheet, arrows: readonly Arrow[]): void {
  const { context, palette, scene } = sheet;
  const roomPx = scene.columns.columnPx - 2 * (barPx + gapPx);
  const lines = arrows.map(lineOf);
  context.font = letters.small;
  context.fillStyle = palette.soft;
  for (const arrow of arrows) {
    const happening = scene.records[arrow.message.send]?.happening;
    if (happening?.type !== "send" || happening.description === "") continue;
    if (arrow.from[0] === arrow.to[0]) continue;
    const textPx = Math.min(roomPx, context.measureText(happening.description).width);
    const label = labelsOf(arrow, textPx).find(
      (place) => !lines.some((line) => isCrossed(place, line)),
    );
    if (label === undefined) continue;
    // What is written down lies in the way of what follows.
    lines.push({ ...label, shift: label.shift + letterPx / 2 });
    context.save();
    context.translate(label.left, label.top);
    context.rotate(Math.atan(label.slope));
    context.textAlign = "left";
    sheet.text(happening.description, [0, label.shift + letterPx - 3], roomPx);
    context.restore();
  }
}

/** A straight line from left to right; `shift` is how far below it the thing lies that is meant. */
interface Line {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly slope: number;
  readonly shift: number;
}

function lineOf({ from, to }: Arrow): Line {
  const [left, right] = from[0] < to[0] ? [from, to] : [to, from];
  const slope = (right[1] - left[1]) / Math.max(1, right[0] - left[0]);
  return { left: left[0], right: right[0], top: left[1], slope, shift: 0 };
}

function labelsOf(arrow: Arrow, textPx: number): Line[] {
  const line = lineOf(arrow);
  const ends = [line.left + gapPx, line.right - gapPx - textPx];
  if (arrow.from[0] > arrow.to[0]) ends.reverse();
  return ends.flatMap((left) =>
    [-letterPx - 1, 2].map((shift) => {
      const top = line.top + (left - line.left) * line.slope;
      return { left, right: left + textPx, top, slope: line.slope, shift };
    }),
  );
}

function isCrossed(label: Line, line: Line): boolean {
  const [left, right] = [Math.max(label.left, line.left), Math.min(label.right, line.right)];
  if (left >= right) return false;
  const over = [left, right].map(
    (x) =>
      line.top +
      (x - line.left) * line.slope +
      line.shift -
      (label.top + (x - label.left) * label.slope + label.shift),
  );
  return !over.every((y) => y <= 0) && !over.every((y) => y >= letterPx);
}
