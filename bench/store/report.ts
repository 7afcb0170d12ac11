// The table, and the ratios that the aims are written in.

import type { Figures } from "./rounds.ts";

export function tableHead(): string {
  return [
    "| target | operation | in flight | a second | p50 ms | p99 ms | max ms | client µs/op | servers µs/op | errors |",
    "| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |",
  ].join("\n");
}

export function tableRow(figures: Figures): string {
  const { target, inProcess, operation, inFlight, rate, errors } = figures;
  const ms = (us: number) => (us < 1_000 ? (us / 1e3).toPrecision(2) : (us / 1e3).toFixed(1));
  const cells = [
    inProcess ? `${target} (in process)` : target,
    rate === null ? operation : `${operation}, ${Math.round(rate)}/s`,
    rate === null ? inFlight : "open",
    Math.round(figures.perSecond).toLocaleString("en"),
    ms(figures.p50Us),
    ms(figures.p99Us),
    ms(figures.maxUs),
    figures.clientCpuUs.toFixed(1),
    inProcess ? "" : figures.serverCpuUs.toFixed(1),
    errors,
  ];
  return `| ${cells.join(" | ")} |`;
}

type Field = "perSecond" | "p50Us" | "p99Us";

/** Above 1 is better for us in all of them. */
export function ratiosOf(rows: readonly Figures[]): Record<string, number> {
  const find = (target: string, name: string, field: Field) =>
    rows.find((row) => row.target === target && nameOf(row) === name)?.[field];
  const ratios: Record<string, number> = {};
  const add = (ratio: string, above: number | undefined, below: number | undefined) => {
    if (above !== undefined && below !== undefined) ratios[ratio] = round(above / below);
  };
  const names = new Set(rows.map(nameOf));
  for (const name of names) {
    const isLatency = name === "put1" || name === "putOpen";
    const field = name === "put1" ? "p50Us" : isLatency ? "p99Us" : "perSecond";
    const pairs: [prefix: string, ours: string, theirs: string][] = [
      ["", "raft3", "etcd3"],
      ["lmdbOverEtcd1.", "lmdb", "etcd1"],
      ["lmdbOverRedis.", "lmdb", "redis"],
    ];
    for (const [prefix, ours, theirs] of pairs) {
      const own = find(ours, name, field);
      const other = find(theirs, name, field);
      add(prefix + name, isLatency ? other : own, isLatency ? own : other);
    }
  }
  return ratios;
}

/** `put256`: the operation and how many were in flight; `putOpen` in the open loop. */
function nameOf({ operation, inFlight, rate }: Figures): string {
  return rate === null ? `${operation}${inFlight}` : `${operation}Open`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
