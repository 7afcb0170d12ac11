// Charts of a report, one picture for each thing that was measured: a line for each trace, a
// dot on it for each library, on a logarithmic scale, since libraries lie far apart.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Report, shortNumber } from "./report.ts";
import { own, type Row } from "./row.ts";

interface Chart {
  readonly file: string;
  readonly title: string;
  has(row: Row): boolean;
  label(row: Row): string;
}

const state = ({ unit }: Row) => (unit === "ms cold" ? "first time" : "warm");

function times(file: string, title: string, what: string): Chart {
  return {
    file,
    title: `${title}, ms`,
    has: (row) => row.what === what,
    label: (row) => `${row.trace}, ${state(row)}`,
  };
}

const charts: readonly Chart[] = [
  times("local", "Each edit made by a call", "local"),
  times("merge", "The whole history merged as one update", "merge"),
  times("stream", "The history merged as one update for each transaction", "stream"),
  times("load", "A file opened until its text can be read", "load to text"),
  {
    file: "file",
    title: "Size of the file, kB",
    has: (row) => row.unit === "kB" && row.what.startsWith("file"),
    label: (row) => `${row.trace}, ${row.what.replace("file, ", "")}`,
  },
  {
    file: "memory",
    title: "Memory that an opened document keeps, MB",
    has: (row) => row.what === "memory after load to text",
    label: (row) => row.trace,
  },
  {
    file: "code",
    title: "Code with its WebAssembly, kB",
    has: (row) => row.what.startsWith("code"),
    label: (row) => row.what.replace("code, ", ""),
  },
];

// A palette that people who see few colours can tell apart, too; ours is black.
const colours = ["#000000", "#0072b2", "#56b4e9", "#cc79a7", "#e69f00", "#009e73", "#d55e00"];
const left = 260;
const width = 900;
const lineHeight = 26;
const top = 84;

/** Draws all charts that the report has rows for. */
export function writeCharts(report: Report, say: (line: string) => void): void {
  const folder = join(import.meta.dirname, "charts");
  mkdirSync(folder, { recursive: true });
  for (const chart of charts) {
    const rows = report.rows.filter((row) => chart.has(row) && numbers(row).length > 0);
    if (rows.length === 0) continue;
    const path = join(folder, `${chart.file}.svg`);
    writeFileSync(path, picture(chart, rows, Object.keys(report.versions)));
    say(`bench/text/charts/${chart.file}.svg`);
  }
}

function numbers({ cells }: Row): number[] {
  return Object.values(cells).flatMap((value) => (typeof value === "number" ? value : []));
}

/** One chart as SVG. */
export function picture(
  { title, label }: Pick<Chart, "title" | "label">,
  rows: readonly Row[],
  peers: readonly string[],
): string {
  const all = rows.flatMap(numbers).filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  const x = (value: number) =>
    left + ((Math.log10(value) - low) / (high - low)) * (width - left - 40);
  const bottom = top + rows.length * lineHeight;
  const parts = [`<text x="16" y="26" font-size="16" font-weight="bold">${title}</text>`];
  peers.forEach((peer, index) => {
    const at = 16 + index * 124;
    parts.push(circle(at + 5, 46, index), `<text x="${at + 16}" y="50">${peer}</text>`);
  });
  for (let power = low; power <= high; power += 1) {
    const at = x(10 ** power).toFixed(1);
    parts.push(
      `<line x1="${at}" y1="${top - 10}" x2="${at}" y2="${bottom}" stroke="#ddd"/>`,
      `<text x="${at}" y="${top - 14}" text-anchor="middle" fill="#666">${shortNumber(10 ** power)}</text>`,
    );
  }
  rows.forEach((row, line) => {
    const y = top + line * lineHeight + 12;
    parts.push(
      `<text x="${left - 14}" y="${y + 4}" text-anchor="end">${label(row)}</text>`,
      `<line x1="${left}" y1="${y}" x2="${width - 40}" y2="${y}" stroke="#eee"/>`,
    );
    // Ours last, so that nothing covers it.
    [...peers.keys()].reverse().forEach((index) => {
      const value = row.cells[peers[index]!];
      if (typeof value !== "number" || value <= 0) return;
      parts.push(circle(x(value), y, index, `${peers[index]} ${shortNumber(value)}`));
    });
  });
  const size = `width="${width}" height="${bottom + 12}" viewBox="0 0 ${width} ${bottom + 12}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${title}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;

  function circle(at: number, y: number, index: number, tip?: string): string {
    const radius = peers[index] === own ? 6 : 5;
    const shape = `cx="${at.toFixed(1)}" cy="${y}" r="${radius}" fill="${colours[index % colours.length]}"`;
    return tip === undefined
      ? `<circle ${shape}/>`
      : `<circle ${shape}><title>${tip}</title></circle>`;
  }
}
