// A cycle as a picture: transactions on a ring, and between them the reasons for which
// each has to be before the next.
//
//        (T0) --wr--> (T3)
//          ^            |
//          +---- rw ----+
//
// Solid edges are what was seen or overwritten, dashed ones what was not seen, dotted ones
// what came first in time. The sentences stand beside it.

import type { CycleEdge } from "../isolation/verdict.ts";
import { escapeHtml } from "./html.ts";

/** Transactions of a picture; of a longer cycle the rest is one node. */
export const nodesMax = 10;

const width = 400;
const nodeRadius = 25;
const headPx = 9;

interface Spot {
  readonly x: number;
  readonly y: number;
}

interface Node {
  readonly place: number | null;
  readonly name: string;
}

/** The picture, as SVG. `processOf` names the process of a transaction. */
export function cyclePicture(
  cycle: readonly CycleEdge[],
  processOf: (place: number) => string,
): string {
  const shown = cycle.length > nodesMax ? cycle.slice(0, nodesMax) : cycle;
  const nodes: Node[] = shown.map(({ from }) => ({ place: from, name: `T${from}` }));
  const labels: string[] = shown.map(({ type }) => type);
  if (shown.length < cycle.length) {
    nodes.push({ place: null, name: `+${cycle.length - shown.length}` });
    labels.push(cycle[cycle.length - 1]!.type);
  }
  const height = nodes.length === 1 ? 150 : nodes.length === 2 ? 150 : nodes.length < 5 ? 290 : 390;
  const spots = nodes.map((_, at) => spotOf(at, nodes.length, height));
  const edges = labels.map((label, at) =>
    edge(spots[at]!, spots[(at + 1) % spots.length]!, { label, height }),
  );
  const drawn = nodes.map((node, at) => nodePicture(node, spots[at]!, processOf));
  const title = `Cycle: ${[...nodes, nodes[0]!].map(({ name }) => name).join(" before ")}`;
  return `<svg class="cycle" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${edges.join("")}${drawn.join("")}</svg>`;
}

function spotOf(at: number, count: number, height: number): Spot {
  const [middleX, middleY] = [width / 2, height / 2];
  if (count === 1) return { x: middleX, y: middleY + 20 };
  // Two stand side by side; more begin at the top.
  const turn = (at / count) * 2 * Math.PI - (count === 2 ? Math.PI : Math.PI / 2);
  const [radiusX, radiusY] = [width / 2 - 62, height / 2 - 45];
  return { x: middleX + radiusX * Math.cos(turn), y: middleY + radiusY * Math.sin(turn) };
}

function nodePicture(
  { place, name }: Node,
  { x, y }: Spot,
  processOf: (place: number) => string,
): string {
  const circle = `<circle cx="${round(x)}" cy="${round(y)}" r="${nodeRadius}"/>`;
  if (place === null) {
    return `<g class="node rest">${circle}<text x="${round(x)}" y="${round(y + 5)}">${name}</text></g>`;
  }
  const process = processOf(place);
  const short = process.length > 7 ? `${process.slice(0, 6)}…` : process;
  return `<g class="node listed" data-place="${place}">${circle}<text class="name" x="${round(x)}" y="${round(y + 1)}">${name}</text><text class="process" x="${round(x)}" y="${round(y + 14)}">${escapeHtml(short)}</text></g>`;
}

/** Sort of an edge, which decides how it is drawn. */
export function edgeClass(type: string): string {
  if (type.startsWith("rw")) return "unseen";
  return type === "process" || type === "real-time" ? "time" : "seen";
}

// A curve that bends away from the middle, from rim to rim, with its label at the bend.
function edge(from: Spot, to: Spot, { label, height }: { label: string; height: number }): string {
  const middle = { x: width / 2, y: height / 2 };
  const centre = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const distance = Math.hypot(dx, dy);
  if (distance < 1) return loop(from, label);
  // To the left of the way, which on a ring that is walked clockwise is the outside.
  const [outX, outY] = [dy / distance, -dx / distance];
  const isPair = Math.hypot(centre.x - middle.x, centre.y - middle.y) < 1;
  const bend = isPair ? 62 : Math.min(44, distance * 0.16);
  const turn = { x: centre.x + outX * bend, y: centre.y + outY * bend };
  const begin = towards(from, turn, nodeRadius + 3);
  const end = towards(to, turn, nodeRadius + 4);
  const labelAt = {
    x: centre.x + outX * (bend / 2 + 6 + label.length * 4),
    y: centre.y + outY * (bend / 2 + 13) + 4,
  };
  const line = `M${round(begin.x)} ${round(begin.y)}Q${round(turn.x)} ${round(turn.y)} ${round(end.x)} ${round(end.y)}`;
  return `<g class="edge ${edgeClass(label)}"><path d="${line}"/><path class="head" d="${arrow(turn, end)}"/><text x="${round(labelAt.x)}" y="${round(labelAt.y)}">${label}</text></g>`;
}

function loop({ x, y }: Spot, label: string): string {
  const end = { x: x + 14, y: y - nodeRadius - 3 };
  const line = `M${x - 14} ${end.y}C${x - 46} ${y - 88} ${x + 46} ${y - 88} ${end.x} ${end.y}`;
  const from = { x: x + 34, y: y - 74 };
  return `<g class="edge ${edgeClass(label)}"><path d="${line}"/><path class="head" d="${arrow(from, end)}"/><text x="${x}" y="${y - 82}">${label}</text></g>`;
}

function towards(from: Spot, to: Spot, length: number): Spot {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length / distance;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function arrow(from: Spot, tip: Spot): string {
  const back = towards(tip, from, headPx);
  const [outX, outY] = [(tip.y - back.y) * 0.45, (back.x - tip.x) * 0.45];
  const sides = [
    [back.x + outX, back.y + outY],
    [back.x - outX, back.y - outY],
  ] as const;
  return `M${round(tip.x)} ${round(tip.y)}L${sides.map(([x, y]) => `${round(x)} ${round(y)}`).join("L")}Z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
