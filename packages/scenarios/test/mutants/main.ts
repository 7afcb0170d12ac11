// `npm run mutants`: hunts every mutant, shrinks what was found, and prints a table.
//
// usage: npm run mutants -- [--seeds N] [--shrink RUNS] [--plans FOLDER] [ID...]
//   --seeds    most seeds for each mutant (200)
//   --shrink   most runs for shrinking each (400); 0 leaves the runs as they were found
//   --plans    writes each plan that was found, shrunk, into this folder, and its diagram
// Exit code 1 where a mutant does not fall, or does not apply.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Found, type Hunt, huntAll } from "./hunt.ts";
import { mutants, seedsMax } from "./list.ts";
import type { Mutant } from "./mutant.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: String(seedsMax) },
    shrink: { type: "string", default: "400" },
    plans: { type: "string" },
  },
});

const columns = ["mutant", "scenario", "seed", "broke", "events", "shrunk", "ratio"];
const widths = [32, 8, 5, 12, 8, 7, 6];
let survivors = 0;
const ratios: number[] = [];

function print(cells: readonly string[]): void {
  console.log(
    cells
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd(),
  );
}

function onHunt(mutant: Mutant, hunt: Hunt | Error): void {
  if (hunt instanceof Error) {
    survivors += 1;
    print([mutant.id, mutant.scenario, "-", hunt.message]);
    return;
  }
  const others = Object.entries(hunt.others).map(([id, count]) => `${id} on ${count}`);
  const note = others.length === 0 ? "" : `  (did not count: ${others.join(", ")})`;
  if (hunt.found === null) {
    survivors += 1;
    print([mutant.id, mutant.scenario, "-", `survived ${hunt.played} seeds${note}`]);
    return;
  }
  print([...cellsOf(mutant, hunt.found), note]);
  if (values.plans !== undefined) writePlan(values.plans, mutant, hunt.found);
}

function cellsOf(mutant: Mutant, { seed, promise, events, shrunk }: Found): readonly string[] {
  const ratio = shrunk === null ? null : shrunk.events / events;
  if (ratio !== null) ratios.push(ratio);
  return [
    mutant.id,
    mutant.scenario,
    String(seed),
    promise,
    String(events),
    shrunk === null ? "-" : String(shrunk.events),
    ratio === null ? "-" : ratio.toFixed(3),
  ];
}

function writePlan(folder: string, { id }: Mutant, { shrunk, sentence }: Found): void {
  if (shrunk === null) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.json`), shrunk.plan);
  writeFileSync(join(folder, `${id}.txt`), `${sentence}\n`);
  writeFileSync(join(folder, `${id}.html`), shrunk.page!);
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const chosen = mutants.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
const startedMs = performance.now();
widths.push(0);
print(columns);
const limits = {
  seedsMax: Number(values.seeds),
  shrinkRunsMax: Number(values.shrink),
  draws: values.plans !== undefined,
};
await huntAll(chosen, limits, onHunt);
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
console.log(`\n${chosen.length - survivors} of ${chosen.length} mutants fell, in ${seconds} s`);
if (ratios.length > 0)
  console.log(`median of shrunk to found events: ${median(ratios).toFixed(3)}`);
process.exitCode = survivors === 0 && chosen.length > 0 ? 0 : 1;
