// Measures collaborative text: ours and other libraries', on recorded histories.
//
//   npm run bench:text -- --traces DIR [--peers a,b] [--modes local,merge,...]
//                         [--only trace,...] [--runs N] [--json FILE] [--charts]
//   npm run bench:text -- --growth [--traces DIR] [...]
//   npm run bench:text -- --from FILE,... [--charts]
//
// Each figure is a median of processes that do nothing else. A table, with the worst rows of
// ours first, and ratios: ours over the best peer's, below 1 where ours is better.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { writeCharts } from "./chart.ts";
import { growthText, measureGrowth } from "./growth.ts";
import { bundle, installPeers, versionOf } from "./installation.ts";
import { Measurement, measureCode } from "./measurement.ts";
import { type Options, readOptions } from "./options.ts";
import { joinReports, type Report, reportText } from "./report.ts";
import { type Row, ratiosOf } from "./row.ts";
import { listTraces } from "./trace.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.from !== null) {
    const files = options.from.map((path) => JSON.parse(readFileSync(path, "utf8")) as Report);
    return show(joinReports(files), options);
  }
  installPeers(say);
  await bundle();
  const loadBefore = loadavg()[0]!;
  const machine = () => ({
    processors: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
    node: process.version,
    load: `${loadBefore.toFixed(1)} to ${loadavg()[0]!.toFixed(1)}`,
  });
  const versions = Object.fromEntries(options.peers.map((entry) => [entry.name, versionOf(entry)]));
  if (options.growth) {
    const growth = await measureGrowth(options, say);
    const { processors, node, load } = machine();
    console.log(`${processors}, Node ${node}, load ${load}\n\n${growthText(growth)}`);
    if (options.json !== null) write(options.json, { machine: machine(), versions, growth });
    return;
  }
  const rows: Row[] = [];
  for (const trace of listTraces(options.traces!, options.only)) {
    const measurement = new Measurement(trace, options, say);
    await measurement.run();
    rows.push(...measurement.rows);
  }
  if (options.modes.includes("code")) rows.push(...(await measureCode(options.peers)));
  show({ machine: machine(), versions, runs: options.runs, rows }, options);
}

function show(report: Report, { json, charts }: Options): void {
  console.log(reportText(report));
  if (json !== null) write(json, { ...report, ratios: ratiosOf(report.rows) });
  if (charts) writeCharts(report, say);
}

function write(path: string, content: object): void {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
