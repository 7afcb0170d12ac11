// What is before what, as a picture: operations on a ring, and arrows between them.
//
//        (T0) --wr--> (T3)
//          ^            |
//          +---- rw ----+
//
// A cycle goes round the ring clockwise. Solid arrows are what was seen or overwritten,
// dashed ones what was not seen, dotted ones what came first in time. The sentences stand
// beside it.

import type { ReportEdge } from "../explain/report.ts";
import { escapeHtml } from "./html.ts";

/** Operations of a picture; of a longer cycle the rest is one node. */
const nodesMax = 8;

const width = 400;
const nodeHeight = 48;
const letterWidth = 8.2;
const headPx = 9;

/** Room above and below the nodes, for arrows that bend. */
const margin = 46;

interface Spot {
  readonly x: number;
  readonly y: number;
}

interface Node extends Spot {
  /** Null for the rest of a long cycle. */
  readonly place: number | null;
  readonly name: string;
  /** Half its width: a long name takes more room. */
  readonly radius: number;
}

/** An arrow from node to node, by their numbers. */
interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly type: string;
}

/** How operations are called. */
export interface Names {
  readonly sign: string;
  readonly processOf: (place: number) => string;
}

/** The picture, as SVG; empty where there are too many operations that are no cycle. */
export function graphPicture(edges: readonly ReportEdge[], { sign, processOf }: Names): string {
  const isLong = edges.length > nodesMax + 1;
  if (isLong && !isCycle(edges)) return "";
  const shown = isLong ? edges.slice(0, nodesMax) : edges;
  // Of a long cycle, where its last arrow leads is among the rest.
  const named = isLong
    ? shown.map(({ from }) => from)
    : shown.flatMap(({ from, to }) => [from, to]);
  const places = [...new Set(named)];
  const rest = edges.length - shown.length;
  const names = [...places.map((place) => `${sign}${place}`), ...(isLong ? [`+${rest}`] : [])];
  const nodes = names.map((name, at) =>
    nodeOf(places[at] ?? null, name, { at, count: names.length }),
  );
  const numbers = new Map(places.map((place, at) => [place, at]));
  const arrows = shown.map(({ from, to, type }): Arrow => {
    return { from: numbers.get(from)!, to: numbers.get(to) ?? places.length, type };
  });
  if (isLong) arrows.push({ from: places.length, to: 0, type: edges[edges.length - 1]!.type });
  return drawing(nodes, arrows, processOf);
}

/** Sort of an arrow, which decides how it is drawn. */
export function edgeClass(type: string): string {
  if (type.startsWith("rw") || type === "older") return "unseen";
  return type === "process" || type === "real-time" || type === "session" ? "time" : "seen";
}

function isCycle(edges: readonly ReportEdge[]): boolean {
  return edges.every(({ to }, at) => to === edges[(at + 1) % edges.length]!.from);
}

function nodeOf(
  place: number | null,
  name: string,
  { at, count }: { readonly at: number; readonly count: number },
): Node {
  const radius = Math.max(nodeHeight, name.length * letterWidth + 14) / 2;
  const height = count === 2 ? 150 : count < 5 ? 290 : 390;
  const [middleX, middleY] = [width / 2, height / 2];
  if (count === 1) return { place, name, radius, x: middleX, y: middleY };
  // Two stand side by side; more begin at the top.
  const turn = (at / count) * 2 * Math.PI - (count === 2 ? Math.PI : Math.PI / 2);
  const [radiusX, radiusY] = [middleX - 62, middleY - 45];
  const [x, y] = [middleX + radiusX * Math.cos(turn), middleY + radiusY * Math.sin(turn)];
  return { place, name, radius, x, y };
}

function drawing(
  nodes: readonly Node[],
  arrows: readonly Arrow[],
  processOf: (place: number) => string,
): string {
  const ys = nodes.map(({ y }) => y);
  const hasLoop = arrows.some(({ from, to }) => from === to);
  const top = Math.floor(Math.min(...ys)) - (hasLoop ? 95 : margin);
  const tall = Math.ceil(Math.max(...ys)) + margin - top;
  const said = arrows.map(({ from, to }) => `${nodes[from]!.name} before ${nodes[to]!.name}`);
  const edges = arrows.map(({ from, to, type }) => edge(nodes[from]!, nodes[to]!, type));
  const drawn = nodes.map((node) => nodePicture(node, processOf));
  return `<svg class="graph" viewBox="0 ${top} ${width} ${tall}" role="img" aria-label="${escapeHtml(said.join(", "))}">${edges.join("")}${drawn.join("")}</svg>`;
}

function nodePicture(
  { place, name, radius, x, y }: Node,
  processOf: (place: number) => string,
): string {
  const shape = `<ellipse cx="${round(x)}" cy="${round(y)}" rx="${round(radius)}" ry="${nodeHeight / 2}"/>`;
  if (place === null) {
    return `<g class="node rest">${shape}<text x="${round(x)}" y="${round(y + 5)}">${name}</text></g>`;
  }
  const process = processOf(place);
  const short = process.length > 7 ? `${process.slice(0, 6)}…` : process;
  return `<g class="node listed" data-place="${place}">${shape}<text class="name" x="${round(x)}" y="${round(y + 1)}">${name}</text><text class="process" x="${round(x)}" y="${round(y + 14)}">${escapeHtml(short)}</text></g>`;
}

function shortLabel(type: string): string {
  return escapeHtml(type.replace("-predicate", " pred."));
}

// A curve that bends away from the middle, from rim to rim, with its label on the line.
function edge(from: Node, to: Node, type: string): string {
  const centre = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const distance = Math.hypot(dx, dy);
  if (distance < 1) return loop(from, type);
  // To the left of the way, which on a ring that is walked clockwise is the outside.
  const [outX, outY] = [dy / distance, -dx / distance];
  const bend = Math.abs(dy) < 1 && Math.abs(centre.x - width / 2) < 1 ? 62 : distance * 0.16;
  const turn = { x: centre.x + outX * bend, y: centre.y + outY * bend };
  const begin = towards(from, turn, rimOf(from, turn) + 3);
  const end = towards(to, turn, rimOf(to, turn) + 4);
  // The label stands on the line, which makes room for it.
  const labelAt = { x: centre.x + (outX * bend) / 2, y: centre.y + (outY * bend) / 2 + 4 };
  const line = `M${round(begin.x)} ${round(begin.y)}Q${round(turn.x)} ${round(turn.y)} ${round(end.x)} ${round(end.y)}`;
  return `<g class="edge ${edgeClass(type)}"><path d="${line}"/><path class="head" d="${head(turn, end)}"/><text x="${round(labelAt.x)}" y="${round(labelAt.y)}">${shortLabel(type)}</text></g>`;
}

function loop({ x, y }: Spot, type: string): string {
  const end = { x: x + 14, y: y - nodeHeight / 2 - 3 };
  const line = `M${x - 14} ${end.y}C${x - 46} ${y - 88} ${x + 46} ${y - 88} ${end.x} ${end.y}`;
  const from = { x: x + 34, y: y - 74 };
  return `<g class="edge ${edgeClass(type)}"><path d="${line}"/><path class="head" d="${head(from, end)}"/><text x="${x}" y="${y - 66}">${shortLabel(type)}</text></g>`;
}

// How far the rim of a node is from its middle, in a direction.
function rimOf({ x, y, radius }: Node, to: Spot): number {
  const angle = Math.atan2(to.y - y, to.x - x);
  return 1 / Math.hypot(Math.cos(angle) / radius, Math.sin(angle) / (nodeHeight / 2));
}

function towards(from: Spot, to: Spot, length: number): Spot {
  const share = length / Math.hypot(to.x - from.x, to.y - from.y);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function head(from: Spot, tip: Spot): string {
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
