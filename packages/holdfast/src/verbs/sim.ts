// holdfast sim: plays the product in a simulated world, many seeds or one, and says
// what broke.

import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { scenarios } from "@holdfast/scenarios";
import { type Plan, parsePlan, type Scenario } from "@holdfast/sim";
import { HoldfastError } from "@holdfast/std";
import { type Command, InvalidArgumentError, Option } from "commander";
import { exitCodes } from "../exit_code.ts";
import { playMany } from "../sim/many_seeds.ts";
import { playOne } from "../sim/one_run.ts";
import { againCommand } from "../sim/summary.ts";

interface SimFlags {
  readonly scenario?: string;
  readonly seed?: number;
  readonly plan?: string;
  readonly seeds?: number;
  readonly minutes?: number;
  readonly firstSeed?: number;
  readonly report?: string;
  readonly shrink?: string;
  readonly history?: string;
}

const seedsDefault = 200;
const names = scenarios.map(({ name }) => name);

/** Adds the verb. */
export function addSim(program: Command): void {
  const single = ["seeds", "minutes", "firstSeed"];
  program
    .command("sim")
    .description("play the whole product in a simulated world, with everything that goes wrong")
    .addOption(
      new Option("--scenario <name>", "which; all by default, sync with --seed").choices(names),
    )
    .option("--seeds <number>", `play so many of each scenario (${seedsDefault})`, parseCount)
    .addOption(
      new Option("--minutes <number>", "play for so long")
        .argParser(parseMinutes)
        .conflicts("seeds"),
    )
    .option("--first-seed <number>", "begin here; by default at another each time", parseSeed)
    .addOption(
      new Option("--seed <number>", "play one alone, and tell of it")
        .argParser(parseSeed)
        .conflicts(single),
    )
    .addOption(
      new Option("--plan <file>", "play what --shrink wrote").conflicts([...single, "seed"]),
    )
    .addOption(
      new Option(
        "--shrink <file>",
        "look for a smaller plan that fails alike, and write it",
      ).conflicts(single),
    )
    .addOption(
      new Option(
        "--history <folder>",
        "write what was asked and answered, for holdfast check to read",
      ).conflicts(single),
    )
    .option("--report <file>", "write the run, of many the first that failed, as a page to look at")
    .addHelpText("after", `\nScenarios:\n${scenarios.map(helpLine).join("\n")}`)
    .action(sim);
}

function helpLine({ name, summary }: Scenario): string {
  return `  ${name.padEnd(10)} ${summary}`;
}

async function sim(flags: SimFlags): Promise<void> {
  const isRight = await (flags.seed === undefined && flags.plan === undefined
    ? playAll(flags)
    : playSingle(flags));
  if (!isRight) process.exitCode = exitCodes.failed;
}

async function playSingle({
  plan: file,
  seed,
  scenario: name,
  ...made
}: SimFlags): Promise<boolean> {
  if (file !== undefined) {
    const plan = await readPlan(file);
    const again = `npx holdfast sim --plan ${file}`;
    const scenario = scenarioOf(plan.scenario);
    return playOne({ scenario, plan, isDrawn: false, again, ...made });
  }
  const scenario = scenarioOf(name ?? names[0]!);
  const again = againCommand({ scenario: scenario.name, seed: seed! });
  return playOne({ scenario, plan: scenario.draw(seed!), isDrawn: true, again, ...made });
}

async function playAll(flags: SimFlags): Promise<boolean> {
  if (flags.shrink !== undefined) {
    throw new HoldfastError("invalid_argument", "--shrink wants the seed that failed, as --seed");
  }
  if (flags.history !== undefined) {
    throw new HoldfastError("invalid_argument", "--history wants the seed to play, as --seed");
  }
  const { seeds = seedsDefault, minutes, firstSeed = randomInt(2 ** 31) } = flags;
  const chosen = flags.scenario === undefined ? scenarios : [scenarioOf(flags.scenario)];
  const { isRight, firstFailed } = await playMany({
    scenarios: chosen,
    firstSeed,
    howMuch: minutes === undefined ? { type: "seeds", seeds } : { type: "minutes", minutes },
  });
  if (flags.report !== undefined) {
    const { scenario: name, seed } = firstFailed ?? { scenario: chosen[0]!.name, seed: firstSeed };
    const scenario = scenarioOf(name);
    const again = againCommand({ scenario: name, seed });
    const plan = scenario.draw(seed);
    await playOne({ scenario, plan, isDrawn: true, again, report: flags.report });
  }
  return isRight;
}

function scenarioOf(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new HoldfastError("invalid_argument", `no scenario is called ${JSON.stringify(name)}`);
}

async function readPlan(file: string): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new HoldfastError("not_found", `can't read ${file}`, { cause });
  }
  return parsePlan(text);
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError("It is a whole number from 0 on.");
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError("It is a whole number from 1 on.");
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d{1,6}(\.\d+)?$/.test(text) && minutes > 0) return minutes;
  throw new InvalidArgumentError("It is a number above 0.");
}
