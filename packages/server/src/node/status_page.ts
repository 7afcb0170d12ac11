// The page at `/`: what the server is doing, for a person. Plain HTML that stands
// alone: no script, no font, no image; it reloads itself.

import { createHash } from "node:crypto";

/** What the page shows. */
export interface PageStatus {
  readonly closing: boolean;
  readonly url: string;
  readonly documents: number;
  /** Whether there are more documents than were counted. */
  readonly documentsMore: boolean;
  readonly documentsOpen: number;
  readonly connections: number;
  readonly bundles: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly refusals: number;
  readonly uptimeMs: number;
  readonly version: string;
  readonly nodeVersion: string;
  readonly protocol: number;
  readonly driver: string;
  readonly durable: boolean;
  readonly storeIdentity: string;
  readonly epoch: number;
}

/** How often the page reloads itself. */
const refreshSeconds = 5;

const style = `
:root{color-scheme:light dark;--ink:#1c1b19;--soft:#6d6a64;--line:#e2dfd8;--paper:#fbfaf7;--ok:#2f6b3f;--no:#9a3412}
@media(prefers-color-scheme:dark){:root{--ink:#e9e6df;--soft:#98948b;--line:#34322e;--paper:#171614;--ok:#86c797;--no:#f0a37f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 ui-serif,Charter,"Iowan Old Style",Georgia,serif}
main{max-width:38rem;margin:0 auto;padding:clamp(1.5rem,7vw,5rem) 1.25rem 4rem}
h1{font-size:1.6rem;font-weight:600;letter-spacing:-.01em;margin:0}
p{margin:.35rem 0 0;color:var(--soft)}
p strong{font-weight:600;color:var(--ok)}
p strong.no{color:var(--no)}
h2{font-size:.8rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);margin:2.75rem 0 .4rem}
dl{margin:0;border-top:1px solid var(--line)}
dl div{display:flex;justify-content:space-between;gap:1.5rem;padding:.5rem 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0;text-align:right;font-variant-numeric:tabular-nums lining-nums;overflow-wrap:anywhere}
code{font:.875em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
`;

/** The Content-Security-Policy under which the page shows as it should, and nothing else can. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page as HTML. */
export function renderStatusPage(status: PageStatus): string {
  const documents = `${count(status.documents)}${status.documentsMore ? " or more" : ""}`;
  const state = status.closing
    ? '<strong class="no">Shutting down</strong>'
    : "<strong>Running</strong>";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${refreshSeconds}">
<title>Holdfast</title>
<style>${style}</style>
<main>
<h1>Holdfast</h1>
<p>${state} for ${duration(status.uptimeMs)}. Clients connect to <code>${escapeHtml(status.url)}</code></p>
${section("Now", [
  ["Connections", count(status.connections)],
  ["Documents open", count(status.documentsOpen)],
  ["Documents kept", documents],
])}
${section("Since the start", [
  ["Bundles offered", count(status.bundles)],
  ["Refused", count(status.refusals)],
  ["Received", size(status.receivedBytes)],
  ["Sent", size(status.sentBytes)],
])}
${section("Versions", [
  ["Holdfast", status.version],
  ["Sync protocol", String(status.protocol)],
  ["Node", status.nodeVersion],
])}
${section("Store", [
  ["Driver", status.driver],
  ["Survives loss of power", status.durable ? "yes" : "no"],
  ["Identity", `<code>${escapeHtml(status.storeIdentity)}</code>`],
  ["Epoch", String(status.epoch)],
])}
</main>
</html>
`;
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([term, value]) => `<div><dt>${term}</dt><dd>${value}</dd></div>`);
  return `<h2>${title}</h2>\n<dl>\n${lines.join("\n")}\n</dl>`;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function size(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "day"],
    [Math.floor(seconds / 3_600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([value, unit]) => `${value} ${unit}${value === 1 ? "" : "s"}`).join(" ");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
