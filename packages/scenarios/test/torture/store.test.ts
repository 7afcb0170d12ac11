// A store on a real disk, whose process is killed with -9 again and again: of each history
// workload, what all its lives were asked and answered is one history, which its judge takes.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type History, readHistory } from "@holdfast/check";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, expect, test } from "vitest";
import { readAll, workloads } from "../../src/workloads/index.ts";
import { keepWhereWrong } from "./kept.ts";
import { type Child, startProgram } from "./processes.ts";
import { historyHead, recordInto } from "./recorded_lines.ts";

const worker = new URL("./store_worker.ts", import.meta.url);
const kills = Number(process.env.HOLDFAST_TORTURE_KILLS ?? 10);
const seed = Number(process.env.HOLDFAST_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test(`ST4, ST8: the store is strictly serializable over ${kills} kills (HOLDFAST_TORTURE_SEED=${seed})`, {
  timeout: 60_000 + kills * 15_000,
}, async () => {
  const random = new SeededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-torture-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const histories = new Map(workloads.map(({ name }) => [name, [historyHead]]));
  for (let life = 0; life < kills; life += 1) {
    const args = [folder, String(randomBelow(random, 2 ** 31)), String(life)];
    const child = await startProgram(worker, args);
    cleanUps.push(() => child.kill());
    await child.line("opened");
    await new Promise((resolve) => setTimeout(resolve, 50 + randomBelow(random, 300)));
    await child.kill();
    expect(child.errors).toBe("");
    for (const [name, event] of eventsOf(child)) histories.get(name)!.push(event);
  }
  await readInTheEnd(folder, histories);

  const files = [...histories].map(([name, lines]) => ({
    file: `${name}.jsonl`,
    text: () => lines.join("\n"),
  }));
  await keepWhereWrong(files, () => {
    const counts = workloads.map(({ name, judge }) => {
      const history = readHistory(histories.get(name)!.join("\n"));
      expect(judge(history), name).toBeNull();
      return `${name} ${count(history)}`;
    });
    console.log(`torture of the store: ${kills} kills; ok, fail, info: ${counts.join("; ")}`);
  });
});

/** Events by the names of their histories. */
function eventsOf({ lines }: Child): (readonly [name: string, event: string])[] {
  return lines
    .filter((line) => line.includes(" "))
    .map((line) => {
      const at = line.indexOf(" ");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    });
}

/** Reads everything, as somebody who comes after all. */
async function readInTheEnd(
  folder: string,
  histories: ReadonlyMap<string, string[]>,
): Promise<void> {
  const store = await openLmdbStore({ world: nodeWorld(), folder });
  cleanUps.push(() => store.close());
  const site = { store, think: async () => {} };
  for (const workload of workloads) {
    const record = recordInto((event) => histories.get(workload.name)!.push(event));
    await readAll(site, { workload, opening: kills, record });
  }
}

function count(history: History): string {
  const of = (outcome: string) => history.filter((operation) => operation.outcome === outcome);
  return [of("ok"), of("fail"), of("info")].map(({ length }) => length).join(" ");
}
