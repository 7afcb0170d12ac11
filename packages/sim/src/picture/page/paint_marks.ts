// Signs on the machines' bars: connections, disk, bites, notes; and violations, across all.

import { barPx } from "./paint_ground.ts";
import { colorOf, letters } from "./palette.ts";
import type { Mark } from "./run.ts";
import type { Sheet } from "./scene.ts";

const notePx = 13;

/** The marks in view. */
export function paintMarks(sheet: Sheet): void {
  const { marks } = sheet.scene.choice;
  const [fromMs, toMs] = sheet.span();
  const drawn = new Set<string>();
  const noteY = new Map<number, number>();
  for (let index = firstFrom(marks, fromMs); index < marks.length; index += 1) {
    const mark = marks[index]!;
    if (mark.atMs > toMs) break;
    sheet.inView.marks += 1;
    const y = sheet.y(mark.atMs);
    if (mark.type === "note") {
      // Of notes that would lie on each other the first is written out; all can be pointed at.
      const isFree = y - (noteY.get(mark.column) ?? -99) >= notePx;
      if (isFree) noteY.set(mark.column, y);
      paintNote(sheet, mark, y, isFree);
      continue;
    }
    const key = `${mark.type} ${mark.column} ${mark.other} ${Math.round(y)}`;
    if (mark.type !== "violation") {
      if (drawn.has(key)) continue;
      drawn.add(key);
    }
    painters[mark.type](sheet, mark, y);
  }
}

function firstFrom(marks: readonly Mark[], atMs: number): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle]!.atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

const painters = {
  connect: paintConnect,
  close: paintClose,
  disk: paintDisk,
  bite: paintBite,
  violation: paintViolation,
} as const;

function colorOfConnection(sheet: Sheet, mark: Mark): string {
  const { scene, palette } = sheet;
  const isPicked =
    scene.picked !== -1 &&
    scene.spots.connectionOf(scene.picked) !== 0 &&
    scene.spots.connectionOf(scene.picked) === scene.spots.connectionOf(mark.record);
  return isPicked ? palette.accent : palette.soft;
}

function paintConnect(sheet: Sheet, mark: Mark, y: number): void {
  const { context } = sheet;
  const from = sheet.x(mark.column);
  aim(sheet, mark, from, y);
  context.strokeStyle = colorOfConnection(sheet, mark);
  context.lineWidth = 1;
  if (sheet.isShown(mark.other)) {
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(from, y);
    context.lineTo(sheet.x(mark.other), y);
    context.stroke();
    context.setLineDash([]);
    ring(sheet, sheet.x(mark.other), y);
  }
  ring(sheet, from, y);
}

function ring(sheet: Sheet, x: number, y: number): void {
  const { context, palette } = sheet;
  context.beginPath();
  context.arc(x, y, 3.5, 0, 2 * Math.PI);
  context.fillStyle = palette.paper;
  context.fill();
  context.stroke();
}

/** The end of a connection: a short rule to the side where the other machine stands; crossed where it broke. */
function paintClose(sheet: Sheet, mark: Mark, y: number): void {
  const { context, palette, scene } = sheet;
  const x = sheet.x(mark.column);
  aim(sheet, mark, x, y);
  const happening = scene.records[mark.record]!.happening;
  const isBroken = happening.type === "close" && happening.kind === "broken";
  const side = mark.other !== -1 && mark.other < mark.column ? -1 : 1;
  const tip = x + side * (barPx + 10);
  context.strokeStyle = isBroken ? palette.violation : colorOfConnection(sheet, mark);
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(x + side * barPx, y);
  context.lineTo(tip, y);
  if (isBroken) {
    context.moveTo(tip - 3, y - 3);
    context.lineTo(tip + 3, y + 3);
    context.moveTo(tip - 3, y + 3);
    context.lineTo(tip + 3, y - 3);
  } else {
    context.moveTo(tip, y - 3.5);
    context.lineTo(tip, y + 3.5);
  }
  context.stroke();
}

/** Failures of a disk, and what was cut short, are longer and coloured. */
function paintDisk(sheet: Sheet, mark: Mark, y: number): void {
  const { context, palette, scene } = sheet;
  const x = sheet.x(mark.column);
  aim(sheet, mark, x, y);
  const happening = scene.records[mark.record]!.happening;
  const isFine = happening.type !== "disk" || happening.outcome === "ok";
  context.fillStyle = isFine ? palette.soft : palette.disk;
  context.fillRect(x - barPx, y - 0.5, isFine ? 2 * barPx : 2 * barPx + 6, isFine ? 1 : 2);
}

function paintBite(sheet: Sheet, mark: Mark, y: number): void {
  const { context, palette, scene } = sheet;
  const happening = scene.records[mark.record]!.happening;
  const x = mark.column === -1 ? scene.columns.marginPx - 8 : sheet.x(mark.column);
  aim(sheet, mark, x, y);
  context.fillStyle = colorOf(happening.type === "bite" ? happening.kind : "", palette);
  context.beginPath();
  context.moveTo(x, y - 5);
  context.lineTo(x + 5, y);
  context.lineTo(x, y + 5);
  context.lineTo(x - 5, y);
  context.closePath();
  context.fill();
  context.strokeStyle = palette.paper;
  context.lineWidth = 1;
  context.stroke();
}

function paintNote(sheet: Sheet, mark: Mark, y: number, isFree: boolean): void {
  // The test's own are in the margin, which is painted last.
  if (mark.column === -1) return;
  const { context, palette, scene } = sheet;
  const x = sheet.x(mark.column);
  aim(sheet, mark, x, y);
  context.fillStyle = palette.ink;
  context.beginPath();
  context.arc(x, y, 2.25, 0, 2 * Math.PI);
  context.fill();
  const happening = scene.records[mark.record]!.happening;
  if (!isFree || happening.type !== "note") return;
  context.font = letters.small;
  sheet.beside(mark.column, happening.text, y + 4, barPx + 6);
}

function paintViolation(sheet: Sheet, mark: Mark, y: number): void {
  const { context, palette, scene, widthPx } = sheet;
  const happening = scene.records[mark.record]!.happening;
  const left = scene.columns.marginPx;
  sheet.targets.push({ record: mark.record, from: [left, y], to: [widthPx, y] });
  context.fillStyle = palette.violation;
  context.fillRect(left, y - 1, widthPx - left, 2);
  context.font = letters.strong;
  context.textAlign = "left";
  if (happening.type === "violation") {
    sheet.text(happening.text, [left + 8, y - 7], widthPx - left - 16);
  }
}

function aim(sheet: Sheet, mark: Mark, x: number, y: number): void {
  sheet.targets.push({ record: mark.record, from: [x, y], to: [x, y] });
}
