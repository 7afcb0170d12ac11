// The table: worst rows of ours first.

import type { PeerEntry } from "./peer.ts";
import { bestOf, own, type Row, ratioOf } from "./row.ts";

export function table(rows: readonly Row[], peers: readonly PeerEntry[]): string {
  const names = peers.map(({ name }) => name);
  const used = names.filter((name) => rows.some(({ cells }) => cells[name] !== undefined));
  const lines = [
    `| trace | what | unit | ratio | ${used.join(" | ")} |`,
    `| --- | --- | --- | --: |${" --: |".repeat(used.length)}`,
  ];
  const worstFirst = [...rows].sort((a, b) => (ratioOf(b) ?? 0) - (ratioOf(a) ?? 0));
  for (const row of worstFirst) {
    const ratio = ratioOf(row);
    const best = bestOf(row);
    const cells = used.map((name) => {
      const value = row.cells[name] ?? "";
      if (typeof value !== "number") return value;
      return name === best?.peer || name === own ? `**${number(value)}**` : number(value);
    });
    lines.push(
      `| ${[row.trace, row.what, row.unit, ratio === null ? "" : number(ratio), ...cells].join(" | ")} |`,
    );
  }
  return lines.join("\n");
}

function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(value < 10 ? 2 : 3);
}
