// Hunting a mutant: a process of its own plays seeds until one breaks a promise.

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Mutant } from "./mutant.ts";
import { mutatedProgram } from "./mutated_program.ts";

/** What a hunter is told. */
export interface HuntTask {
  readonly scenario: string;
  /** In the order in which they are played. */
  readonly seeds: readonly number[];
  /** What counts as found; null for any failure. */
  readonly breaks: readonly string[] | null;
  /** Most runs for shrinking; 0 leaves the run as it was found. */
  readonly shrinkRunsMax: number;
  /** Whether the smaller run is to be drawn. */
  readonly draws: boolean;
}

/** A run that broke a promise. */
export interface Found {
  readonly seed: number;
  /** The promise, or the code of the error. */
  readonly promise: string;
  readonly sentence: string;
  readonly events: number;
  /** The smaller run; null where none was asked for. */
  readonly shrunk: Shrunk | null;
}

/** A smaller run that breaks the same promise. */
export interface Shrunk {
  readonly events: number;
  readonly plan: string;
  /** Its diagram as a page; null where none was asked for. */
  readonly page: string | null;
}

/** What came of a hunt. */
export interface Hunt {
  /** How many seeds were played. */
  readonly played: number;
  /** How often runs failed with what does not count, by what that was. */
  readonly others: Readonly<Record<string, number>>;
  readonly found: Found | null;
}

/** How many hunters are at work at once. */
const huntersMax = 2;

/** How long a hunter may take: a bug may have a program go round in circles between two events. */
const hunterMsMax = 600_000;

/** Seeds below `count`: that which found the mutant, and then the others. */
export function seedsOf({ seed }: Mutant, count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, each) => each);
  return [...all.filter((each) => each === seed), ...all.filter((each) => each !== seed)];
}

/** Hunts one mutant, or the product as it is where it is null. @throws {Error} Where the patch does not apply, or the hunter fails. */
export async function hunt(mutant: Mutant | null, task: HuntTask): Promise<Hunt> {
  const program = await mutatedProgram(mutant);
  const child = spawn(process.execPath, ["--input-type=module", "-", JSON.stringify(task)], {
    stdio: "pipe",
    timeout: hunterMsMax,
    killSignal: "SIGKILL",
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(program);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`hunting ${mutant?.id ?? "nothing"} ended ${code}: ${stderr}`);
  return JSON.parse(stdout) as Hunt;
}

/** How far a hunt goes. */
export interface HuntLimits {
  readonly seedsMax: number;
  readonly shrinkRunsMax: number;
  readonly draws?: boolean;
}

/** Hunts all, so many at once as there are hunters; `onHunt` hears of each, in the order in which they end. */
export async function huntAll(
  mutants: readonly Mutant[],
  limits: HuntLimits,
  onHunt: (mutant: Mutant, hunt: Hunt | Error) => void,
): Promise<void> {
  const waiting = [...mutants];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { scenario, breaks } = mutant;
      const { shrinkRunsMax, draws = false } = limits;
      const seeds = seedsOf(mutant, limits.seedsMax);
      const came = hunt(mutant, { scenario, seeds, breaks, shrinkRunsMax, draws });
      onHunt(mutant, await came.catch((error: unknown) => asError(error)));
    }
  };
  await Promise.all(Array.from({ length: huntersMax }, work));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
