// Starts a script that measures decoders (measure.ts), in a process of its own with
// a garbage collector that keeps still, and reads what it prints.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { MeasureRow } from "./measure.ts";

const flags = [
  "--expose-gc",
  "--min-semi-space-size=128",
  "--max-semi-space-size=128",
  "--single-threaded",
  "--no-flush-bytecode",
  "--conditions=@holdfast/source",
  "--import",
  "tsx",
];

/** All that `script` measured. Throws where it failed. */
export function runProbe(script: URL): readonly MeasureRow[] {
  const child = spawnSync(process.execPath, [...flags, fileURLToPath(script)], {
    encoding: "utf8",
  });
  if (child.status !== 0) throw new Error(`${script.pathname} failed:\n${child.stderr}`);
  const lines = child.stdout.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as MeasureRow);
}

/** Those that took more than a stranger may make a decoder take: 64 KiB plus 16 times the input. */
export function overBound(rows: readonly MeasureRow[]): readonly MeasureRow[] {
  return rows.filter(({ bytes, inputBytes }) => bytes > 65_536 + 16 * inputBytes);
}
