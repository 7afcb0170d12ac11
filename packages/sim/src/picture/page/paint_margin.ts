// The margin, which stays when the rest scrolls to the side: times, the lengths of
// folds, and what the test itself noted. And what is pointed out over everything.

import { milliseconds } from "../notation.ts";
import { letters } from "./palette.ts";
import type { Sheet } from "./scene.ts";
import { foldPx } from "./time_axis.ts";

const notePx = 14;
const noteLinesMax = 4;
const noteLengthMax = 400;
const noteRoomPxMin = 40;

/** The margin at the left. */
export function paintMargin(sheet: Sheet): void {
  const { context, palette, scene, heightPx } = sheet;
  const { marginPx, notesPx } = scene.columns;
  context.fillStyle = palette.paper;
  context.fillRect(0, 0, marginPx, heightPx);
  context.fillStyle = palette.line;
  context.fillRect(marginPx - 1, 0, 1, heightPx);
  const [top, bottom] = sheet.heights();
  context.textAlign = "right";
  context.font = letters.digits;
  context.fillStyle = palette.soft;
  for (const { atMs, y } of scene.axis.ticks(top, bottom)) {
    context.fillText(seconds(atMs, scene.axis.pxPerMs), notesPx - 12, y - top + 4);
    context.fillRect(notesPx - 7, y - top - 0.5, 5, 1);
  }
  context.font = letters.small;
  for (const { fromMs, toMs, y } of scene.axis.folds) {
    if (y + foldPx < top || y > bottom) continue;
    context.fillText(milliseconds(toMs - fromMs), notesPx - 12, y - top + foldPx / 2 + 4);
  }
  paintNotes(sheet);
}

/** Seconds, with as many decimals as the scale can tell apart. */
function seconds(atMs: number, pxPerMs: number): string {
  const decimals = pxPerMs > 60 ? 4 : pxPerMs > 0.6 ? 3 : pxPerMs > 0.06 ? 2 : 1;
  return (atMs / 1_000).toFixed(decimals);
}

function paintNotes(sheet: Sheet): void {
  const { context, palette, scene } = sheet;
  const { marginPx, notesPx } = scene.columns;
  const [fromMs, toMs] = sheet.span();
  context.font = letters.small;
  context.textAlign = "left";
  const notes = scene.choice.marks.filter(
    ({ type, column, atMs }) => type === "note" && column === -1 && atMs >= fromMs && atMs <= toMs,
  );
  const roomPx = marginPx - notesPx - 24;
  let freeY = Number.NEGATIVE_INFINITY;
  for (const [index, { atMs, record }] of notes.entries()) {
    const y = sheet.y(atMs);
    context.fillStyle = palette.ink;
    context.beginPath();
    context.arc(notesPx + 6, y, 2.25, 0, 2 * Math.PI);
    context.fill();
    sheet.targets.push({ record, from: [notesPx + 6, y], to: [marginPx - 10, y] });
    const happening = scene.records[record]!.happening;
    if (y < freeY || happening.type !== "note" || roomPx < noteRoomPxMin) continue;
    const next = notes[index + 1];
    const belowPx = next === undefined ? Number.POSITIVE_INFINITY : sheet.y(next.atMs) - y;
    const lines = broken(context, happening.text, roomPx);
    const shown = Math.min(lines.length, noteLinesMax, Math.max(1, Math.floor(belowPx / notePx)));
    for (const [row, line] of lines.slice(0, shown).entries()) {
      const isCut = row === shown - 1 && shown < lines.length;
      const text = isCut ? lines.slice(row).join(" ") : line;
      sheet.text(text, [notesPx + 14, y + 4 + row * notePx], roomPx);
    }
    freeY = y + shown * notePx;
  }
}

/** A text in lines of a width, broken between words. */
function broken(context: CanvasRenderingContext2D, text: string, widthPx: number): string[] {
  const lines: string[] = [];
  for (const word of text.slice(0, noteLengthMax).split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && context.measureText(longer).width <= widthPx)
      lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}

/** A spot behind each record that was found. */
export function paintMatches(sheet: Sheet): void {
  const { context, palette, scene } = sheet;
  const [fromMs, toMs] = sheet.span();
  context.fillStyle = palette.match;
  const drawn = new Set<string>();
  for (const record of scene.matches) {
    const { atMs } = scene.records[record]!;
    if (atMs < fromMs || atMs > toMs || !scene.spots.isShown(record, scene.filter)) continue;
    const [x, y] = spotOf(sheet, record);
    const key = `${x} ${Math.round(y)}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.fill();
  }
}

/** A ring around the record that is picked. */
export function paintPicked(sheet: Sheet): void {
  const { context, palette, scene } = sheet;
  if (scene.picked === -1 || !scene.spots.isShown(scene.picked, scene.filter)) return;
  const [x, y] = spotOf(sheet, scene.picked);
  context.strokeStyle = palette.accent;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, 9, 0, 2 * Math.PI);
  context.stroke();
}

function spotOf(sheet: Sheet, record: number): readonly [x: number, y: number] {
  const { scene } = sheet;
  const column = scene.spots.columnOf(record);
  const y = sheet.y(scene.records[record]!.atMs);
  if (column !== -1) return [sheet.x(column), y];
  const isNote = scene.records[record]!.happening.type === "note";
  return [isNote ? scene.columns.notesPx + 6 : scene.columns.marginPx, y];
}
