// What lies below: the faults' bands, the machines' lives, and the folds in time.

import { stretches } from "./lanes.ts";
import { colorOf, letters } from "./palette.ts";
import type { Fault, Life } from "./run.ts";
import type { Sheet } from "./scene.ts";
import { foldPx } from "./time_axis.ts";

/** Half the width of a life's bar. */
export const barPx = 4;
const lanePx = 6;
const bandTint = 0.09;

/**
 * Bands of faults: a tint over the columns that they concern, ruled at the left. Gives
 * what writes their names, which is to be done when everything else is drawn.
 */
export function paintFaults(sheet: Sheet): () => void {
  const { choice, lanes } = sheet.scene;
  const [fromMs, toMs] = sheet.span();
  const names: (() => void)[] = [];
  for (const fault of choice.faults) {
    if (fault.fromMs > toMs || fault.toMs < fromMs) continue;
    sheet.inView.faults += 1;
    names.push(...paintFault(sheet, fault, lanes.get(fault)!));
  }
  return () => {
    for (const name of names) name();
  };
}

function paintFault(sheet: Sheet, fault: Fault, lane: number): (() => void)[] {
  const { context, palette, scene } = sheet;
  const color = colorOf(fault.kind, palette);
  const top = sheet.y(fault.fromMs);
  const bottom = Math.max(sheet.y(fault.toMs), top + 2);
  const { places } = scene.columns;
  const shown = (fault.columns ?? places.map((_, machine) => machine))
    .map((machine) => places[machine]!)
    .filter((place) => place !== -1)
    .sort((left, right) => left - right);
  return stretches(shown).map(([first, last]) => {
    const left = sheet.edge(first) + 4 + lane * lanePx;
    const right = sheet.edge(last + 1) - 4;
    context.fillStyle = color;
    context.globalAlpha = bandTint;
    context.fillRect(left, top, right - left, bottom - top);
    context.globalAlpha = 0.85;
    context.fillRect(left, top, 2, bottom - top);
    context.globalAlpha = 1;
    sheet.targets.push({ record: fault.begin, from: [left, top], to: [left, bottom] });
    return () => {
      // The name stays in view as long as its band does.
      const y = Math.min(Math.max(top, 0) + 13 + lane * 14, bottom - 3);
      if (y < top + 9) return;
      context.font = letters.strong;
      context.fillStyle = color;
      context.textAlign = "left";
      sheet.text(fault.kind.replaceAll("_", " "), [left + 7, y], right - left - 12);
    };
  });
}

/** Lives as bars; a pause is hatched, and where no process lives there is a dotted line. */
export function paintLives(sheet: Sheet): void {
  const { context, palette, scene, heightPx } = sheet;
  context.strokeStyle = palette.bar;
  context.lineWidth = 1;
  context.setLineDash([1, 4]);
  context.beginPath();
  for (const machine of scene.run.machines.keys()) {
    if (!sheet.isShown(machine)) continue;
    context.moveTo(sheet.x(machine), Math.max(0, sheet.y(scene.run.beginMs)));
    context.lineTo(sheet.x(machine), Math.min(heightPx, sheet.y(scene.run.endMs)));
  }
  context.stroke();
  context.setLineDash([]);
  const [fromMs, toMs] = sheet.span();
  for (const life of scene.run.lives) {
    const isInView = life.fromMs <= toMs && life.toMs >= fromMs && sheet.isShown(life.column);
    if (isInView) paintLife(sheet, life);
  }
  for (const pause of scene.run.pauses) {
    const isInView = pause.fromMs <= toMs && pause.toMs >= fromMs && sheet.isShown(pause.column);
    if (isInView) hatch(sheet, pause.column, sheet.y(pause.fromMs), sheet.y(pause.toMs));
  }
}

function paintLife(sheet: Sheet, life: Life): void {
  const { context, palette } = sheet;
  const x = sheet.x(life.column);
  const [top, bottom] = [
    sheet.y(life.fromMs),
    Math.max(sheet.y(life.toMs), sheet.y(life.fromMs) + 2),
  ];
  context.fillStyle = palette.bar;
  context.fillRect(x - barPx, top, 2 * barPx, bottom - top);
  context.font = letters.small;
  if (life.begin !== -1) {
    sheet.targets.push({ record: life.begin, from: [x, top], to: [x, top] });
    context.fillStyle = palette.soft;
    if (life.life > 1) sheet.beside(life.column, `life ${life.life}`, top + 4, barPx + 8);
    context.fillRect(x - barPx - 3, top - 1, 2 * barPx + 6, 1.5);
  }
  if (life.how === null) return;
  const isSudden = life.how !== "returned";
  sheet.targets.push({ record: life.end, from: [x, bottom], to: [x, bottom] });
  context.fillStyle = isSudden ? palette.process : palette.soft;
  context.fillRect(x - barPx - 5, bottom - 1, 2 * barPx + 10, 2);
  sheet.beside(life.column, life.how, bottom + 4, barPx + 9);
}

function hatch(sheet: Sheet, column: number, top: number, bottom: number): void {
  const { context, palette, heightPx } = sheet;
  const x = sheet.x(column);
  const [from, to] = [Math.max(top, -10), Math.min(bottom, heightPx + 10)];
  context.save();
  context.beginPath();
  context.rect(x - barPx, from, 2 * barPx, to - from);
  context.fillStyle = palette.paper;
  context.fill();
  context.clip();
  context.strokeStyle = palette.soft;
  context.lineWidth = 1;
  context.beginPath();
  for (let y = Math.floor(from / 5) * 5; y < to + 10; y += 5) {
    context.moveTo(x - barPx, y);
    context.lineTo(x + barPx, y - 2 * barPx);
  }
  context.stroke();
  context.restore();
  context.lineWidth = 1;
  context.strokeStyle = palette.soft;
  context.strokeRect(x - barPx + 0.5, from, 2 * barPx - 1, to - from);
}

/** Folds: the paper is torn there. */
export function paintFolds(sheet: Sheet): void {
  const { context, palette, scene } = sheet;
  const [top, bottom] = sheet.heights();
  for (const { y } of scene.axis.folds) {
    if (y + foldPx < top || y > bottom) continue;
    const at = y - top;
    context.beginPath();
    tear(sheet, at + 4, 1);
    tear(sheet, at + foldPx - 4, -1);
    context.closePath();
    context.fillStyle = palette.paper;
    context.fill();
    context.strokeStyle = palette.bar;
    context.lineWidth = 1;
    for (const edge of [at + 4, at + foldPx - 4]) {
      context.beginPath();
      tear(sheet, edge, 1);
      context.stroke();
    }
  }
}

function tear(sheet: Sheet, y: number, direction: 1 | -1): void {
  const { context, scene, widthPx } = sheet;
  const from = scene.columns.marginPx;
  const steps = Math.ceil((Math.min(widthPx, sheet.edge(scene.run.machines.length)) - from) / 6);
  for (let step = 0; step <= steps; step += 1) {
    const place = direction === 1 ? step : steps - step;
    context.lineTo(from + place * 6, y + (place % 2 === 0 ? -2 : 2));
  }
}
