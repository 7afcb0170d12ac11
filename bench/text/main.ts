// Measures collaborative text: ours and other libraries', on recorded histories.
//
//   npm run bench:text -- --traces DIR [--peers a,b] [--modes local,merge,...]
//                         [--only trace,...] [--runs N] [--json FILE]
//
// Each figure is a median of processes that do nothing else. A table, with the worst rows of
// ours first, and ratios: ours over the best peer's, below 1 where ours is better.

import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { bundle, installPeers, versionOf } from "./installation.ts";
import type { TaskName } from "./job.ts";
import { type Options, readOptions } from "./options.ts";
import { table } from "./report.ts";
import { Rounds } from "./rounds.ts";
import { type Row, ratiosOf, rowOf } from "./row.ts";
import { listTraces, readTrace, type TraceFile } from "./trace.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  installPeers(say);
  await bundle();
  const machine = {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
    node: process.version,
    load: loadavg()[0]!,
  };
  const versions = Object.fromEntries(options.peers.map((entry) => [entry.name, versionOf(entry)]));
  const rows: Row[] = [];
  for (const trace of listTraces(options.traces, options.only)) {
    rows.push(...(await measure(trace, options)));
  }
  const load = `${machine.load.toFixed(1)} to ${loadavg()[0]!.toFixed(1)}`;
  console.log(`${machine.processors}, Node ${machine.node}, load ${load}`);
  console.log(
    `${Object.entries(versions)
      .map((pair) => pair.join(" "))
      .join(", ")}\n`,
  );
  console.log(table(rows, options.peers));
  if (options.json !== null) {
    const content = { machine, versions, runs: options.runs, rows, ratios: ratiosOf(rows) };
    writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
  }
}

async function measure(trace: TraceFile, { peers, modes, runs }: Options): Promise<Row[]> {
  const rounds = new Rounds(trace, peers, runs);
  await rounds.convert(say);
  const rows: Row[] = [];
  const add = (row: Row) => {
    if (Object.keys(row.cells).length === 0) return;
    rows.push(row);
    const cells = Object.entries(row.cells).map(
      ([peer, value]) => `${peer} ${typeof value === "number" ? value.toPrecision(4) : value}`,
    );
    say(`${row.trace}, ${row.what}, ${row.unit}: ${cells.join(", ")}`);
  };
  const head = (what: string, unit: Row["unit"]) => ({ trace: trace.name, what, unit });
  const times = async (what: string, tasks: readonly TaskName[]) => {
    const ways = [];
    for (const task of tasks) ways.push(await rounds.measure("time", task));
    add(rowOf(head(what, "ms cold"), ways, ({ coldMs }) => coldMs));
    add(rowOf(head(what, "ms warm"), ways, ({ warmMs }) => warmMs));
    return ways;
  };
  if (modes.includes("local") && !readTrace(trace.path).isConcurrent) {
    await times("local", ["local"]);
  }
  if (modes.includes("merge")) await times("merge", ["merge"]);
  if (modes.includes("stream")) await times("stream", ["stream"]);
  if (modes.includes("load")) {
    await times("load to text", ["load"]);
    await times("load to first edit", ["load-edit"]);
    await times("load to first merge", ["load-merge"]);
  }
  if (modes.includes("save")) {
    for (const [kind, words] of [
      ["history", "full history"],
      ["text", "without deleted text"],
    ] as const) {
      const ways = await times(`save, ${words}`, [`save-${kind}-0`, `save-${kind}-1`]);
      add(
        rowOf(head(`file, ${words}`, "kB"), ways, ({ sizeBytes }) =>
          sizeBytes === undefined ? undefined : sizeBytes / 1_000,
        ),
      );
    }
  }
  return rows;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
