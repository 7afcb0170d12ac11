// Measures the judge of linearizability on the public histories of Porcupine's tests.
// In processor time, and in calibration loops: how long this machine takes for a loop
// of 2e8 multiplications, at the same time of day. Reading the files is left out.
//
//   npm run bench:check -- FOLDER        (or HOLDFAST_HISTORIES: the folder that has porcupine/)

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  casRegister,
  checkLinearizability,
  kv,
  kvWhole,
  readPorcupineKv,
  readPorcupineRegister,
} from "@holdfast/check";

interface Row {
  readonly name: string;
  readonly verdict: string;
  readonly milliseconds: number;
}

function measure<Value>(act: () => Value): {
  readonly value: Value;
  readonly milliseconds: number;
} {
  const before = process.cpuUsage();
  const value = act();
  const { user, system } = process.cpuUsage(before);
  return { value, milliseconds: (user + system) / 1_000 };
}

function calibrate(): number {
  let x = 0;
  for (let i = 0; i < 2e8; i += 1) x = (Math.imul(x ^ i, 0x01000193) + i) | 0;
  return x;
}

function group(what: string, rows: readonly Row[], loop: number): string {
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const slowest = rows.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a));
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  const cells = [
    what,
    `${count("ok")} / ${count("violation")} / ${count("unknown")}`,
    total.toFixed(0),
    (total / loop).toFixed(3),
    `${slowest.name} ${(slowest.milliseconds / loop).toFixed(3)}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function main(folder: string): void {
  const { files } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as {
    files: Record<string, { readonly model: string }>;
  };
  const named = (model: string) =>
    Object.keys(files).filter((name) => files[name]!.model === model);
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  const loop = Math.min(measure(calibrate).milliseconds, measure(calibrate).milliseconds);
  // All are read first: else what compiles the reader, beside it, counts for the judge.
  const histories = named("cas-register").map(
    (name) => [name, readPorcupineRegister(text(name))] as const,
  );
  const registers = histories.map(([name, history]): Row => {
    const { value, milliseconds } = measure(() => checkLinearizability(history, casRegister()));
    return { name, verdict: value.verdict, milliseconds };
  });
  const maps =
    (isWhole: boolean) =>
    (name: string): Row => {
      const history = readPorcupineKv(text(name));
      const model = isWhole ? kvWhole() : kv();
      const { value, milliseconds } = measure(() => checkLinearizability(history, model));
      return { name, verdict: value.verdict, milliseconds };
    };
  const lines = [
    `One loop took ${loop.toFixed(0)} ms.`,
    "",
    "| histories | ok / violation / unknown | ms | loops | slowest, in loops |",
    "| --- | --- | --: | --: | --- |",
    group("etcd, CAS register", registers, loop),
    group("key-value store, whole", named("kv").map(maps(true)), loop),
    group("key-value store, by key", named("kv").map(maps(false)), loop),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const folder = process.argv[2] ?? process.env.HOLDFAST_HISTORIES;
if (folder === undefined) {
  process.stderr.write("name the folder of the public histories\n");
  process.exitCode = 1;
} else {
  main(join(folder, "porcupine"));
}
