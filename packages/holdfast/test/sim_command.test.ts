// holdfast sim as scripts and people meet it.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scenarios, storeScenario, syncScenario } from "@holdfast/scenarios";
import { formatPlan, type Operation, type Plan, parsePlan, playSeed } from "@holdfast/sim";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { holdfastProgram } from "../../../tools/bundled_program.ts";

const holdfast = await holdfastProgram(inject("runFolder"));
/** As it is started in the repository: each source a module of its own, as coverage needs it. */
const fromSources = fileURLToPath(new URL("../bin/holdfast.mjs", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-sim-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

const sim = (...args: readonly string[]): Promise<Ended> => run(holdfast, "sim", ...args);

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : (error.code as number), output, errors });
    });
  });
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1)!;

describe("one seed", () => {
  test("ends with its trace hash: the same in any process, whatever ran before", async () => {
    const [one, other] = await Promise.all([sim("--seed", "18"), sim("--seed", "18")]);
    await playSeed(storeScenario, 6);
    const { traceHash, events } = await playSeed(syncScenario, 18);
    expect(lastLine(one.output)).toBe(`trace hash ${traceHash}`);
    expect(other.output).toBe(one.output);
    expect(one.output).toContain(`${events.toLocaleString("en-US")} events`);
    expect(one).toMatchObject({ code: 0, errors: "" });
  });

  test("is drawn into a page of its own", async () => {
    const { output, code } = await sim(
      "--scenario",
      "store",
      "--seed",
      "7",
      "--report",
      "run.html",
    );
    expect(code).toBe(0);
    expect(output).toContain("the diagram is in run.html\n");
    const page = await readFile(join(folder, "run.html"), "utf8");
    expect(page).toContain("<title>store, seed 7</title>");
    expect(page).toContain(lastLine(output));
    expect(page).toContain("npx holdfast sim --scenario store --seed 7");
  });
});

test("one seed leaves histories, which the commands that it prints judge", async () => {
  const args = ["--scenario", "store", "--seed", "7", "--history", "kept"];
  const { output, code } = await sim(...args);
  expect(code).toBe(0);
  const commands = [...output.matchAll(/^ {2}judge: npx holdfast (check .*)$/gm)];
  expect(commands.map(([, command]) => command!.split("/").at(-1))).toEqual([
    "lists.jsonl",
    "register-0.jsonl",
    "register-1.jsonl",
    "versions.jsonl",
  ]);
  for (const [, command] of commands) {
    const { code, output } = await run(holdfast, ...command!.split(" "));
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/: ok, [1-9]\d* operations\n$/),
    });
  }
});

describe("a run that fails", () => {
  test("is told with its transcript and its reason, and made smaller", async () => {
    const plan: Plan = syncScenario.draw(3);
    const odd = { ...plan.operations[0]!, type: "juggle", document: "notes" } as Operation;
    const operations = [...plan.operations, odd].sort((one, other) => one.atMs - other.atMs);
    await writeFile(join(folder, "plan.json"), formatPlan({ ...plan, operations }));

    const found = await sim(
      "--plan",
      "plan.json",
      "--shrink",
      "small.json",
      "--report",
      "small.html",
    );
    expect(found.code).toBe(1);
    expect(found.output).toMatch(/^ +\d+\.\d{3} {2}client-\d/m);
    expect(found.output).toMatch(/FAILED \(\w+\): .*juggle/);
    expect(found.output).toContain(
      "played twice, alike\n  again: npx holdfast sim --plan plan.json\n",
    );
    const small = parsePlan(await readFile(join(folder, "small.json"), "utf8"));
    expect(small.operations).toHaveLength(1);
    expect(small.faults).toEqual([]);
    expect(await readFile(join(folder, "small.html"), "utf8")).toContain("juggle");

    const again = await sim("--plan", "small.json");
    expect(again.code).toBe(1);
    expect(again.output).toContain("juggle");
  });
});

describe("many seeds", () => {
  test("are played by all workers, and summed up", async () => {
    const args = ["sim", "--seeds", "2", "--first-seed", "17"];
    const { code, output, errors } = await run(fromSources, ...args);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output.split("\n")[0]).toBe("first seed 17");
    for (const scenario of scenarios) {
      let events = 0;
      for (const seed of [17, 18]) events += (await playSeed(scenario, seed)).events;
      const sum = `${scenario.name}: 2 seeds passed; ${events.toLocaleString("en-US")} events,`;
      expect(output).toContain(sum);
    }
    expect(output).toMatch(/^ {2}power_loss +\d+ +\d+$/m);
    expect(output).toMatch(/^functions reached: .*sync [5-9]\d % of \d+/m);
    expect(output).toMatch(/events\/s and [\d.,]+ virtual s\/s in each/);
  });

  test("begin somewhere else each time, and say where", async () => {
    const [one, other] = await Promise.all([
      sim("--scenario", "store", "--seeds", "1"),
      sim("--scenario", "store", "--minutes", "0.001"),
    ]);
    const first = /^first seed (\d+)\n/;
    expect(one.output).toMatch(first);
    expect(other.output).toMatch(first);
    expect(first.exec(one.output)![1]).not.toBe(first.exec(other.output)![1]);
  });
});

const short = ["--scenario", "store", "--seed", "1"];
test.each([
  [["--seed", "3", "--seeds", "4"], 2, "cannot be used with"],
  [["--seeds", "0"], 2, "whole number from 1 on"],
  [["--minutes", "-1"], 2, "number above 0"],
  [["--scenario", "nothing"], 2, "Allowed choices are sync"],
  [["--seeds", "2", "--shrink", "x.json"], 2, "cannot be used with"],
  [["--shrink", "x.json"], 2, "wants the seed that failed"],
  [["--history", "kept"], 2, "wants the seed to play"],
  [["--seeds", "2", "--history", "kept"], 2, "cannot be used with"],
  [["--plan", "absent.json"], 3, "Can't read absent.json"],
  [[...short, "--report", "no/such/place"], 3, "Can't write no/such/place"],
  [[...short, "--history", "/dev/null/place"], 3, "Can't write /dev/null/place"],
])("called with %j ends with exit code %i: %s", async (args, code, words) => {
  const result = await sim(...args);
  expect(result.code).toBe(code);
  expect(result.errors).toContain(words);
});
