// holdfast dev: a cluster of several processes on this machine, for development.

import { type ChildProcess, spawn } from "node:child_process";
import { type Command, InvalidArgumentError } from "commander";
import { exitCodes } from "../exit_code.ts";
import { CommandFailure } from "../failure.ts";
import { historyFlag, parseMegabytes } from "../megabytes.ts";

const nodesMax = 9;
const portDefault = 4747;
/** The nodes listen for each other this far above their own ports. */
const peerPortOffset = 100;

interface DevFlags {
  readonly nodes: number;
  readonly data: string;
  readonly port: number;
  readonly history?: number;
}

/** Adds the verb. */
export function addDev(program: Command): void {
  program
    .command("dev")
    .description("run a cluster on this machine, each node a process of its own, until interrupted")
    .option("--nodes <number>", "how many", parseNodes, 3)
    .option("--data <folder>", "where they keep what they hold", "holdfast-dev")
    .option(
      "--port <number>",
      "of the first; the others take the next ones",
      parsePort,
      portDefault,
    )
    .option(historyFlag, "keep so much of what changed, on each", parseMegabytes)
    .action(dev);
}

async function dev({ nodes, data, port, history }: DevFlags): Promise<void> {
  const names = Array.from({ length: nodes }, (_, index) => String.fromCharCode(97 + index));
  const cluster = names
    .map((name, index) => `${name}=127.0.0.1:${port + peerPortOffset + index}`)
    .join(",");
  const children = names.map((name, index) => {
    const own = ["--node", name, "--port", String(port + index), "--data", `${data}/${name}`];
    const kept = history === undefined ? [] : ["--history", String(history)];
    const args = ["serve", "--cluster", cluster, ...own, ...kept];
    return start(name, [...process.execArgv, process.argv[1]!, ...args]);
  });
  const stop = (): void => {
    for (const child of children) child.kill("SIGTERM");
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  const urls = names.map((_, index) => `http://127.0.0.1:${port + index}/`);
  process.stdout.write(`A cluster of ${nodes}: holdfast status ${urls.join(" ")}\n`);
  const failed: string[] = [];
  const ends = children.map(async (child, index) => {
    const code = await endOf(child);
    if (code === 0 || code === null) return;
    failed.push(names[index]!);
    // Whoever started all of them would wait for one that is not there.
    stop();
  });
  await Promise.all(ends);
  if (failed.length === 0) return;
  const sentence = `Node ${failed[0]} failed, and the others were ended; what it said stands above.`;
  throw new CommandFailure(exitCodes.environment, sentence);
}

function start(name: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    let rest = "";
    from.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) to.write(`${name}  ${line}\n`);
    });
  }
  return child;
}

/** Its exit code; null where a signal ended it. */
function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
    child.once("error", () => resolve(exitCodes.environment));
  });
}

function parseNodes(text: string): number {
  const count = Number(text);
  if (!/^\d$/.test(text) || count < 1 || count > nodesMax) {
    throw new InvalidArgumentError(`From 1 to ${nodesMax} nodes.`);
  }
  return count;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_000) {
    throw new InvalidArgumentError("A port is a number from 1 to 65000.");
  }
  return port;
}
