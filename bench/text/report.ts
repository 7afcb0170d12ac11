// The table: worst rows of ours first.

import { bestOf, own, type Row, ratioOf } from "./row.ts";

/** What was found, as it is written to a file and read from it. */
export interface Report {
  readonly machine: { readonly processors: string; readonly node: string; readonly load: string };
  /** By peer, in the order of the columns. */
  readonly versions: Readonly<Record<string, string>>;
  readonly runs: number;
  readonly rows: readonly Row[];
}

/** Several reports as one; where they have the same row, the last one's. */
export function joinReports(reports: readonly Report[]): Report {
  const rows = new Map<string, Row>();
  for (const row of reports.flatMap((report) => report.rows)) {
    rows.set([row.trace, row.what, row.unit].join("\n"), row);
  }
  const last = reports.at(-1)!;
  const versions = Object.assign({}, ...reports.map((report) => report.versions));
  return { ...last, versions, rows: [...rows.values()] };
}

/** In Markdown. */
export function reportText({ machine, versions, runs, rows }: Report): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const missed = rows.filter((row) => row.aim !== null && (ratioOf(row) ?? 0) > row.aim).length;
  const aimed = rows.filter((row) => row.aim !== null && ratioOf(row) !== null).length;
  return [
    `${machine.processors}, Node ${machine.node}, load ${machine.load}; medians of ${runs} processes`,
    list.join(", "),
    `${aimed - missed} of ${aimed} aims reached`,
    "",
    table(rows, Object.keys(versions)),
  ].join("\n");
}

function table(rows: readonly Row[], peers: readonly string[]): string {
  const lines = [
    `| trace | what | unit | ratio | aim | ${peers.join(" | ")} |`,
    `| --- | --- | --- | --: | --: |${" --: |".repeat(peers.length)}`,
  ];
  const worstFirst = [...rows].sort((a, b) => (ratioOf(b) ?? 0) - (ratioOf(a) ?? 0));
  for (const row of worstFirst) {
    const ratio = ratioOf(row);
    const best = bestOf(row)?.peer;
    const cells = peers.map((name) => {
      const value = row.cells[name] ?? "";
      if (typeof value === "string") return value;
      return name === best || name === own ? `**${shortNumber(value)}**` : shortNumber(value);
    });
    const head = [row.trace, row.what, row.unit, ratio === null ? "" : shortNumber(ratio)];
    lines.push(`| ${[...head, row.aim ?? "", ...cells].join(" | ")} |`);
  }
  return lines.join("\n");
}

/** Two digits, or three from 10 on. */
export function shortNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}
