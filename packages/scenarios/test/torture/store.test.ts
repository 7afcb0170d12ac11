// A store on a real disk, whose process is killed with -9 again and again: what all its
// lives were asked and answered is one history, strictly serializable.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  checkLinearizability,
  type History,
  judgeLists,
  type ListStep,
  type Operation,
  readHistory,
} from "@holdfast/check";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, expect, test } from "vitest";
import { registerKey, registerValue } from "../../src/store/judged_work.ts";
import { RecordedTransaction } from "../../src/store/recorded_transaction.ts";
import { registers } from "../../src/store/store_plan.ts";
import { keepWhereWrong } from "./kept.ts";
import { type Child, startProgram } from "./processes.ts";

const worker = new URL("./store_worker.ts", import.meta.url);
const kills = Number(process.env.HOLDFAST_TORTURE_KILLS ?? 10);
const seed = Number(process.env.HOLDFAST_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test(`the store is strictly serializable over ${kills} kills (HOLDFAST_TORTURE_SEED=${seed})`, {
  timeout: 60_000 + kills * 15_000,
}, async () => {
  const random = new SeededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-torture-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const texts = new Map<string, string[]>();
  const add = (name: string, event: string): void => {
    const lines = texts.get(name) ?? ['{"format":"holdfast-history","version":1}'];
    texts.set(name, lines);
    lines.push(event);
  };
  for (let life = 0; life < kills; life += 1) {
    const args = [folder, String(randomBelow(random, 2 ** 31)), String(life)];
    const child = await startProgram(worker, args);
    cleanUps.push(() => child.kill());
    await child.line("opened");
    await new Promise((resolve) => setTimeout(resolve, 50 + randomBelow(random, 300)));
    await child.kill();
    expect(child.errors).toBe("");
    for (const [name, event] of eventsOf(child)) add(name, event);
  }
  for (const [name, event] of await lastReads(folder, kills)) add(name, event);

  const files = [...texts].map(([name, lines]) => ({
    file: `${name}.jsonl`,
    text: () => lines.join("\n"),
  }));
  await keepWhereWrong(files, () => {
    const lists = historyOf<readonly ListStep[], readonly ListStep[]>(texts.get("lists")!);
    expect(judgeLists(lists, { complete: true })).toMatchObject({ anomalies: [], verdict: "ok" });
    const counts = [count(lists)];
    for (let register = 0; register < registers; register += 1) {
      const lines = texts.get(`register-${register}`)!;
      const history = historyOf<CasRegisterInput, CasRegisterOutput>(lines);
      expect(checkLinearizability(history, casRegister())).toMatchObject({ verdict: "ok" });
      counts.push(count(history));
    }
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

/** Reads of everything, by somebody who comes after all. */
async function lastReads(
  folder: string,
  lives: number,
): Promise<readonly (readonly [name: string, event: string])[]> {
  const store = await openLmdbStore({ world: nodeWorld(), folder });
  cleanUps.push(() => store.close());
  return store.read(async (snapshot) => {
    const tx = new RecordedTransaction(snapshot, []);
    const process = "last";
    const steps: ListStep[] = [];
    for (let list = 0; list < lives + 2; list += 1) {
      const rows = await tx.range(`list/${list}`);
      steps.push(["r", `list/${list}`, rows.map(([, value]) => value)]);
    }
    const events: [string, object][] = [
      ["lists", { process, type: "invoke", input: steps }],
      ["lists", { process, type: "ok", output: steps }],
    ];
    for (let register = 0; register < registers; register += 1) {
      const output = registerValue(await tx.get(registerKey(register)));
      events.push([`register-${register}`, { process, type: "invoke", input: { f: "read" } }]);
      events.push([`register-${register}`, { process, type: "ok", output }]);
    }
    return events.map(([name, event]) => [name, JSON.stringify(event)] as const);
  });
}

function historyOf<Input, Output>(lines: readonly string[]): History<Input, Output> {
  return readHistory(lines.join("\n")) as History<Input, Output>;
}

function count(history: readonly Operation[]): string {
  const of = (outcome: string) => history.filter((operation) => operation.outcome === outcome);
  return [of("ok"), of("fail"), of("info")].map(({ length }) => length).join(" ");
}
