// Plots of a history's activity, as SVG: latency on a logarithmic scale, with its
// quantiles, and throughput, by outcome. Bands show when something was broken on purpose.

import type { Activity, ActivitySpan, Quantiles } from "../explain/activity.ts";
import { describeTime, plainName } from "../explain/describe.ts";
import type { Fault } from "../history/fault.ts";
import { escapeHtml } from "./html.ts";
import { faultsShownMax } from "./page_data.ts";

const width = 1100;
const height = 230;
const left = 56;
const right = width - 10;
const top = 10;
const bottom = height - 26;

/** Both plots, with what their colours mean. */
export function activitySection(activity: Activity, faults: readonly Fault[]): string {
  const kinds = activity.kinds.map(
    (kind, place) => `<li><i class="kind-${place}"></i>${escapeHtml(kind)}</li>`,
  );
  const quantiles = [
    '<li><i class="line median"></i>median</li>',
    '<li><i class="line p95"></i>95 %</li>',
    '<li><i class="line p99"></i>99 %</li>',
    '<li><i class="cross"></i>failed</li>',
  ];
  const outcomes = ["ok", "fail", "info"].map(
    (name) => `<li><i class="line count-${name}"></i>${outcomeNames[name as "ok"]}</li>`,
  );
  const band = faults.length === 0 ? [] : ['<li><i class="fault"></i>a fault</li>'];
  return `<section aria-labelledby="activity-title"><h2 id="activity-title">Latency and throughput</h2>
<h3>Latency${quantilesText(activity.latency)}</h3>
${plot("Latency over time", latencyPlot(activity, faults))}<ul class="legend">${[...kinds, ...quantiles, ...band].join("")}</ul>
<h3>Throughput <small>operations asked for in each ${spanText(activity)}</small></h3>
${plot("Operations over time, by outcome", throughputPlot(activity, faults))}<ul class="legend">${[...outcomes, ...band].join("")}</ul>
<p class="note">Times are those of the history, in its own unit; where it has only an order of events, their places in that. Each point is an operation, at its call; of many not all are drawn, but the slowest are.</p>
</section>`;
}

const outcomeNames = { ok: "ok", fail: "failed", info: "outcome unknown" };

function plot(name: string, content: string): string {
  return `<div class="plot" tabindex="0" role="group" aria-label="${name}"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}">${content}</svg></div>`;
}

function quantilesText(quantiles: Quantiles | null): string {
  if (quantiles === null) return "";
  const { median, p95, p99, max } = quantiles;
  const text = (value: number) => describeTime(Number(value.toPrecision(4)));
  return ` <small>median ${text(median)}, 95 % ${text(p95)}, 99 % ${text(p99)}, longest ${text(max)}</small>`;
}

function spanText({ from, until, spans }: Activity): string {
  return describeTime(Number(((until - from) / spans.length).toPrecision(3)));
}

function latencyPlot(activity: Activity, faults: readonly Fault[]): string {
  const { points, spans, latency } = activity;
  const positive = points.map((point) => point.latency).filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive, latency?.max || 1)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive, latency?.max || 1))));
  // What took no time lies on the floor.
  const yOf = (value: number) => {
    const share = value <= 0 ? 0 : (Math.log10(value) - low) / (high - low);
    return bottom - Math.min(1, Math.max(0, share)) * (bottom - top);
  };
  const decades = Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at));
  const xOf = acrossOf(activity);
  const dots = points.map(({ at, latency: took, kind, outcome }) => {
    const [x, y] = [round(xOf(at)), round(yOf(took))];
    if (outcome === "ok") return `<circle class="kind-${kind}" cx="${x}" cy="${y}" r="2.2"/>`;
    return `<path class="cross" d="M${x - 3} ${y - 3}l6 6m0-6l-6 6"/>`;
  });
  const lines = (["median", "p95", "p99"] as const).map((name) =>
    steps(spans, name, ({ latency: quantiles }) =>
      quantiles === null ? null : yOf(quantiles[name]),
    ),
  );
  return ground(activity, faults) + levels(decades, yOf) + dots.join("") + lines.join("");
}

function throughputPlot(activity: Activity, faults: readonly Fault[]): string {
  const { spans } = activity;
  const largest = Math.max(1, ...spans.flatMap(({ counts }) => Object.values(counts)));
  const highest = roundUp(largest);
  const yOf = (value: number) => bottom - (value / highest) * (bottom - top);
  const lines = (["info", "fail", "ok"] as const)
    .filter((name) => spans.some(({ counts }) => counts[name] > 0))
    .map((name) => steps(spans, `count-${name}`, ({ counts }) => yOf(counts[name])));
  return ground(activity, faults) + levels([0, highest / 2, highest], yOf) + lines.join("");
}

// Bands, and the axis of time.
function ground(activity: Activity, faults: readonly Fault[]): string {
  const xOf = acrossOf(activity);
  const bands = faults.slice(0, faultsShownMax).map(({ name, beginsAt, endsAt }) => {
    const from = Math.max(left, xOf(beginsAt));
    const until = Math.min(right, xOf(endsAt));
    if (until < left || from > right) return "";
    return `<rect class="fault" x="${round(from)}" y="${top}" width="${round(Math.max(1, until - from))}" height="${bottom - top}"><title>${escapeHtml(plainName(name))}</title></rect>`;
  });
  const { from, until } = activity;
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    const at = describeTime(Number((from + share * (until - from)).toPrecision(6)));
    return `<text x="${round(left + share * (right - left))}" y="${height - 8}" text-anchor="${anchor}">${at}</text>`;
  });
  return bands.join("") + marks.join("");
}

function levels(values: readonly number[], yOf: (value: number) => number): string {
  return values
    .map((value) => {
      const y = round(yOf(value));
      return `<line class="level" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/><text x="${left - 8}" y="${y + 4}" text-anchor="end">${levelText(value)}</text>`;
    })
    .join("");
}

function levelText(value: number): string {
  if (value >= 1e6 || (value !== 0 && value < 1e-3))
    return value.toExponential().replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

function acrossOf({ from, until }: Activity): (at: number) => number {
  return (at) => {
    const share = (at - from) / (until - from);
    return left + Math.min(1.01, Math.max(-0.01, share)) * (right - left);
  };
}

// A line of steps, one for each span; broken where a span has no value.
function steps(
  spans: readonly ActivitySpan[],
  name: string,
  yOf: (span: ActivitySpan) => number | null,
): string {
  let path = "";
  let isDown = false;
  for (const [at, span] of spans.entries()) {
    const y = yOf(span);
    const [from, until] = [at, at + 1].map((edge) =>
      round(left + (edge / spans.length) * (right - left)),
    );
    if (y !== null) path += `${isDown ? "L" : "M"}${from} ${round(y)}H${until}`;
    isDown = y !== null;
  }
  return path === "" ? "" : `<path class="line ${name}" d="${path}"/>`;
}

/** The least of 1, 2, 4 and 8 times a power of ten that is not below `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8, 10].find((digit) => digit * power >= value) ?? 10) * power;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
