// holdfast replay TRACE...: plays recorded editing histories through real
// clients and a real server, and says whether all of it arrived.

import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseDocumentId } from "@holdfast/doc";
import {
  parseExpectations,
  parseTrace,
  type ReplayOptions,
  type ReplayResult,
  replayTrace,
  type Trace,
  type TraceExpectation,
} from "@holdfast/scenarios";
import { startServer } from "@holdfast/server/node";
import { isHoldfastError, randomBelow, toHex } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { type Command, InvalidArgumentError, Option } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure } from "../failure.ts";
import { Progress } from "../progress.ts";
import { readTextFile } from "../text_file.ts";

interface ReplayFlags {
  readonly url?: string;
  readonly key?: string;
  readonly orders: number;
  readonly seed?: number;
}

/** Adds the verb. */
export function addReplay(program: Command): void {
  program
    .command("replay")
    .description("play recorded editing histories through real clients and a real server")
    .argument("<trace...>", "traces as JSON, gzipped or not; an expect.json beside them is heeded")
    .option("--url <address>", "a server's sync address, as ws://…; without it, one is started")
    .addOption(
      new Option("--key <secret>", "what the server at --url asks for").env("HOLDFAST_KEY"),
    )
    .option(
      "--orders <number>",
      "how many fresh clients read each document back, each in another causal order",
      parseCount,
      1,
    )
    .option(
      "--seed <number>",
      "draws the orders of delivery; by default another each time",
      parseCount,
    )
    .action(replay);
}

async function replay(files: readonly string[], flags: ReplayFlags): Promise<void> {
  // All are read first: the last one's name may be wrong, and the first take minutes.
  const recorded = await Promise.all(files.map(readRecorded));
  const world = nodeWorld();
  const folder = await mkdtemp(join(tmpdir(), "holdfast-replay-"));
  const seed = flags.seed ?? randomBelow(world.random, 2 ** 31);
  try {
    const right = await withServer(flags.url, join(folder, "server"), (url) =>
      replayAll(world, recorded, {
        url,
        folder,
        seed,
        orders: flags.orders,
        ...(flags.key === undefined || flags.url === undefined ? {} : { credential: flags.key }),
      }),
    );
    if (!right) {
      process.stdout.write(`to see it again: --seed ${seed} --orders ${flags.orders}\n`);
      process.exitCode = exitCodes.failed;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `work` with the server at `url`, or with one of our own for that time. */
async function withServer<T>(
  url: string | undefined,
  dataFolder: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (url !== undefined) return await work(url);
  const server = await startServer({ dataFolder, port: 0, logger: null });
  try {
    return await work(server.syncUrl);
  } finally {
    await server.close();
  }
}

/** A trace, and what its end is compared with. */
interface Recorded {
  readonly name: string;
  readonly trace: Trace;
  readonly expectation: TraceExpectation;
}

async function readRecorded(file: string): Promise<Recorded> {
  const trace = await readTrace(file);
  return { name: basename(file), trace, expectation: await readExpectation(file) };
}

/** Replays each and prints a line for it; answers whether every one ended as it must. */
async function replayAll(
  world: World,
  recorded: readonly Recorded[],
  options: Pick<ReplayOptions, "url" | "folder" | "seed" | "orders" | "credential">,
): Promise<boolean> {
  let right = true;
  for (const [index, { name, trace, expectation }] of recorded.entries()) {
    const progress = new Progress(name);
    const verdict = await replayTrace({
      ...options,
      world,
      trace,
      // A name that no earlier replay through the same server used.
      document: parseDocumentId(`replay/${toHex(world.random.bytes(8))}`),
      folder: join(options.folder, `clients-${index}`),
      onProgress: (done, total) => progress.show(done, total),
    }).then(
      (result) => {
        const { wrong, sentence } = judge(trace, expectation, result);
        return { wrong, sentence: `${sentence}; ${figures(result)}` };
      },
      (error: unknown) => {
        if (!isHoldfastError(error, "corrupt")) throw error;
        return { wrong: true, sentence: `WRONG, ${error.message}` };
      },
    );
    progress.clear();
    if (verdict.wrong) right = false;
    process.stdout.write(`${name}: ${verdict.sentence}\n`);
  }
  return right;
}

function judge(
  trace: Trace,
  expectation: TraceExpectation,
  result: ReplayResult,
): { readonly wrong: boolean; readonly sentence: string } {
  const replicas = `${result.replicas} replicas`;
  if (!result.converged) return { wrong: true, sentence: `WRONG, ${replicas} differ` };
  if (expectation === "convergence") {
    return { wrong: false, sentence: `all equal (${replicas}, text ${digest(result.text)})` };
  }
  if (result.text === trace.endContent) {
    return { wrong: false, sentence: `text right (${replicas})` };
  }
  const got = `${digest(result.text)}, not ${digest(trace.endContent)}`;
  return { wrong: true, sentence: `WRONG, the text is ${got}` };
}

function figures(result: ReplayResult): string {
  const seconds = result.elapsedMs / 1000;
  const rate = Math.round(result.patches / Math.max(seconds, 0.001));
  return [
    `${result.transactions} transactions`,
    `${result.bundles} bundles`,
    `${result.patches} patches in ${seconds.toFixed(1)} s`,
    `${rate} patches/s`,
  ].join(", ");
}

async function readTrace(file: string): Promise<Trace> {
  try {
    return parseTrace(await readTextFile(file));
  } catch (error) {
    if (!isHoldfastError(error) || error.code === "not_found") throw error;
    const sentence = `${file} is not a recorded editing history: ${error.message}.`;
    throw new CommandFailure(exitCodes.failed, sentence, { cause: error });
  }
}

/** What the `expect.json` beside the trace says of it; its end content where nothing is said. */
async function readExpectation(file: string): Promise<TraceExpectation> {
  let text: string;
  try {
    text = await readFile(join(dirname(file), "expect.json"), "utf8");
  } catch {
    return "endContent";
  }
  return parseExpectations(text).get(basename(file)) ?? "endContent";
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < 1) {
    throw new InvalidArgumentError("It is a whole number from 1 on.");
  }
  return count;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
